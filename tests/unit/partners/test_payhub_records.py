"""One sender's record in RaaS shapes: spellings of its own, requests that are made once."""

import json
from decimal import Decimal

import pytest

from lola.domain.transfer import Money
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.partners.customer_records import MoneyRequest, Person
from lola.partners.payhub import PayhubRecords, PayhubRequests

OPERATION = {
    "code": "Ze2i4o",
    "status": "Sent",
    "amount": 25,
    "currency": "USD",
    "createdAt": "/Date(1776102856022)/",
    "toUser": {"firstName": "Rosa", "lastName": "Hernández", "country": "MX"},
    "recipientAmout": 430,
    "recipientCurrency": "MXN",
    "attributionLink": "https://links.example/Ze2i4",
    "somethingNew": {},
}
METHODS = [
    {"id": "a", "type": "UBN", "status": "Validated"},
    {"id": "b", "type": "DebitCard", "isPrimary": True, "status": "Validated"},
    {"id": "c", "type": "DebitCard", "isPrimary": True, "status": "Blocked"},
]
REQUEST = MoneyRequest(
    request_id="r-1", phone="+525512345678", amount=Money(amount=Decimal(25), currency="USD")
)


@pytest.fixture
def records(http, partner, sleep):
    requests = PayhubRequests(http, base_url=partner.url, api_key="key", timeout=5, sleep=sleep)
    return PayhubRecords(requests)


async def test_operations_are_read_in_their_own_spelling(records, partner):
    """`recipientAmout` and `/Date(ms)/` beside ISO; newest first
    (reference/raas.md 5.12, 5.16, 16.41-42).
    """
    older = {**OPERATION, "code": "aaaaaa", "createdAt": "2026-01-01T10:00:00Z", "status": "Newer"}
    partner.answer([older, OPERATION])
    newest, oldest = await records.transfers("u")
    assert (newest.reference, newest.created_at.year) == ("Ze2i4o", 2026)
    assert newest.receive == Money(amount=Decimal(430), currency="MXN")
    assert (newest.fee, newest.rate, newest.total) == (None, None, None)
    assert oldest.status == "in_progress", "an unknown status is no end"


@pytest.mark.parametrize(
    ("status", "ours"),
    [("ReadyForPickup", "ready_for_pickup"), ("OnHold", "on_hold"), ("Completed", "completed")],
)
async def test_statuses(records, partner, status, ours):
    """The documented statuses become ours (reference/raas.md 8.1)."""
    partner.answer([{**OPERATION, "status": status}])
    assert (await records.transfers("u"))[0].status == ours


async def test_limits_need_all_their_figures(records, partner):
    """Half a limit is none: nothing is made up (reference/raas.md 8.5)."""
    partner.answer({"sendLevel1LimitAmount": 5000, "accumulated": 850, "rest": 4150})
    partner.answer({"sendLevel1LimitAmount": 5000, "accumulated": None})
    limits = await records.limits("u")
    assert limits is not None
    assert (limits.limit.amount, limits.used.amount, limits.left.amount) == (5000, 850, 4150)
    assert await records.limits("u") is None


@pytest.mark.parametrize(("is_new", "verb"), [(True, "POST"), (False, "PUT")])
@pytest.mark.parametrize(("status", "body"), [(200, {"code": "OK"}), (201, "")])
async def test_a_person_is_saved(records, partner, is_new, verb, status, body):
    """Created and updated, with and without a body in the answer
    (reference/raas.md 5.5, 5.6, 16.26).
    """
    partner.answer(body, status)
    person = Person(first_name="Ana", last_name="Paz", phone="+525512345678", country="MX")
    await records.save_recipient("u", person, is_new=is_new)
    method, path, raw, _ = partner.requests[0]
    assert (method, path) == (verb, "/user/contacts/u")
    assert json.loads(raw) == {
        "firstName": "Ana", "lastName": "Paz", "phone": "+525512345678", "countryCode": "MX",
    }  # fmt: skip


async def test_a_request_names_the_primary_usable_method(records, partner):
    """The money lands where the sender is paid; a blocked method is passed over
    (reference/raas.md 5.12).
    """
    partner.answer(METHODS).answer(OPERATION)
    link = await records.request_money("u", REQUEST)
    assert (link.reference, link.url) == ("Ze2i4o", "https://links.example/Ze2i4")
    assert json.loads(partner.requests[1][2]) == {
        "requestTo": "+525512345678", "correlationId": "r-1", "recipientAmount": 25,
        "recipientCurrency": "USD", "destinationPaymentMethodId": "b",
    }  # fmt: skip


async def test_a_repeated_request_is_looked_up(records, partner):
    """The same id leads to the same link (reference/raas.md 15)."""
    partner.answer(METHODS).answer({"code": "ERROR_CORRELATION_ID_ALREADY_USED"}, 400)
    partner.answer(OPERATION)
    assert (await records.request_money("u", REQUEST)).reference == "Ze2i4o"
    assert partner.requests[2][1] == "/user/operations/detail/r-1"


async def test_requests_that_cannot_be_made_are_refused(records, partner):
    """Without a way to be paid, with the partner's own no, and without a link in the answer."""
    partner.answer([])
    with pytest.raises(PartnerRefusedError):
        await records.request_money("u", REQUEST)
    partner.answer(METHODS).answer({"code": "ERROR_CONTACT_NOT_FOUND"}, 400)
    with pytest.raises(PartnerRefusedError, match="ERROR_CONTACT_NOT_FOUND"):
        await records.request_money("u", REQUEST)
    partner.answer(METHODS).answer({**OPERATION, "attributionLink": None})
    with pytest.raises(PartnerUnavailableError, match="without a link"):
        await records.request_money("u", REQUEST)
