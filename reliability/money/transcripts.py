"""What is judged after a run: what each sender was told, and what the partner has about them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lola.domain.transfer import Money
from lola.money.money_format import money_text
from lola.sandbox.m2m.operations import Operations
from lola.sandbox.m2m.rows import Operation
from lola.testing.device import Received
from reliability.money.claims import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message as the channel delivered it, and when."""

    at: datetime
    text: str
    options: tuple[str, ...] = ()
    has_link: bool = False

    @classmethod
    def of(cls, received: Received, at: datetime) -> "Told":
        """Build it from a delivered message."""
        return cls(
            at=at,
            text=received.text,
            options=tuple(title for _, title in received.options),
            has_link=bool(received.links),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The partner's record of one operation: its statuses with their times, and its amounts."""

    id: str
    statuses: tuple[tuple[datetime, str], ...]
    send: str
    receive: str

    @classmethod
    def of(cls, operation: Operation, operations: Operations) -> "Record":
        """Read it from the sandbox, which is the partner here."""
        amount = operation.amount or {}
        currency = amount.get("currency", {})
        send, receive = (
            money_text(Money(amount=Decimal(str(amount[name])), currency=currency[side]))
            if name in amount
            else ""
            for name, side in (("send", "source"), ("receive", "destination"))
        )
        return cls(
            id=operation.operation_id,
            statuses=tuple(
                (datetime.fromisoformat(step["timestamp"]), step["status"])
                for step in operations.timeline(operation)
            ),
            send=send,
            receive=receive,
        )

    @property
    def final(self) -> str:
        """The status at the end."""
        return self.statuses[-1][1]

    def at(self, instant: datetime) -> str:
        """Return the status at an instant, or an empty text before the operation was made."""
        return next((status for since, status in reversed(self.statuses) if since <= instant), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Everything that one sender was told, oldest first. `record` is None without an operation."""

    sender: str
    language: Language
    told: tuple[Told, ...]
    record: Record | None = None
