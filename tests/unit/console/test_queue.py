"""The queue: tabs, filters, search, pages, assigning several at once, and its live updates."""

import asyncio
from datetime import timedelta

import pytest

from lola.console.cases import PER_PAGE, Cases, Wanted
from lola.delivery.model import Ownership
from lola.domain.session import Session
from lola.telemetry import names
from tests.support import ticket
from tests.unit.console.test_pages import text_of
from tests.unit.escalation.support import address


@pytest.fixture
def cases(bank):
    return Cases(bank.index, bank.clock, timedelta(minutes=15))


async def four(bank):
    """One conversation with ana, one that waits, two with the bot, one of them closed by luis."""
    people = {"Lucía Ñáñez": "0001", "Pedro Paz": "0002", "Juana": "0003", "Don Beto": "0004"}
    found = []
    for name, digits in people.items():
        where = address(digits, channel="pager" if digits == "0003" else "whatsapp")
        session = Session(
            address=where,
            started_at=bank.clock(),
            language="en" if digits == "0002" else "es",
            profile_name=name,
            tickets=(ticket(operation_id="OP-778899"),) if digits == "0004" else (),
        )
        text = "es para la boda de mi prima" if digits == "0003" else "hola"
        found.append(await bank.turn(where, session=session, text=text))
        bank.clock.pass_(seconds=1)
    mine, waits, bots, closed = found
    await bank.actions.take_over(mine, "ana")
    await bank.wait_for_person(waits)
    await bank.actions.take_over(closed, "luis")
    await bank.actions.hand_back(closed, "luis")
    return mine, waits, bots, closed


async def names_of(cases, **wanted):
    page = await cases.page(Wanted(**wanted), "ana")
    return [case.conversation for case in page.cases]


async def test_tabs_say_who_has_the_conversations(cases, bank):
    """Open ones by urgency, the bot's and all by their last turn."""
    mine, waits, bots, closed = await four(bank)
    assert await names_of(cases) == [waits, mine]
    assert await names_of(cases, tab="mine") == [mine]
    assert await names_of(cases, tab="unassigned") == [waits]
    assert await names_of(cases, tab="bot") == [closed, bots]
    assert await names_of(cases, tab="all") == [closed, bots, waits, mine]
    page = await cases.page(Wanted(), "ana")
    assert (page.waiting, page.human, page.mine, page.staff) == (1, 1, 1, ("ana",))


async def test_filters_narrow_a_list(cases, bank):
    """By channel, language and colleague."""
    mine, waits, bots, _ = await four(bank)
    assert await names_of(cases, tab="all", channel="pager") == [bots]
    assert await names_of(cases, tab="all", language="en") == [waits]
    assert await names_of(cases, staff="ana") == [mine]
    assert await names_of(cases, staff="nobody") == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lucia nanez", 0), ("LUCÍA", 0), ("+1 555 010 0002", 1), ("0002", 1), ("paz", 1),
        ("boda de mi prima", 2), ("BODA", 2), ("op-778899", 3), ("beto", 3),
        ("ana", 0), ("nada de eso", None), ("9876", None),
    ],
)  # fmt: skip
async def test_a_conversation_is_found_by_what_staff_know(cases, bank, text, place):
    """Name without accents, digits of the number, reference, words, colleague; closed ones too."""
    found = await four(bank)
    listed = await names_of(cases, text=text)
    # The letters of "ana" are in another name too.
    assert (listed[:1] or [None])[0] == (None if place is None else found[place])
    assert len(listed) == (2 if text == "ana" else 1 if listed else 0)


async def test_a_long_list_has_pages(cases, bank):
    """Fifty on a page; a page behind the last one is the last one."""
    for number in range(PER_PAGE + 3):
        name = f"whatsapp-{number:024x}"
        await bank.owners.set_owner(name, Ownership(owner="waiting"), 0)
    first, second, beyond = [await cases.page(Wanted(page=number), "ana") for number in (1, 2, 99)]
    assert (len(first.cases), len(second.cases)) == (PER_PAGE, 3)
    assert (first.pages, first.total) == (2, PER_PAGE + 3)
    assert beyond.wanted.page == 2
    assert beyond.cases == second.cases


