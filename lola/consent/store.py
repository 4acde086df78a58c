"""The consent of each sender by channel, kept past every session, with each change logged.

A log entry says when, how (a keyword, a tap, the carrier …) and in which conversation; never what
was written. No key or value holds a telephone number: a sender is a digest. Nothing here expires,
because an opt-out does not.
"""

import json
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, cast

import structlog

from lola.delivery.model import OutboxRow
from lola.domain.clock import Clock
from lola.domain.messages import Address, ConversationId
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.state.script import Script
from lola.telemetry import names
from lola.text import phone_numbers

State = Literal["in", "out"]
How = Literal["keyword", "phrase", "typo", "button", "carrier", "provider", "joined"]
"""How we learned of it. `carrier`: the carrier read a keyword, or Telegram saw its bot blocked, and
enforces it itself; `provider`: a send was refused because of it; `joined`: they opted out under
another id that turned out to be theirs."""
Mark = Literal["changed", "again", "same", "stale"]

OPTED_OUT = "opted_out"
_CHANGE = Script(Path(__file__).parent / "change.lua")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What holds now. A sender who never said anything about it is `in`: they wrote to us first."""

    state: State = "in"
    since: datetime | None = None
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a sender's log."""

    state: State
    at: datetime
    how: str
    conversation: ConversationId
    event: str


class ConsentStore:
    """Reads and changes consent. Every method raises StoreUnavailableError when Redis is away."""

    def __init__(self, connections: Connections, keys: Keys, clock: Clock) -> None:
        self._connections = connections
        self._redis = connections.commands
        self._keys = keys
        self._clock = clock

    async def get(self, address: Address) -> Consent:
        """Return what holds for the sender behind an address."""
        key, _ = self._keys.consent(sender_of(address))
        with store_errors():
            state, at, how = await cast(
                "Awaitable[list[str | None]]", self._redis.hmget(key, ["state", "at", "how"])
            )
        if state is None or at is None:
            return Consent()
        return Consent(state=_state(state), since=datetime.fromisoformat(at), how=how or "")

    async def record(
        self, address: Address, state: State, *, how: How, event: str, token: int | None = None
    ) -> Mark:
        """Change what holds, once per `event` (a message's or a row's id).

        `token` is the lease of the turn that read it: with an older one than a later turn's the
        change is `stale`. `again` means that this very event made the last change.
        """
        mark, is_replicated = await _CHANGE.run_durably(
            self._connections,
            self._keys.consent(sender_of(address)),
            _digest(event),
            state,
            self._clock().isoformat(),
            how,
            address.conversation,
            "" if token is None else token,
        )
        if not is_replicated:
            log.error(names.NOT_REPLICATED, conversation=address.conversation)
        if mark == "changed":
            log.info(
                names.CONSENT_CHANGED, conversation=address.conversation, state=state, reason=how
            )
        return cast("Mark", mark)

    async def changes(self, address: Address) -> tuple[Change, ...]:
        """Return a sender's whole log, oldest first."""
        _, key = self._keys.consent(sender_of(address))
        with store_errors():
            lines = await cast("Awaitable[list[str]]", self._redis.lrange(key, 0, -1))
        return tuple(_change(json.loads(line)) for line in lines)

    async def is_opted_out(self, address: Address) -> bool:
        """Return whether no message may go to the sender behind an address."""
        return (await self.get(address)).state == "out"

    async def join(self, other: Address, address: Address, *, event: str) -> None:
        """Let an opt-out under another id of a sender hold for them, once per `event`."""
        if await self.is_opted_out(other):
            await self.record(address, "out", how="joined", event=event)

    async def may_send(self, row: OutboxRow) -> str | None:
        """Return why a row must not be sent, or None: the outbox asks just before each send.

        Only what the rules allow after an opt-out is still sent: its one confirmation, the way
        back, and HELP (`author="consent"`). Messages of staff are not.
        """
        if row.author == "consent":
            return None
        return OPTED_OUT if await self.is_opted_out(row.address) else None


def sender_of(address: Address) -> str:
    """Return the digest of a sender on their channel, the same for every account of ours.

    The account is left out on purpose: a sender who tells one of the bank's numbers to stop means
    the bank. All ids of a sender count as one (`Address.person`), and so do the spellings of one
    telephone line; an address scheme (`whatsapp:+…`) is a channel of its own.
    """
    scheme, separator, bare = address.lasting.rpartition(":")
    medium = scheme if separator else address.channel
    who = phone_numbers.match_key(bare) or bare
    return _digest(f"{medium}\x1f{who}")


def _digest(text: str) -> str:
    # A provider's message id may hold a telephone number as well.
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _state(value: str) -> State:
    return "out" if value == "out" else "in"


def _change(line: dict[str, Any]) -> Change:
    return Change(
        state=_state(line["state"]),
        at=datetime.fromisoformat(line["at"]),
        how=line["how"],
        conversation=ConversationId(line["conversation"]),
        event=line["event"],
    )
