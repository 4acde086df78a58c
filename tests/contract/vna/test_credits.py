"""Credits, their state, reversals, callers and logs (reference/vna.md 9, items 18 to 30)."""

import asyncio

import pytest
import structlog

from lola.errors import BookUnavailableError
from tests.contract.vna.bench import AMOUNT, HEADERS, SECRET, SENDER, person

MINOR = 10_050


@pytest.mark.item(18, 23)
async def test_an_authorised_credit_needs_no_amounts_and_is_final(bench):
    """The balance changes at once, and the answer has the credit's number."""
    account = await bench.open()
    authorized = await bench.authorize()
    answer = await bench.credit(account, authorized["TrackingIdentifier"])
    assert answer["Success"] is True
    assert answer["TrackingIdentifier"] != authorized["TrackingIdentifier"]
    assert "NonCreditReason" not in answer
    assert await bench.book.balance(account) == MINOR


@pytest.mark.item(18)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"Amount": 100.51}, "InvalidAmount"),
        ({"Currency": "MXN"}, "InvalidCurrency"),
        ({"ExchangeRate": 18.21}, "InvalidExchangeRate"),
    ],
    ids=["equal", "amount", "currency", "rate"],
)
async def test_amounts_beside_an_authorisation_must_be_its_own(bench, changes, reason):
    """The authorisation decides; a contradiction credits nothing (reference/vna.md 8)."""
    account = await bench.open()
    authorized = await bench.authorize()
    amounts = {**AMOUNT, **changes}
    answer = await bench.credit(account, authorized["TrackingIdentifier"], **amounts)
    assert answer.get("NonCreditReason") == reason
    assert await bench.book.balance(account) == (0 if reason else MINOR)


@pytest.mark.item(19)
@pytest.mark.parametrize("field", sorted(AMOUNT))
async def test_a_credit_without_authorisation_needs_its_amounts(start, field):
    """Each of the three; an empty authorisation is none."""
    bench = await start(vna_require_authorization=False)
    account = await bench.open()
    rest = {key: value for key, value in AMOUNT.items() if key != field}
    body = {"AccountIdentifier": account, "AuthTrackingIdentifier": "", **rest}
    status, answer = await bench.post("CreditFunds", body)
    assert status == 400
    assert field in answer["Errors"][0]["Problem"]


@pytest.mark.item(19)
async def test_a_credit_without_authorisation_keeps_the_limits(start):
    """Where the bank allows it, each is new, and the limits of authorisations hold."""
    limit = {"vna_max_total": {"USD": "250"}}
    bench = await start(vna_require_authorization=False, **limit)
    account = await bench.open()
    answers = [await bench.credit(account, None, **AMOUNT) for _ in range(3)]
    assert [answer["Success"] for answer in answers] == [True, True, False]
    assert answers[2]["NonCreditReason"] == "ByAccumulateAmountLimit"
    assert await bench.book.balance(account) == 2 * MINOR


@pytest.mark.item(20)
@pytest.mark.parametrize("number", ["A" + "0" * 24, "nonsense", "A\x00"])
async def test_an_unknown_authorisation_credits_nothing(bench, number):
    """InvalidReferenceId, also for what cannot be a number."""
    account = await bench.open()
    answer = await bench.credit(account, number)
    assert (answer["Success"], answer["NonCreditReason"]) == (False, "InvalidReferenceId")


async def test_an_authorisation_is_of_one_account(bench):
    """Another account's, or a refused one, credits nothing."""
    account = await bench.open()
    other = await bench.open(FirstName="Otra", PhoneNumber="+525555550199")
    authorized = await bench.authorize()
    answer = await bench.credit(other, authorized["TrackingIdentifier"])
    assert answer["NonCreditReason"] == "InvalidReferenceId"
    refused = await bench.authorize(Amount=0)
    answer = await bench.credit(account, refused["TrackingIdentifier"])
    assert answer["NonCreditReason"] == "NotPreviouslyValidated"


@pytest.mark.item(21)
async def test_a_credit_without_authorisation_is_refused_where_one_is_demanded(bench):
    """That is the default."""
    account = await bench.open()
    answer = await bench.credit(account, None, **AMOUNT)
    assert (answer["Success"], answer["NonCreditReason"]) == (False, "NotPreviouslyValidated")


async def test_an_authorisation_can_become_too_old(start):
    """For a first credit; a repeat still gets the first answer."""
    bench = await start(vna_authorization_minutes=10)
    account = await bench.open()
    used, unused = await bench.authorize(), await bench.authorize()
    first = await bench.credit(account, used["TrackingIdentifier"])
    bench.clock.advance(minutes=11)
    assert await bench.credit(account, used["TrackingIdentifier"]) == first
    answer = await bench.credit(account, unused["TrackingIdentifier"])
    assert answer["NonCreditReason"] == "NotPreviouslyValidated"


