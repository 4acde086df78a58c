"""Conformance, items 38 to 51, 72 and 74: requests and operations (reference/raas.md 5.12-5.17)."""

import re
from datetime import UTC, datetime

import pytest

from lola.partners.payhub.bodies import FullRequest, MoneyRequestBody, NewContact
from lola.partners.payhub.responses.operations import OPERATION
from tests.contract.raas.conftest import CARD, FULL, REQUEST, registration

V2, ALL_IN_ONE = "/user/operations/request-money-v2/{user}", "/user/operations/request-money-full"
BASE = {"code": "Ze2i4o", "status": "Sent", "amount": 25}


def wanted(**changes):
    return MoneyRequestBody.model_validate(REQUEST | changes)


def full(**changes):
    return FullRequest.model_validate(FULL | changes)


@pytest.mark.raas(38)
async def test_an_id_or_a_card(api, ask, ana):
    """One of them is needed; with both the id counts."""
    nothing = {key: REQUEST[key] for key in REQUEST if key != "destinationPaymentMethodId"}
    answer = await ask("POST", V2.format(user=ana), nothing)
    assert answer.refusal == (400, "ERROR_PAYMENT_METHOD_NOT_FOUND")
    with pytest.raises(ValueError, match="needs the id"):
        MoneyRequestBody.model_validate(nothing)
    made = await api.request_money(ana, wanted(destinationPaymentMethod=CARD))
    assert made.destination_payment_method.hint == "•••• 4242"
    card_only = {**nothing, "correlationId": "c-2", "destinationPaymentMethod": CARD}
    made = await api.request_money(ana, MoneyRequestBody.model_validate(card_only))
    assert made.destination_payment_method.hint == "•••• 1111"


@pytest.mark.raas(39)
async def test_a_request_is_sent(api, ana):
    """It has a code of six characters, a link for the payer and both people."""
    made = await api.request_money(ana, wanted())
    assert (made.status, made.correlation_id) == ("Sent", REQUEST["correlationId"])
    assert re.fullmatch(r"[A-Za-z0-9]{6}", made.code)
    assert made.attribution_link.startswith("http")
    assert (made.from_user.name, made.from_user.user_id) == ("Rosa Hernández", "0")
    assert made.to_user.name == "Ana Ruiz"


@pytest.mark.raas(40)
async def test_an_unknown_user_and_a_closed_corridor(api, ana, refused):
    """Each has its status and code."""
    assert await refused(api.request_money("nobody", wanted())) == ("ERROR_USER_NOT_FOUND", 404)
    cuban = NewContact(first_name="Iris", last_name="Paz", phone="+5352345678", country_code="CU")
    await api.add_contact(ana, cuban)
    closed = api.request_money(ana, wanted(requestTo=cuban.phone))
    assert await refused(closed) == ("ERROR_DESTINATION_COUNTRY_NOT_SUPPORTED", 400)


@pytest.mark.raas(41)
async def test_both_forms_of_a_time(api, ask, ana):
    """The answer has the form of .NET, the list ISO 8601; both are the same instant here."""
    assert OPERATION.validate_python(
        BASE | {"createdAt": "/Date(1776102856022)/"}
    ).created_at == datetime(2026, 4, 13, 17, 54, 16, 22000, UTC)
    raw = await ask("POST", V2.format(user=ana), REQUEST)
    assert re.fullmatch(r"/Date\(\d+\)/", raw.body["createdAt"])
    made = OPERATION.validate_python(raw.body)
    assert (await api.operations(ana))[-1].created_at == made.created_at


@pytest.mark.raas(42)
def test_odd_spellings_are_read_as_they_come():
    """`recipientAmout` and `AMOUNT_TOO_HIGHT` are RaaS's, and the right spelling is not read."""
    row = BASE | {
        "createdAt": "2026-02-10T12:00:00Z",
        "recipientAmout": 5,
        "recipientAmount": 6,
        "recipientCurrency": "USD",
        "ignoredData": {"reason": "AMOUNT_TOO_HIGHT", "date": "x", "notifySupport": False},
    }
    found = OPERATION.validate_python(row)
    assert found.to_past_transfer("USD").receive.amount == 5
    assert found.ignored_data.reason == "AMOUNT_TOO_HIGHT"


