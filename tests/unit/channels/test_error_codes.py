"""The tables of error codes (`channels.error_codes`) against the documented lists."""

import re
from pathlib import Path

import pytest

from channels.error_codes import ErrorCodes
from channels.sms.codes import CODES as TWILIO
from channels.whatsapp.graph import CODES as META
from lola.channel.contract import Status

REFERENCE = (Path(__file__).parents[3] / "docs/reference/channels.md").read_text("utf-8")


def documented(section, following):
    """Return the codes in the first column of the table of a section."""
    text = REFERENCE[REFERENCE.index(section) : REFERENCE.index(following)]
    cells = re.findall(r"^\| ([0-9*][-0-9,/ *]*) \|", text, re.MULTILINE)
    codes = set()
    for cell in cells:
        for first, last in re.findall(r"(\d+)(?:-(\d+))?", cell.replace("*", "")):
            codes.update(range(int(first), int(last or first) + 1))
    return codes


@pytest.mark.parametrize(
    ("table", "section", "following", "least"),
    [(META, "### 1.9", "### 1.10", 140), (TWILIO, "### 2.6", "### 2.7", 30)],
    ids=["meta", "twilio"],
)
def test_every_documented_code_has_a_class(table, section, following, least):
    """The lists of reference/channels.md 1.9 and 2.6 are covered whole."""
    codes = documented(section, following)
    assert len(codes) >= least
    assert codes - set(table) == set()


def test_every_code_has_a_hint():
    """An operator reads what it means."""
    assert [code for table in (META, TWILIO) for code in table if not table.get(code).hint] == []


@pytest.mark.parametrize(
    ("code", "failure", "known"),
    [
        (131037, "stopped", True),
        (131064, "temporary", True),
        (131047, "window_closed", True),
        (131050, "opted_out", True),
        (131026, "rejected", True),
        (999999, "rejected", False),
    ],
)
def test_a_report_says_what_its_code_means(code, failure, known):
    """The same table judges a refusal that comes later (reference/channels.md 1.9)."""
    status = META.explained(Status(provider_id="wamid.1", status="failed"), code)
    assert (status.error_code, status.failure, status.known) == (str(code), failure, known)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[later]\n1 = "x"', "later is not a class"),
        ('[stop]\n1 = "x"\n[gone]\n"0-2" = "y"', "1 is listed twice"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(tmp_path, text, problem):
    """A code has one class, and a class is one of those that delivery knows."""
    file = tmp_path / "errors.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=problem):
        ErrorCodes.read("X", file)