@pytest.mark.item(22)
async def test_a_repeated_credit_gets_the_first_answer(bench):
    """And credits nothing more."""
    account = await bench.open()
    number = (await bench.authorize())["TrackingIdentifier"]
    answers = [await bench.credit(account, number) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert await bench.book.balance(account) == MINOR


@pytest.mark.item(22)
async def test_32_credits_at_once_with_one_authorisation_credit_once(make_book, start, database):
    """On SQLite and on PostgreSQL, through two servers: one movement, one answer for all."""
    servers = [await start(await make_book(database)) for _ in range(2)]
    bench = servers[0]
    account = await bench.open()
    number = (await bench.authorize())["TrackingIdentifier"]
    answers = await asyncio.gather(
        *(servers[index % 2].credit(account, number) for index in range(32))
    )
    assert len({answer["TrackingIdentifier"] for answer in answers}) == 1
    assert all(answer["Success"] for answer in answers)
    assert await bench.book.balance(account) == MINOR
    assert not await bench.book.faults()


@pytest.mark.item(10)
async def test_the_same_person_at_once_gets_one_account(make_book, start, database):
    """On both databases: the second one finds what the first one stored."""
    bench = await start(await make_book(database))
    numbers = await asyncio.gather(*(bench.open() for _ in range(8)))
    assert len(set(numbers)) == 1


async def test_limits_hold_for_authorisations_at_once(make_book, start, database):
    """Of eight that would pass alone, two fit into the accumulated limit."""
    book = await make_book(database)
    bench = await start(book, vna_max_total={"USD": "201"})
    await bench.open()
    answers = await asyncio.gather(*(bench.authorize() for _ in range(8)))
    assert sum(answer["Authorized"] for answer in answers) == 2


@pytest.mark.item(24, 25)
async def test_an_asynchronous_credit_ends_later(start):
    """In progress without money, then approved with it, or failed when the account is blocked."""
    bench = await start(vna_credit_response="async")
    account, credit = await bench.credited()
    state = await bench.reference("GetCreditStatus", account, credit)
    assert (state["CreditStatus"], await bench.book.balance(account)) == ("InProgress", 0)
    assert await bench.book.settle() == 1
    state = await bench.reference("GetCreditStatus", account, credit)
    assert (state["CreditStatus"], await bench.book.balance(account)) == ("Approved", MINOR)

    number = (await bench.authorize())["TrackingIdentifier"]
    second = (await bench.credit(account, number))["TrackingIdentifier"]
    await bench.book.set_state(account, "blocked")
    await bench.book.settle()
    state = await bench.reference("GetCreditStatus", account, second)
    assert state["CreditStatus"] == "Failed"
    assert "AccountBlocked" in state["ResponseDescription"]
    assert await bench.book.balance(account) == MINOR


@pytest.mark.item(25)
async def test_the_state_of_a_synchronous_or_unknown_credit(bench):
    """Approved, or Failed with a description."""
    account, credit = await bench.credited()
    state = await bench.reference("GetCreditStatus", account, credit)
    assert state == {"CreditStatus": "Approved"}
    for number in ("C" + "0" * 24, "C\x00", credit[::-1]):
        state = await bench.reference("GetCreditStatus", account, number)
        assert state["CreditStatus"] == "Failed"
        assert state["ResponseDescription"]


@pytest.mark.item(26)
async def test_a_reversal_takes_the_whole_credit_back_once(make_book, start, database):
    """Sixteen at once give one answer and one movement, on both databases."""
    bench = await start(await make_book(database))
    account, credit = await bench.credited()
    answers = await asyncio.gather(
        *(bench.reference("ReverseCreditFunds", account, credit) for _ in range(16))
    )
    assert {answer["Success"] for answer in answers} == {True}
    assert len({answer["TrackingIdentifier"] for answer in answers}) == 1
    assert await bench.book.balance(account) == 0
    movements = await bench.book.movements(account)
    assert sorted(item.minor for item in movements) == [-MINOR, MINOR]


@pytest.mark.item(27)
async def test_an_unknown_credit_cannot_be_reversed(bench):
    """Nor another account's."""
    account, credit = await bench.credited()
    other = await bench.open(FirstName="Otra", PhoneNumber="+525555550199")
    for number, owner in (("C" + "0" * 24, account), ("x", account), (credit, other)):
        answer = await bench.reference("ReverseCreditFunds", owner, number)
        assert answer["Success"] is False
        assert answer["ResponseDescription"]
    assert await bench.book.balance(account) == MINOR


async def test_spent_money_is_not_taken_back(bench):
    """The balance never becomes negative."""
    account, credit = await bench.credited()
    assert await bench.book.debit("D1", account, 51)
    assert await bench.book.debit("D1", account, 51)
    assert not await bench.book.debit("D2", account, MINOR)
    answer = await bench.reference("ReverseCreditFunds", account, credit)
    assert answer["Success"] is False
    assert await bench.book.balance(account) == MINOR - 51


async def test_a_credit_in_progress_is_cancelled(start):
    """A reversal before the end: no money moves, and the credit has failed."""
    bench = await start(vna_credit_response="async")
    account, credit = await bench.credited()
    assert (await bench.reference("ReverseCreditFunds", account, credit))["Success"] is True
    assert await bench.book.settle() == 0
    state = await bench.reference("GetCreditStatus", account, credit)
    assert (state["CreditStatus"], await bench.book.balance(account)) == ("Failed", 0)
    assert not await bench.book.faults()


@pytest.mark.item(28)
async def test_reversals_can_be_unsupported(start):
    """`NonReverseReason` is there only behind its switch, because the schema lacks it."""
    for switch in (False, True):
        bench = await start(vna_reversals=False, vna_non_reverse_reason=switch)
        answer = await bench.reference("ReverseCreditFunds", "000000000000", "C0")
        assert answer["Success"] is False
        assert answer.get("NonReverseReason") == ("NotSupported" if switch else None)


@pytest.mark.item(29)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": SECRET}, {"X-Api-Key": SECRET}],
    ids=["none", "wrong", "no scheme", "another header"],
)
async def test_a_caller_without_the_secret_is_refused(bench, headers):
    """Before the body is read: 401, and nothing is opened."""
    status, _ = await bench.post("CreateAccount", {"broken": True}, headers)
    assert status == 401


