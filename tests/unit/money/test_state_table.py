"""The table of docs/money.md, row by row: what is known, from whom, and what the sender is told."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from lola.money.partner_records import booked_amounts
from lola.money.service import MoneyService
from lola.money.ticket_reports import Said, Step
from lola.partners.m2m import Operation
from lola.partners.m2m.model import Amount
from lola.text.wording import Wording
from tests.support import NOW, PartnerAnswers, ticket, turn

PAGE = Path(__file__).parents[3] / "docs" / "money.md"
HEAD = "| ticket | from | event | the partner has | becomes | says | offers again |"
SENDER = "sender-1"
AMOUNT = Amount(send=Decimal(200), receive=Decimal(3450))
REPORTED = frozenset({"approved", "settled", "cancelled"})
LANGUAGES = ("es", "en")


class Row(NamedTuple):
    """One row of the table."""

    status: str
    source: str
    event: str
    partner: str
    becomes: str
    says: str
    offers: str


def rows() -> list[Row]:
    _, _, table = PAGE.read_text(encoding="utf-8").partition(HEAD)
    lines = table.strip().splitlines()[1:]
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append(Row(*(cell.strip() for cell in line.strip("|").split("|"))))
    return found


def names() -> list[str]:
    return [f"{row.status}-{row.source}-{row.event}-{row.partner}" for row in rows()]


def test_no_row_is_there_twice() -> None:
    """Each question has one answer, and the table is found at all."""
    assert len(rows()) > 50
    assert len(set(names())) == len(names())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", rows(), ids=names())
async def test_a_row_of_the_table_is_what_happens(
    money: MoneyService, partner_answers: PartnerAnswers, row: Row, language: str
) -> None:
    """State, sentences and offer are those of the row; an offer beside a live operation is none."""
    partner_answers.down = row.partner == "down"
    if row.partner not in {"down", "none", "-"}:
        partner_answers.operations.append(operation(row.partner))
    step = await happens(money, row, language)
    after = step.turn.session.tickets[0]
    assert after.status == row.becomes
    assert [message.content for message in step.say] == texts(row, after, language)
    offered = [option.id for message in step.say for option in getattr(message, "options", ())]
    assert bool(offered) == (row.offers == "yes")


async def happens(money: MoneyService, row: Row, language: str) -> Step:
    own = "op_1" if row.status in REPORTED else ""
    known = ticket(
        status=row.status,
        sender=SENDER,
        operation_id=own,
        doubt=row.event if row.status == "unsure" and row.source == "check" else "expired",
        booked=booked_amounts(AMOUNT, ticket()) if own else None,
    )
    about = turn(language=language, now=NOW + timedelta(minutes=5))
    about = about.evolve(session=about.session.evolve(tickets=(known,)))
    match row.source:
        case "clock":
            return await money.close(about, known.id)
        case "check":
            return (await money.check(about, known.id))[0]
        case "reminder":
            return await money.remind(about, known.id)
        case "renewal":
            return await money.renew(about, known)
    event = None if row.event == "unknown" else row.event
    is_partner = row.source == "partner"
    operation_id = "op_1" if is_partner and event != "opened" else ""
    said = Said(ticket=known.id, event=event, operation_id=operation_id, is_signed=is_partner)
    return await money.hear(about, said)


def operation(status: str) -> Operation:
    return Operation(
        operation_id="op_1",
        status=status,
        link_id=ticket().link_id,
        reference_id=SENDER,
        amount=AMOUNT,
        created_at=NOW,
    )


def texts(row: Row, after, language: str) -> list[str]:
    """Return the messages that the row names, as the catalogue has them."""
    wording = Wording()
    said = []
    for key in row.says.split(", "):
        if key == "-":
            continue
        text = wording(
            f"money.{key}",
            language,
            send="200.00 USD",
            receive="3,450.00 MXN",
            recipient=after.recipient_name,
            reference=after.operation_id or after.id,
            minutes=55,
        )
        if row.offers == "yes":
            text = f"{text} {wording('money.renew_offer', language)}"
        said.append(text)
    return said
