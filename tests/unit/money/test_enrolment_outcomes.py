"""The table of docs/money.md about links without a transfer, row by row."""

from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from lola.domain.enrolment import Purpose
from lola.domain.identity import PaymentMethod
from lola.money.enrolment.outcomes import Cause, Findings, Outcome, outcome
from lola.text.wording import Wording

PAGE = Path(__file__).parents[3] / "docs" / "money.md"
HEAD = "| purpose | event | bank | partner | new card | becomes | says |"
CARD = PaymentMethod(id="pm-1", label="Visa •••• 1111", kind="card")
SUCCESSES = frozenset({"registered", "verified", "card_added"})


class Row(NamedTuple):
    """One row of the table."""

    purpose: Purpose
    event: Cause
    bank: str
    partner: str
    new_card: Literal["yes", "no", "-"]
    becomes: str
    says: str


def rows() -> list[Row]:
    _, _, table = PAGE.read_text(encoding="utf-8").partition(HEAD)
    lines = table.strip().partition("\n\n")[0].splitlines()[1:]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


@pytest.mark.parametrize("row", rows(), ids="-".join)
def test_a_row_of_the_table_is_what_happens(row: Row) -> None:
    """The next state and the sentence are those of the row, and the catalogue has the sentence."""
    found = Findings(
        bank={"down": None, "none": "", "-": None}.get(row.bank, row.bank),
        partner={"down": None, "-": ""}.get(row.partner, row.partner),
        cards=(CARD,) if row.new_card == "yes" else (),
    )
    assert outcome(row.purpose, row.event, found) == Outcome(row.becomes, row.says)
    assert f"enrolment.{row.says}" in set(Wording().keys())


def test_success_is_said_only_when_the_bank_says_so() -> None:
    """No row claims a success without the bank's verdict or the bank's own list of cards."""
    claims = [row for row in rows() if row.says in SUCCESSES]
    assert len(rows()) > 30
    assert claims
    assert all(row.bank == "passed" or row.new_card == "yes" for row in claims)