async def test_who_waits_too_long_is_overdue(cases, bank):
    """Only a sender without a person, and only after the bank's patience."""
    mine, waits, _, _ = await four(bank)
    bank.clock.pass_(minutes=14)
    assert not any(case.overdue for case in (await cases.page(Wanted(), "ana")).cases)
    bank.clock.pass_(minutes=2)
    overdue = {
        case.conversation: case.overdue for case in (await cases.page(Wanted(), "ana")).cases
    }
    assert overdue == {waits: True, mine: False}


async def test_the_page_has_tabs_search_and_hits(ana, bank):
    """What was searched is shown again, escaped; a miss says what to try."""
    await four(bank)
    page = await text_of(ana.get("?text=lucia"))
    assert "Lucía Ñáñez" in page
    assert 'value="lucia"' in page
    miss = await text_of(ana.get("?text=%3Cscript%3E"))
    assert "No conversation was found" in miss
    assert "<script>" not in miss.split("<body")[1]
    assert "Don Beto" in await text_of(ana.get("?tab=bot"))


@pytest.mark.parametrize("query", ["page=-1", "page=x", "page=99999999", "tab=other", "text=%00"])
async def test_a_strange_address_is_the_plain_list(ana, bank, query):
    """What the address names wrongly is left open."""
    await four(bank)
    assert "Pedro Paz" in await text_of(ana.get(f"?{query}"))


async def test_marked_conversations_are_assigned_together(ana, bank):
    """Those without a person go to the colleague; another's stay, and the page says so."""
    mine, waits, bots, _ = await four(bank)
    form = {f"case:{waits}": "on", f"case:{bots}": "on", "to": "luis", "csrf": ana.csrf}
    async with ana.post("assign", data=form) as answer:
        assert answer.status == 303
    owners = dict(await bank.index.open())
    assert [owners[one].staff for one in (mine, waits, bots)] == ["ana", "luis", "luis"]
    form = {f"case:{waits}": "on", "case:nonsense": "on", "to": "ana", "csrf": ana.csrf}
    assert "were not assigned" in await text_of(ana.post("assign", data=form), status=409)
    form = {f"case:{mine}": "on", "to": "ghost", "csrf": ana.csrf}
    await text_of(ana.post("assign", data=form), status=422)
    async with ana.post("assign", data={**form, "csrf": "wrong"}) as answer:
        assert answer.status == 403


async def test_a_search_is_recorded_without_its_words(ana, bank):
    """Who searched is audited; what they typed may be a name."""
    await four(bank)
    await text_of(ana.get("?text=lucia"))
    records = await bank.trail.newest()
    assert [record.kind for record in records].count(names.CONSOLE_SEARCHED) == 1
    assert "lucia" not in repr(records)


async def test_a_page_asks_whether_it_may_connect_again(ana, open_browser):
    """204 for who is signed in, 401 for who is not; a page tells the two apart."""
    async with ana.get("live/alive") as answer:
        assert answer.status == 204
    async with open_browser().get("live/alive") as answer:
        assert answer.status == 401


async def test_the_live_list_follows_its_filter(ana, bank):
    """A stream of one tab sends that tab's list, once until it changes."""
    mine, waits, _, _ = await four(bank)
    async with asyncio.timeout(120), ana.get("live/queue?tab=mine") as stream:
        first = (await stream.content.readuntil(b"\n\n")).decode()
        assert mine in first
        assert waits not in first
        await bank.actions.take_over(waits, "ana")
        second = (await stream.content.readuntil(b"\n\n")).decode()
        assert mine in second
        assert waits in second
