"""What the partner is told about a sender: only theirs, asked for and allowed; never logged."""

from datetime import datetime, timedelta

import pytest

from lola.domain.events import DATA_REQUEST
from lola.domain.messages import EventContent
from lola.errors import ConfigurationError
from lola.money.bank_data import BankData
from lola.money.data_requests import PAUSES, DataRequests
from lola.partners.m2m.webhooks import parse, read_data_request
from tests.support import inbound, ticket, turn
from tests.unit.sandbox.conftest import (  # noqa: F401 - fixtures
    NOW,
    credentials,
    http,
    m2m,
    receiver,
    sandbox,
    sleep,
)

PHONE = "+15550100001"
NAMES = ("name.firstName", "name.secondName", "name.lastName", "name.secondLastName", "dob")
KNOWN = {
    "name.firstName": "Ana",
    "name.lastName": "Ruiz",
    "dob": "1990-05-15",
    "idNumber": "GAPA900515HDFRRL09",
}


class Bank:
    """A bank's own source: notes what it was asked and returns what the test says."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    async def __call__(self, phone, fields):
        self.asked.append((phone, tuple(fields)))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def bank():
    return Bank(KNOWN)


@pytest.fixture
def requests(m2m, bank):  # noqa: F811 - the fixture above
    return DataRequests(client=m2m, bank=BankData(bank, timeout=5), fields=NAMES)


@pytest.fixture
async def request_(m2m, sandbox, receiver):  # noqa: F811 - the fixtures above
    """A real request of the sandbox about sender-1, as the inbox would hold it."""
    link = await m2m.create_link("sender-1", callback_url=receiver.url)
    sandbox.m2m.customer.open(sandbox.m2m.links.get(link.link_id), {})
    for _ in range(3):
        event = parse((await receiver.next())[1])
        if event.name == "user.data_request":
            break
    asked = read_data_request(event)
    return {
        "ticket": "tk_1",
        "request": asked.data_request_id,
        "reference": asked.reference_id,
        "fields": list(asked.required_fields),
        "expires_at": asked.expires_at.isoformat(),
    }


@pytest.fixture
def handle(requests):
    async def handle_(data, service=requests, sender="sender-1", now=NOW):
        event = EventContent(name=DATA_REQUEST, data=data)
        about = turn(inbound(event), now=now, phone=PHONE)
        session = about.session.evolve(tickets=(ticket(sender=sender),))
        handled = await service.handle(about.evolve(session=session), event)
        (record,) = handled.turn.audit
        return handled, record

    return handle_


@pytest.fixture
def sources(sandbox, request_):  # noqa: F811 - the fixture above
    def sources_():
        (link,) = sandbox.m2m.links.list.all()
        return sandbox.m2m.users.sources(link.user_id)

    return sources_


async def test_what_the_bank_knows_and_may_tell_is_told(handle, request_, bank, sources):
    """The bank is asked for the allowed fields alone, and the partner told what is known."""
    handled, record = await handle(request_)
    assert bank.asked == [(PHONE, NAMES)]
    told = ["name.firstName", "name.lastName", "dob"]
    assert sources() == dict.fromkeys(told, "partner_webhook")
    assert handled.again_at is None
    assert (record["outcome"], record["told"]) == ("answered", told)


async def test_no_value_is_in_the_audit_trail(handle, request_):
    """Field names are; the audit trail holds nothing of anybody."""
    _, record = await handle(request_)
    assert not any(value in str(record) for value in (*KNOWN.values(), PHONE))


async def test_the_id_number_is_told_only_where_the_bank_allows_it(m2m, bank, handle, request_):  # noqa: F811
    """A policy with the number in it tells it; the default one does not."""
    open_bank = DataRequests(
        client=m2m, bank=BankData(bank, timeout=5), fields=(*NAMES, "idNumber")
    )
    _, record = await handle(request_, open_bank)
    assert "idNumber" in record["told"]


async def test_another_senders_request_is_declined_unasked(handle, request_, bank, sources):
    """A reference that is not the ticket's own never reaches the bank's data."""
    _, record = await handle(request_, sender="sender-2")
    assert record["outcome"] == "not this sender"
    _, record = await handle(request_ | {"ticket": "tk_unknown"})
    assert record["outcome"] == "not this sender"
    assert (bank.asked, sources()) == ([], {})


async def test_a_late_or_empty_wish_is_declined_unasked(handle, request_, bank, m2m):  # noqa: F811
    """After the deadline, for fields not allowed, or without a policy, the bank is not asked."""
    late = datetime.fromisoformat(request_["expires_at"])
    assert (await handle(request_, now=late))[1]["outcome"] == "too late"
    _, record = await handle(request_ | {"fields": ["idNumber", "idType"]})
    assert record["outcome"] == "not allowed"
    closed = DataRequests(client=m2m, bank=BankData(bank, timeout=5), fields=())
    assert (await handle(request_, closed))[1]["outcome"] == "not allowed"
    assert bank.asked == []


@pytest.mark.parametrize("answer", [None, {}, {"dob": ""}, {"dob": "x" * 101}, {"dob": 5}])
async def test_a_bank_that_knows_nothing_declines(handle, request_, bank, sources, answer):
    """No such sender, no value, or no usable value: the secure page asks the sender."""
    bank.answer = answer
    _, record = await handle(request_)
    assert (record["outcome"], sources()) == ("not known", {})


async def test_a_repeated_turn_tells_nothing_twice(handle, request_):
    """After a crash the partner refuses the second answer, and nothing more is tried."""
    await handle(request_)
    handled, record = await handle(request_)
    assert record["outcome"] == "refused with INVALID_REQUEST"
    assert handled.again_at is None


async def test_an_outage_is_tried_again_a_few_times(handle, request_, bank, sandbox, sources):  # noqa: F811
    """An outage of bank or partner is waited out, never past the deadline; then it is told."""
    bank.answer = RuntimeError("our own bug")
    for attempt, pause in enumerate(PAUSES):
        handled, record = await handle(request_ | {"attempt": attempt})
        assert (handled.again_at, record["outcome"]) == (NOW + pause, "unavailable")
    assert (await handle(request_ | {"attempt": len(PAUSES)}))[0].again_at is None
    deadline = datetime.fromisoformat(request_["expires_at"])
    handled, _ = await handle(request_, now=deadline - timedelta(seconds=1))
    assert handled.again_at is None
    bank.answer = KNOWN
    sandbox.faults.add("m2m", "500")
    assert (await handle(request_))[0].again_at == NOW + PAUSES[0]
    await handle(request_ | {"attempt": 1})
    assert "dob" in sources()


def test_a_policy_with_an_unknown_field_stops_the_start():
    """The setting is named."""
    with pytest.raises(ConfigurationError, match="M2M_DATA_FIELDS"):
        DataRequests(client=None, bank=None, fields=("shoeSize",))
