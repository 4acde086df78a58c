"""Accounts and authorisations (reference/vna.md 9, items 8 to 17)."""

import re
from datetime import timedelta

import pytest

from lola.errors import TokenError
from lola.money.sealing import Sealer
from lola.partners.vna.contract import NonAuthorizedReason, Reason
from lola.partners.vna.registration import PURPOSE, RegistrationPages
from tests.contract.vna.bench import AMOUNT, SENDER, person

PAGE = "https://bank.example/open"


@pytest.mark.item(8, 9)
async def test_an_account_is_opened(bench):
    """The response has its number, says so, and has a name to show of at most ten characters."""
    answer = await bench.ok("CreateAccount", {"PersonalData": person(), **AMOUNT})
    assert answer["Success"] is True
    assert re.fullmatch(r"[0-9]{12}", answer["AccountIdentifier"])
    assert answer["ResponseDescription"]
    assert re.fullmatch(r"[-_a-zA-Z0-9]{1,10}", answer["DisplayName"])
    assert answer["DisplayName"] == f"LOLA-{answer['AccountIdentifier'][-4:]}"


@pytest.mark.item(10)
async def test_a_person_has_one_account(bench):
    """Again, with other capitals, accents or a further document: the same account."""
    first = await bench.open(FirstName="Rósa", Email="rosa@example.com")
    assert await bench.open(FirstName="ROSA", LastName2="Vega") == first
    assert await bench.open(PhoneNumber=None, Email="Rosa@example.com") == first
    body = {
        "PersonalData": person(),
        "PersonalDocuments": [{"Number": "X-1", "DocumentType": "Passport"}],
        **AMOUNT,
    }
    assert (await bench.ok("CreateAccount", body))["AccountIdentifier"] == first


async def test_two_people_of_one_name_and_birth_date_have_two_accounts(bench):
    """Nothing that leads to the first one's account was sent for the second."""
    first = await bench.open()
    second = await bench.open(PhoneNumber="+525555550122", Email="other@example.com")
    assert first != second
    found = await bench.authorize(ReceiverPersonalData=person(PhoneNumber="+525555550122"))
    assert found["AccountIdentifier"] == second


async def test_what_leads_to_two_accounts_opens_none(bench):
    """The telephone number of one account and the email of another are a contradiction."""
    await bench.open()
    await bench.open(PhoneNumber=None, Email="other@example.com")
    body = {"PersonalData": person(Email="other@example.com"), **AMOUNT}
    assert (await bench.ok("CreateAccount", body))["Success"] is False


async def test_a_telephone_number_leads_to_one_person_only(bench):
    """Somebody else with the same number gets no account and no number of one."""
    await bench.open()
    body = {"PersonalData": person(FirstName="Otra", BirthDate="1971-03-03"), **AMOUNT}
    answer = await bench.ok("CreateAccount", body)
    assert (answer["Success"], answer["AccountIdentifier"]) == (False, "")


@pytest.mark.parametrize(
    ("changes", "amounts"),
    [({"FirstName": " "}, {}), ({"BirthDate": "2020-01-01"}, {}), ({}, {"Currency": "EUR"})],
    ids=["no name", "a child", "another currency"],
)
async def test_an_account_can_be_refused(bench, changes, amounts):
    """By the bank's rules, in words."""
    body = {"PersonalData": person(**changes), **AMOUNT, **amounts}
    answer = await bench.ok("CreateAccount", body)
    assert (answer["Success"], answer["AccountIdentifier"]) == (False, "")


async def test_a_second_account_in_another_currency_is_refused(bench):
    """One person has one account."""
    await bench.open()
    answer = await bench.ok(
        "CreateAccount", {"PersonalData": person(), **AMOUNT, "Currency": "MXN"}
    )
    assert answer["Success"] is False


@pytest.mark.item(11)
async def test_a_registration_address_is_https_and_expires(start, clock):
    """Its token is sealed, opens until its time is over, and tells nothing of the person."""
    bench = await start(vna_registration_url=PAGE, vna_registration_minutes=30)
    answer = await bench.ok("GetCreateAccountUrl", {"PersonalData": person()})
    assert answer["Success"] is True
    url, _, token = answer["RegistrationUrl"].partition("?token=")
    assert url == PAGE
    sealer = Sealer(("c" * 40,), purpose=PURPOSE, tenant="lola", setting="CALLBACK_SECRET")
    pages = RegistrationPages(url=PAGE, lifetime=timedelta(), sealer=sealer, clock=clock)
    assert re.fullmatch("[0-9a-f]{40}", pages.open(token))
    clock.advance(minutes=31)
    with pytest.raises(TokenError):
        pages.open(token)


async def test_without_a_page_there_is_no_address(bench):
    """The call says so."""
    answer = await bench.ok("GetCreateAccountUrl", {"PersonalData": person()})
    assert (answer["Success"], answer["RegistrationUrl"]) == (False, "")


@pytest.mark.item(12)
async def test_a_transaction_is_authorised(bench):
    """Each one has its own number; the account is found by the receiver or by its number."""
    account = await bench.open()
    first = await bench.authorize()
    second = await bench.authorize(AccountIdentifier=account)
    for answer in (first, second):
        assert answer["Authorized"] is True
        assert answer["AccountIdentifier"] == account
        assert "NonAuthorizedReason" not in answer
    assert first["TrackingIdentifier"] != second["TrackingIdentifier"]