@pytest.mark.item(29)
async def test_the_check_of_callers_is_chosen_by_settings(start):
    """A header of its own, a client certificate besides, or the bank's own check."""
    body = {"PersonalData": person()}
    by_key = await start(vna_secret_header="X-Api-Key")
    assert (await by_key.post("GetCreateAccountUrl", body, {"X-Api-Key": SECRET}))[0] == 200
    assert (await by_key.post("GetCreateAccountUrl", body, HEADERS))[0] == 401

    by_certificate = await start(vna_client_certificates="AA:BB:CC")
    for seen, status in (("aabbcc", 200), ("aabbcd", 401), ("", 401)):
        headers = {**HEADERS, "X-Client-Cert-Sha256": seen}
        assert (await by_certificate.post("GetCreateAccountUrl", body, headers))[0] == status
    headers = {"X-Client-Cert-Sha256": "aabbcc"}
    assert (await by_certificate.post("GetCreateAccountUrl", body, headers))[0] == 401

    own = await start(vna_secret="", vna_authenticator="tests.contract.vna.screens.OnlyFromProxy")
    assert (await own.post("GetCreateAccountUrl", body, {"X-Bank": "yes"}))[0] == 200
    assert (await own.post("GetCreateAccountUrl", body, {}))[0] == 401


@pytest.mark.item(30)
async def test_logs_hold_no_personal_data(bench):
    """Neither those of a call nor of a refusal; a request shows nothing of itself either."""
    with structlog.testing.capture_logs() as logs:
        account = await bench.open()
        await bench.authorize()
        await bench.post("CreateAccount", {"PersonalData": person(BirthDate="1990-02-30")})
        await bench.post("CreateAccount", {"rosa": 1, "PersonalData": {"FirstName": "Rosa"}})
    text = str(logs)
    assert "CreateAccount" in text
    planted = (*person().values(), *SENDER.values(), account, SECRET)
    assert [value for value in planted if isinstance(value, str) and value in text] == []


async def test_a_database_that_is_gone_is_503(bench, tmp_path):
    """The outcome is unknown, so the platform asks again; nothing of the database is said."""
    account = await bench.open()
    await bench.book.close()
    (tmp_path / "vna.db").write_bytes(b"no database" * 1000)
    status, answer = await bench.post(
        "CreditFunds", {"AccountIdentifier": account, "AuthTrackingIdentifier": "A" + "0" * 24}
    )
    assert (status, answer["Errors"][0]["Field"]) == (503, "")


@pytest.mark.parametrize("change", [("/postgres?", "/missing?"), ("?host=", "?host=/missing")])
async def test_a_server_that_cannot_be_reached_is_no_crash(make_book, postgres_url, change):
    """The start says that the book is not available, in one error of ours."""
    with pytest.raises(BookUnavailableError):
        await make_book(postgres_url.replace(*change))