@pytest.mark.parametrize(
    ("sides", "person"),
    [
        ({"fromUser": ("0", "Rosa"), "toUser": ("me", "Ana")}, "Rosa"),
        ({"fromUser": ("me", "Ana"), "toUser": ("0", "Rosa")}, "Rosa"),
        ({"fromUser": (None, "Rosa"), "toUser": (None, "Ana")}, ""),
    ],
)
def test_the_other_person_of_a_request(sides, person):
    """They are found by the ids, whichever side they are on (reference/raas.md 14, 4)."""
    people = {side: {"userId": one, "firstName": name} for side, (one, name) in sides.items()}
    row = BASE | {"createdAt": "2026-02-10T12:00:00Z", "type": "RequestFunds", **people}
    found = OPERATION.validate_python(row).to_past_transfer("USD", "me")
    assert (found.recipient, found.is_request) == (person, True)


@pytest.mark.raas(43)
async def test_unknown_fields_and_values(scripted, partner):
    """New fields are ignored and new statuses kept; neither ends in an error."""
    row = BASE | {"status": "Levitating", "createdAt": "2026-02-10T12:00:00Z", "novelty": [1]}
    partner.answer([row]).answer("Levitating".join('""'), 200)
    (found,) = await scripted.operations("u")
    assert (found.status, found.to_past_transfer("USD").status) == ("Levitating", "in_progress")


@pytest.mark.raas(44)
async def test_one_call_for_all(api):
    """It is accepted at once, and its id is ours."""
    done = await api.request_money_full(registration(), full())
    assert (done.status, done.operation_id) == ("Accepted", FULL["correlationId"])
    assert (await api.operation(done.operation_id)).to_user.name == "Eva Sol"
    assert [one.first_name for one in await api.contacts(done.user_id)] == ["Rosa"]


@pytest.mark.raas(45)
async def test_a_used_correlation_id(api, ana, refused):
    """An id is good for one operation, whichever call used it."""
    await api.request_money_full(registration(), full())
    again = api.request_money_full(registration(), full())
    assert await refused(again) == ("ERROR_CORRELATION_ID_ALREADY_USED", 400)
    other = api.request_money(ana, wanted(correlationId=FULL["correlationId"]))
    assert await refused(other) == ("ERROR_CORRELATION_ID_ALREADY_USED", 400)


@pytest.mark.raas(46)
@pytest.mark.parametrize(
    ("method", "missing"),
    [
        ({"type": "DebitCard", "number": "tok_1111"}, "name_on_card"),
        ({"type": "CreditCard", "number": "tok_1111", "country": "US"}, "currency"),
        ({"type": "UBN", "number": "002320275621938815", "country": "MX"}, "currency"),
        ({"type": "MobileWallet"}, "country"),
        ({"type": "CashLoadLocation"}, "country"),
        ({"type": "Teleport", "country": "US"}, "type"),
    ],
)
async def test_each_type_has_its_fields(ask, method, missing):
    """What a type of method lacks is refused there, and does not leave here."""
    body = {
        "requester": registration().to_json(),
        "request": FULL | {"destinationPaymentMethod": method},
    }
    assert (await ask("POST", ALL_IN_ONE, body)).status == 400
    with pytest.raises(ValueError, match=missing):
        full(destinationPaymentMethod=method)