@pytest.mark.item(13)
async def test_an_unknown_receiver_has_no_account(bench):
    """The platform then goes on to open one."""
    answer = await bench.authorize()
    assert (answer["AccountIdentifier"], answer["Authorized"]) == ("", False)


def older_child():
    return {**SENDER, "BirthDate": "2012-01-01"}


def in_texas():
    return person(Address={**person()["Address"], "StateCode": "US-TX"})


REFUSALS = {
    Reason.INVALID_PARAMETER: {"ReceiverPersonalData": in_texas()},
    Reason.INVALID_CURRENCY: {"Currency": "EUR"},
    Reason.INVALID_SENDER_DATA: {"SenderPersonalData": older_child()},
    Reason.INVALID_DESTINATION_DATA: {"ReceiverPersonalData": person(FirstName="Otra")},
    Reason.INVALID_EXCHANGE_RATE: {"ExchangeRate": 0},
    Reason.NON_MATCHING_CURRENCY_ACCOUNT: {"Currency": "MXN"},
    Reason.INVALID_AMOUNT: {"Amount": 10.005},
    Reason.BY_AMOUNT_LIMIT: {"Amount": 1000.01},
}


@pytest.mark.item(14, 17)
@pytest.mark.parametrize("reason", sorted(REFUSALS))
async def test_a_rule_gives_its_reason(start, reason):
    """What is wrong with an amount, a currency, a rate or a person."""
    bench = await start(vna_max_amount={"USD": "1000"})
    await bench.open()
    answer = await bench.authorize(**REFUSALS[reason])
    assert (answer["Authorized"], answer["NonAuthorizedReason"]) == (False, reason.value)
    assert answer["AccountIdentifier"]


@pytest.mark.item(14)
async def test_every_reason_of_an_authorisation_has_a_rule():
    """The tests of this file produce each value that the contract has, and no other."""
    limits = {Reason.BY_VELOCITY, Reason.BY_ACCUMULATE_AMOUNT_LIMIT}
    produced = {Reason.NONE, *REFUSALS, *limits, *(reason for _, reason in STATES)}
    schema = NonAuthorizedReason.__metadata__[0].json_schema
    assert {reason.value for reason in produced} == set(schema["enum"])


@pytest.mark.parametrize("amount", [0, -1, 1e300, 99999999999999.99])
async def test_an_amount_that_is_none_is_refused(bench, amount):
    """Nothing is rounded, cut or stored."""
    await bench.open()
    answer = await bench.authorize(Amount=amount)
    assert answer["NonAuthorizedReason"] == "InvalidAmount"


@pytest.mark.item(15)
async def test_the_three_limits(start):
    """How much at once, how often, and how much together; the window then moves on."""
    limits = {"vna_max_total": {"USD": "250"}, "vna_max_count": 3, "vna_max_amount": {"USD": "150"}}
    bench = await start(**limits, vna_window_hours=24)
    await bench.open()

    async def reason(amount):
        return (await bench.authorize(Amount=amount)).get("NonAuthorizedReason")

    assert await reason(150.01) == "ByAmountLimit"
    assert await reason(150) is None
    assert await reason(100.01) == "ByAccumulateAmountLimit"
    assert await reason(50) is None
    assert await reason(50) is None
    assert await reason(0.01) == "ByVelocity"
    bench.clock.advance(hours=25)
    assert await reason(150) is None


async def test_what_was_reversed_does_not_use_up_a_limit(start):
    """The amount of a reversed credit is free again."""
    bench = await start(vna_max_total={"USD": "150"})
    account, credit = await bench.credited()
    assert (await bench.authorize())["NonAuthorizedReason"] == "ByAccumulateAmountLimit"
    await bench.reference("ReverseCreditFunds", account, credit)
    assert (await bench.authorize())["Authorized"] is True


STATES = [
    ("blocked", Reason.ACCOUNT_BLOCKED),
    ("blocked_by_law", Reason.ACCOUNT_BLOCKED_BY_LAW),
    ("blocked_by_government", Reason.ACCOUNT_BLOCKED_BY_GOVERNMENT),
    ("closed", Reason.INVALID_ACCOUNT),
]


@pytest.mark.item(16)
@pytest.mark.parametrize(("state", "reason"), STATES)
async def test_the_state_of_an_account_gives_its_reason(bench, state, reason):
    """Before and after the authorisation; a credit that was refused stays refused."""
    account = await bench.open()
    early = await bench.authorize()
    await bench.book.set_state(account, state)
    late = await bench.authorize()
    assert (late["Authorized"], late["NonAuthorizedReason"]) == (False, reason.value)
    refused = await bench.credit(account, early["TrackingIdentifier"])
    assert (refused["Success"], refused["NonCreditReason"]) == (False, reason.value)
    await bench.book.set_state(account, "open")
    assert await bench.credit(account, early["TrackingIdentifier"]) == refused
    assert await bench.book.balance(account) == 0


async def test_an_account_number_that_is_no_number_is_an_invalid_parameter(bench):
    """It never reaches the database."""
    await bench.open()
    answer = await bench.authorize(AccountIdentifier="1' OR '1'='1\x00")
    assert answer["NonAuthorizedReason"] == "InvalidParameter"


async def test_the_banks_own_screen_decides_too(start):
    """VNA_SCREEN sees both people and the amount."""
    bench = await start(vna_screen="tests.contract.vna.screens.Sanctions")
    await bench.open(LastName="Listada")
    receiver = person(LastName="Listada")
    answer = await bench.authorize(ReceiverPersonalData=receiver)
    assert answer["NonAuthorizedReason"] == "AccountBlockedByGovernment"
