"""`make scan-secrets`: looks for credentials in every file that git knows, and in its history.

What is written to be read as an example (`SAMPLES`) is none. What was found is shown by its place
and kind, never by its value.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLES = re.compile(r"user:password@|a1b2c3d4e5f6|abc123def456|EXAMPLE\b|0123456789abcdef")
LONGEST_LINE = 5_000
KINDS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]{1,12} )?PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}"),
    "AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),
    "GitHub token": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40})"),
    "OpenAI key": re.compile(r"\bsk-[0-9A-Za-z_-]{32}"),
    "Slack token": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{20}"),
    "Stripe key": re.compile(r"\b[rs]k_live_[0-9A-Za-z]{20}"),
    "Twilio key": re.compile(r"\bSK[0-9a-f]{32}\b"),
    "Telegram token": re.compile(r"\b[0-9]{8,10}:AA[0-9A-Za-z_-]{33}"),
    "Meta token": re.compile(r"\bEAA[0-9A-Za-z]{60}"),
    "M2M key": re.compile(r"\bm2m_live_[0-9A-Za-z]{16}"),
    "address with a password": re.compile(r"\b[a-z+]{2,20}://[^\s:/@{}$]{1,60}:[^\s/@{}$]{8,80}@"),
}
ASSIGNED = re.compile(
    r"(?i)(?:secret|token|passw(?:or)?d|api_?key|private_?key)[\"']?\s{0,4}[:=]\s{0,4}[\"']"
    r"(?P<value>[A-Za-z0-9+/_=-]{24,200})[\"']"
)
RANDOM_BITS = 4.2
"""Entropy per character above which a text of an assignment is taken for random."""
SKIPPED = ("requirements",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Something like a credential."""

    place: str
    kind: str


def look(place: str, lines: Iterable[str]) -> Iterator[Leak]:
    """Yield what looks like a credential in these lines."""
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE or SAMPLES.search(line):
            continue
        for kind, pattern in KINDS.items():
            if pattern.search(line):
                yield Leak(place=f"{place}:{number}", kind=kind)
        found = ASSIGNED.search(line)
        if found and entropy(found["value"]) > RANDOM_BITS:
            yield Leak(place=f"{place}:{number}", kind="assigned value")


def entropy(text: str) -> float:
    """Return the bits per character of a text."""
    shares = [text.count(one) / len(text) for one in set(text)]
    return -sum(share * log2(share) for share in shares)


def files(root: Path = ROOT) -> Iterator[Leak]:
    """Look at every file that git knows, or would add."""
    listed = _git(root, "ls-files", "-co", "--exclude-standard", "-z").split("\0")
    for name in filter(None, listed):
        path = root / name
        if not path.is_file() or name.startswith(SKIPPED):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        # A key is written over several lines.
        yield from look(name, text.replace("-----\n", "----- ").splitlines())


def history(root: Path = ROOT) -> Iterator[Leak]:
    """Look at every line that a commit added."""
    place = ""
    for line in _git(root, "log", "-p", "--all", "--unified=0", "--no-color").splitlines():
        if line.startswith("commit "):
            place = line.removeprefix("commit ")[:12]
        elif line.startswith("+") and not line.startswith("+++"):
            yield from look(place, (line[1:],))


def main() -> int:
    """Print every place; return 1 when there is one."""
    found = [*files(), *(history() if "--history" in sys.argv else ())]
    for leak in found:
        sys.stdout.write(f"{leak.place}: {leak.kind}\n")
    sys.stdout.write(f"{len(found)} found\n")
    return 1 if found else 0


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed arguments
        ["git", "-C", str(root), *arguments],  # noqa: S607 - the developer's own git
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