@pytest.mark.raas(47)
@pytest.mark.parametrize(
    ("changes", "method", "code"),
    [
        ({"recipientCurrency": "EUR"}, {}, "ERROR_INVALID_CURRENCY_CODE"),
        ({}, {"currency": "MXN"}, "ERROR_INVALID_CURRENCY_CODE"),
        ({}, {"country": "CU"}, "ERROR_DESTINATION_COUNTRY_NOT_SUPPORTED"),
        ({"recipientAmount": 3000}, {}, "ERROR_INVALID_AMOUNT_ERROR"),
    ],
)
async def test_currencies_and_corridors_must_fit(api, refused, changes, method, code):
    """A mismatch has its code, and nobody is registered."""
    request = full(**changes, destinationPaymentMethod=FULL["destinationPaymentMethod"] | method)
    assert await refused(api.request_money_full(registration(), request)) == (code, 400)
    known = api.user_token(phone=registration().phone_number)
    assert await refused(known) == ("ERROR_USER_NOT_FOUND", 404)


@pytest.mark.raas(48)
async def test_a_status_is_a_bare_string(api, ask, ana):
    """The body is a JSON string and nothing else."""
    await api.request_money(ana, wanted())
    answer = await ask("GET", f"/user/operations/status/{ana}/{REQUEST['correlationId']}")
    assert answer.raw == '"Sent"'
    assert await api.operation_status(ana, REQUEST["correlationId"]) == "Sent"


@pytest.mark.raas(49)
async def test_500_means_not_found(api, ask):
    """The documented 500 is no outage: there is no such operation, and it is not asked again."""
    answer = await ask("GET", "/user/operations/detail/none")
    assert answer.refusal == (500, "ERROR_OPERATION_NOT_FOUND")
    assert await api.operation("none") is None


@pytest.mark.raas(50)
async def test_operations_with_one_person(api, ana, client, key, refused):
    """They are filtered by number; a user of another tenant is refused."""
    await api.request_money(ana, wanted())
    assert len(await api.operations(ana)) == 3
    (found,) = await api.operations(ana, to_phone=REQUEST["requestTo"])
    assert found.correlation_id == REQUEST["correlationId"]
    foreign = client(key("partner_full", tenant="luna", country="MX"))
    assert await refused(foreign.operations(ana)) == ("ERROR_INVALID_TENANT", 400)


@pytest.mark.raas(51)
async def test_frequent_contacts(api, ask, ana):
    """The newest first, as many as asked for; a limit of zero or of letters is refused."""
    assert [one.first_name for one in await api.frequent_contacts(ana, 5)] == ["Luis", "Rosa"]
    assert len(await api.frequent_contacts(ana, 1)) == 1
    for limit in ("0", "-1", "many"):
        assert (await ask("GET", f"/user/operations/frequent/{ana}/{limit}")).status == 400
    with pytest.raises(ValueError):
        await api.frequent_contacts(ana, 0)


@pytest.mark.raas(72)
@pytest.mark.parametrize(
    "changes", [{"recipientUserId": ""}, {"amount": 0}, {"amount": "much"}, {"currency": ""}]
)
async def test_a_bad_quotation(ask, ana, changes):
    """An empty recipient, no amount and no currency have one code (reference/raas.md 7.1)."""
    body = {
        "recipientUserId": ana,
        "amount": 100,
        "currency": "USD",
        "isSenderAmount": True,
        "destinationPaymentMethod": {"type": "UBN", "country": "MX"},
    }
    path = f"/user/operations/operation-quote-v2/{ana}"
    assert (await ask("POST", path, body)).body["isExecutable"] is True
    answer = await ask("POST", path, body | changes)
    assert answer.refusal == (400, "ERROR_INVALID_QUOTATION_REQUEST_DATA")


@pytest.mark.raas(74)
async def test_another_tenants_operations(api, ana, client, key, refused):
    """Neither an operation nor its status nor its owner can be read by another tenant."""
    await api.request_money(ana, wanted())
    foreign = client(key("partner_full", tenant="luna", country="MX"))
    assert await foreign.operation(REQUEST["correlationId"]) is None
    status = foreign.operation_status(ana, REQUEST["correlationId"])
    assert await refused(status) == ("ERROR_USER_NOT_FOUND", 404)
    assert await refused(foreign.profile("+15550100001")) == ("USER_NOT_FOUND", 404)
