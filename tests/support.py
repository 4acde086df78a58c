"""Builders that tests share: a turn, a message, a draft, with one fact changed at a time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from lola.domain.identity import ContextUser, Identity
from lola.domain.messages import (
    Address,
    ChoiceContent,
    Content,
    Inbound,
    MessageId,
    TextContent,
)
from lola.domain.session import Session
from lola.domain.transfer import Draft, Money, Quote, Terms, Ticket
from lola.domain.turn import Turn
from lola.domain.work import Envelope, Ownership, Work
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.partners.m2m import Link, Operation

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ADDRESS = Address(channel="whatsapp", account="700", sender="15550104477", phone="+15550104477")
BOT = Ownership()
WAITING = Ownership(owner="waiting", epoch=4, since=NOW)
HUMAN = Ownership(owner="human", epoch=5, staff="ana")


class ShiftedClock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.added = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.added


class PartnerAnswers:
    """An M2M client that knows these operations and no link; `down` makes every call fail."""

    def __init__(self, *operations: Operation, down: bool = False) -> None:
        self.operations = list(operations)
        self.down = down

    async def get_operation(self, operation_id: str) -> Operation:
        for operation in self._known():
            if operation.operation_id == operation_id:
                return operation
        raise PartnerRefusedError("m2m", "no", partner_code="RESOURCE_NOT_FOUND", status=404)

    async def list_operations(
        self, *, link_id: str = "", reference_id: str = "", created_from: datetime | None = None
    ) -> AsyncIterator[Operation]:
        del created_from
        for operation in self._known():
            if link_id in {"", operation.link_id} and reference_id in {"", operation.reference_id}:
                yield operation

    async def get_link(self, link_id: str) -> Link:
        self._known()
        raise PartnerRefusedError("m2m", link_id, partner_code="RESOURCE_NOT_FOUND", status=404)

    def _known(self) -> list[Operation]:
        if self.down:
            raise PartnerUnavailableError("m2m", "down")
        return self.operations


class ManualClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


def user(**changes: Any) -> ContextUser:
    values: dict[str, Any] = {
        "user_id": "u-1",
        "first_name": "Ana",
        "last_name": "Ruiz",
        "phone": "+15550100001",
        "verdict": "passed",
        "is_blocked": False,
        "country": "US",
    }
    return ContextUser(**{**values, **changes})


def identified(**changes: Any) -> Identity:
    return Identity(status="identified", user=user(**changes))


def inbound(content: Content | str, **changes: Any) -> Inbound:
    if isinstance(content, str):
        content = TextContent(text=content)
    message = Inbound(id=MessageId("wamid.1"), address=ADDRESS, content=content)
    return replace(message, **changes)


def tap(option_id: str, title: str = "x") -> Inbound:
    return inbound(ChoiceContent(id=option_id, title=title))


def work(*envelopes: Envelope, **changes: Any) -> Work:
    base = Work(
        conversation=ADDRESS.conversation,
        token=1,
        envelopes=envelopes,
        state=None,
        version=0,
        history=(),
        ownership=BOT,
    )
    return replace(base, **changes)


def turn(*messages: Inbound | str, ownership: Ownership = BOT, **changes: Any) -> Turn:
    burst = tuple(inbound(item) if isinstance(item, str) else item for item in messages)
    base = Turn(
        conversation=ADDRESS.conversation,
        inbound=burst or (inbound("hola"),),
        session=Session(address=ADDRESS, started_at=NOW),
        work=work(ownership=ownership),
        now=NOW,
        accepted_at=NOW,
        trace_id="trace",
        phone=ADDRESS.phone,
        allowed_actions=frozenset({"information", "person", "quote", "transfer"}),
    )
    return base.evolve(**changes)


def terms(**changes: Any) -> Terms:
    values: dict[str, Any] = {
        "country": "MX",
        "payout_method": "cash_pickup",
        "amount": Decimal(200),
        "amount_currency": "USD",
        "recipient_first_name": "Rosa",
        "recipient_last_name": "Hernández",
        "payer_id": "oxxo",
        "payer_name": "OXXO",
    }
    return Terms(**{**values, **changes})


def quote(**changes: Any) -> Quote:
    values: dict[str, Any] = {
        "id": "q-1",
        "country": "MX",
        "payout_method": "cash_pickup",
        "send": Money(amount=Decimal("200.00"), currency="USD"),
        "fee": Money(amount=Decimal("3.99"), currency="USD"),
        "total": Money(amount=Decimal("203.99"), currency="USD"),
        "receive": Money(amount=Decimal("3450.00"), currency="MXN"),
        "rate": Decimal("17.25"),
        "expires_at": NOW + timedelta(minutes=10),
    }
    return Quote(**{**values, **changes})


def draft(**changes: Any) -> Draft:
    values: dict[str, Any] = {
        "id": "dr_1",
        "terms": terms(),
        "quote": quote(),
        "created_at": NOW - timedelta(minutes=1),
    }
    return Draft(**{**values, **changes})


def ticket(**changes: Any) -> Ticket:
    values: dict[str, Any] = {
        "id": "tk_1",
        "draft_id": "dr_1",
        "digest": draft().digest,
        "status": "link_sent",
        "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=60),
        "send": quote().send,
        "receive": quote().receive,
        "recipient_name": "Rosa Hernández",
        "link_id": "link_1",
        "short_url": "https://lola.example/l/abc",
        "terms": terms(),
    }
    return Ticket(**{**values, **changes})
