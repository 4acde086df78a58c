"""Writes a run as JUnit XML, which CI servers read (the format of Jenkins)."""

import re
from collections import defaultdict
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lola.testing.reports.run import Played, Run

# XML 1.0 has no way to write these characters.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(run: Run) -> bytes:
    """Return the document: a suite for each file, a test case for each scenario."""
    files: dict[str, list[Played]] = defaultdict(list)
    for one in run.scenarios:
        files[one.place.rpartition(":")[0] or "scenarios"].append(one)
    root = Element("testsuites", _counts("scenarios", run.scenarios))
    for file, played in files.items():
        counts = _counts(file, played) | {"skipped": "0", "timestamp": _instant(run)}
        suite = SubElement(root, "testsuite", counts)
        for one in played:
            _add_case(suite, file, one)
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add_case(suite: Element, file: str, played: Played) -> None:
    name = f"{played.name} · {played.channel}"
    attributes = {"name": name, "classname": file, "time": f"{played.seconds:.3f}"}
    case = SubElement(suite, "testcase", {key: _text(item) for key, item in attributes.items()})
    for kind, problems in (("expectation", played.failures), ("statement", played.wrong)):
        for problem in problems:
            words = {"type": kind, "message": _text(problem)}
            SubElement(case, "failure", words).text = _text(f"{played.place}\n{problem}")
    transcript = "\n".join(map(str, played.lines))
    SubElement(case, "system-out").text = _text(transcript)


def _counts(name: str, played: "list[Played] | tuple[Played, ...]") -> dict[str, str]:
    return {
        "name": _text(name),
        "tests": str(len(played)),
        "failures": str(sum(not one.passed for one in played)),
        "errors": "0",
        "time": f"{sum(one.seconds for one in played):.3f}",
    }


def _instant(run: Run) -> str:
    return run.started_at.strftime("%Y-%m-%dT%H:%M:%S")


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
