"""What a sender is told about a request for money, and how often."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lola.domain.messages import EventContent
from lola.domain.transfer import Money
from lola.errors import PartnerUnavailableError
from lola.money.money_requests import SAID, RaasRequests, RequestIndex
from lola.partners.customer_records import PastTransfer
from lola.state import Keys
from lola.state.store import StateStore
from lola.text.wording import Wording
from tests.support import ADDRESS, NOW, ManualClock, inbound, turn


class Records:
    """A bank that has one operation in this status; None is an outage."""

    def __init__(self) -> None:
        self.status = "in_progress"

    async def request(self, request_id: str) -> PastTransfer | None:
        if self.status is None:
            raise PartnerUnavailableError("payhub", "down")
        return PastTransfer(
            reference="Ze2i4o",
            status=self.status,
            created_at=NOW,
            send=Money(amount=25, currency="USD"),
            is_request=True,
        )


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
async def hears(connections, records):
    keys = Keys(f"t{uuid4().hex[:12]}")
    store = StateStore(connections.commands, keys, ManualClock(), timedelta(hours=1))
    await RequestIndex(store).remember("req-1", ADDRESS)
    requests = RaasRequests(store, records, Wording(formality="usted"))

    async def hear(status, event_id="e1", request="req-1", language="es"):
        records.status = status
        content = EventContent(name="raas.request.changed", data={})
        about = turn(inbound(content, id=event_id)).evolve(language=language)
        told = await requests.hear(about, request)
        return told and told.content

    return hear


@pytest.mark.parametrize("status", sorted(SAID))
async def test_each_status_has_its_sentence(hears, status) -> None:
    """In both languages, with the amount and the reference."""
    for language, event in (("es", "e1"), ("en", "e1")):
        text = await hears(status, event, language=language)
        assert "25.00 USD" in text
        assert "Ze2i4o" in text


async def test_a_status_is_told_once(hears) -> None:
    """A turn that runs twice says it again, another event about the same status does not."""
    assert await hears("completed", "e1") == await hears("completed", "e1")
    assert await hears("completed", "e2") is None


async def test_what_is_in_progress_needs_no_message(hears) -> None:
    """And it does not hide what comes after it."""
    assert await hears("in_progress") is None
    assert "en revisión" in await hears("on_hold", "e2")
    assert "le pagaron" in await hears("completed", "e3")


async def test_an_outage_claims_nothing(hears) -> None:
    """Without the partner's record no status is stated, and the status is told later."""
    assert "no puedo ver los detalles" in await hears(None, "e1")
    assert "le pagaron" in await hears("completed", "e2")
