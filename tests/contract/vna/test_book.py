"""The account book by itself: exact sums, the audit trail, the statement, several processes."""

import json

import pytest

from lola.errors import StoreUnavailableError
from lola.partners.vna.upkeep import Upkeep
from tests.contract.vna.bench import AMOUNT, person


async def test_every_movement_reaches_the_audit_trail_once(make_book, start, database):
    """Opening, credit, reversal, block and debit: in order, with numbers and without a person."""
    book = await make_book(database)
    bench = await start(book)
    account, credit = await bench.credited()
    await bench.reference("ReverseCreditFunds", account, credit)
    await book.set_state(account, "blocked_by_law")
    notes = []

    async def append(note):
        notes.append(note)

    upkeep = Upkeep(book, append)
    await upkeep.run_once()
    await upkeep.run_once()
    assert [(note.kind, note.minor) for note in notes] == [
        ("vna.account_opened", 0),
        ("vna.credit_approved", 10_050),
        ("vna.credit_reversed", 10_050),
        ("vna.account_blocked_by_law", 0),
    ]
    assert notes[1].movement == credit


async def test_a_trail_that_is_down_loses_no_note(bench):
    """The notes wait, and come in the same order when it is back."""
    await bench.credited()
    seen = []

    async def fail(_note):
        raise StoreUnavailableError("down")

    async def append(note):
        seen.append(note.kind)

    with pytest.raises(StoreUnavailableError):
        await bench.book.relay_notes(fail)
    await bench.book.relay_notes(append)
    assert seen == ["vna.account_opened", "vna.credit_approved"]


@pytest.mark.parametrize(
    ("amount", "minor"), [(0.01, 1), (19.99, 1_999), (1.1, 110), (100_000_000.07, 10_000_000_007)]
)
async def test_an_amount_is_stored_to_the_cent(bench, amount, minor):
    """What a JSON number says is what is booked (reference/surprises.md 9)."""
    account = await bench.open()
    authorized = await bench.authorize(Amount=amount)
    await bench.credit(account, authorized["TrackingIdentifier"])
    assert await bench.book.balance(account) == minor


async def test_an_amount_beyond_a_float_is_read_with_all_digits(bench):
    """17 digits: exact until the book refuses it as too large, and never rounded to fit."""
    account = await bench.open()
    body = json.dumps({"SenderPersonalData": person(), "ReceiverPersonalData": person(), **AMOUNT})
    headers = {"Authorization": "Bearer vna-9f3b6c1e7a2d4850", "Content-Type": "application/json"}
    for text, minor in (("8999999999999.99", 899_999_999_999_999), ("1.000000000000000001", None)):
        raw = body.replace("100.5", text)
        url = f"{bench.url}/TxAuthorization"
        async with bench.http.post(url, data=raw, headers=headers) as response:
            answer = await response.json()
        assert answer["Authorized"] is (minor is not None)
        if minor:
            await bench.credit(account, answer["TrackingIdentifier"])
            assert await bench.book.balance(account) == minor


async def test_the_statement_shows_the_newest_movements_first(bench):
    """Credits and debits with their sign; what failed or waits is not in it."""
    account, credit = await bench.credited()
    bench.clock.advance(minutes=1)
    await bench.book.debit("D1", account, 50)
    movements = await bench.book.movements(account)
    assert [(item.id, item.kind, item.minor) for item in movements] == [
        ("D1", "debit", -50),
        (credit, "credit", 10_050),
    ]
    assert sum(item.minor for item in movements) == await bench.book.balance(account)


async def test_the_book_holds_no_personal_data(bench, tmp_path):
    """The file has digests: no name, number, address or birth date."""
    await bench.open(Email="rosa.lago@example.com")
    await bench.authorize()
    await bench.book.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("vna.db*")).lower()
    for planted in ("rosa", "lago", "5255", "0111", "1990", "juárez"):
        assert planted.encode() not in raw


async def test_a_second_process_finds_what_the_first_one_stored(make_book, start, database):
    """Tables are created once, by any number of processes at the same time."""
    first = await start(await make_book(database))
    account, credit = await first.credited()
    second = await start(await make_book(database))
    state = await second.reference("GetCreditStatus", account, credit)
    assert state["CreditStatus"] == "Approved"
