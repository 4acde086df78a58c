"""What staff may do with a conversation: take it over, assign, reply, hand back, resolve.

Ownership is changed only by the inbox's compare-and-set, so of two people who take over the same
conversation one succeeds and the other is told who has it. Nothing is sent from here: replies and
hand-backs enter the inbox as events and are delivered like every other message (reference/field.md
B.1, row 11). What was done is in the audit trail: changes of owner by their own script, replies
by the turn that sends them, refusals from here. Message texts reach neither it nor the log.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal
from uuid import uuid4

import structlog

from lola.delivery.model import Owner, Ownership
from lola.domain.clock import Clock
from lola.domain.events import CONSOLE_HANDBACK, CONSOLE_REPLY, CONSOLE_RESOLVE
from lola.domain.messages import (
    CONTENT_LIMIT,
    Address,
    ConversationId,
    EventContent,
    Inbound,
    JsonObject,
    MessageId,
)
from lola.domain.session import session_from_json
from lola.escalation import colleagues, transitions
from lola.escalation.ports import AuditPort, ConversationReader, InboxPort, OwnershipPort
from lola.safety.input.hygiene import clean
from lola.safety.input.redaction import Redacted
from lola.safety.output.outgoing import NO_ORIGIN
from lola.telemetry import names

_TRIES = 5
NOTE_LIMIT = 500
"""Characters of a note that goes to the bot with a hand-back."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The person owns the conversation now, or did already."""

    ownership: Ownership


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """The reply is in the inbox under `id`; `duplicate` when the same request came before.

    `removed` says what was taken out of it first: `data` that no chat may hold, a foreign `link`.
    """

    id: MessageId
    duplicate: bool
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """The bot owns the conversation again."""

    ownership: Ownership


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The person does not own the conversation. `by` names the staff member who does, if any."""

    owner: Owner
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """There is no such conversation, or it has expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadText:
    """A reply is empty or over 1,024 characters (reference/lola.md 7), or a note is too long."""

    reason: Literal["empty", "too_long"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """The sender opted out of this channel, so nothing would be sent."""


class StaffActions:
    """The actions of staff. `is_opted_out` says whether an address may not be written to.

    `trail` gets refused attempts, and who asked for a change of another's. `screen` takes out of a
    reply what may neither be stored nor sent.
    """

    def __init__(
        self,
        inbox: InboxPort,
        owners: OwnershipPort,
        store: ConversationReader,
        clock: Clock,
        *,
        is_opted_out: Callable[[Address], Awaitable[bool]],
        trail: AuditPort | None = None,
        screen: Callable[[str], Redacted] = NO_ORIGIN.staff,
    ) -> None:
        self._inbox = inbox
        self._owners = owners
        self._store = store
        self._clock = clock
        self._is_opted_out = is_opted_out
        self._trail = trail
        self._screen = screen

    async def ownership(self, conversation: ConversationId) -> Ownership:
        """Return who owns the conversation now."""
        return await self._owners.get(conversation)

    async def take_over(
        self, conversation: ConversationId, staff: str
    ) -> Taken | Conflict | Unknown:
        """Make `staff` the owner, whether or not the sender asked; the bot no longer replies."""
        if await self._address(conversation) is None:
            return Unknown()
        result = await self._change(
            conversation,
            refuses=lambda current: current.owner == "human",
            change=lambda current: transitions.taken(current, self._clock(), staff),
        )
        if isinstance(result, Conflict):
            if result.owner == "human" and result.by == staff:
                return Taken(ownership=await self._owners.get(conversation))
            self._audit(names.STAFF_TAKE_OVER_REFUSED, conversation, staff, by=result.by)
            await self._record(names.STAFF_TAKE_OVER_REFUSED, conversation, staff)
            return result
        self._audit(names.STAFF_TAKEN_OVER, conversation, staff, epoch=result.epoch)
        return Taken(ownership=result)

    async def reply(
        self, conversation: ConversationId, staff: str, text: str, *, once: str = ""
    ) -> Queued | Conflict | Unknown | BadText | OptedOut:
        """Enqueue a reply of `staff` to the sender; only the owner may.

        `once` identifies one click: a second request with it (a double click, a resent form) is
        dropped.
        """
        text = _visible(text)
        if not text:
            return BadText(reason="empty")
        if len(text) > CONTENT_LIMIT:
            return BadText(reason="too_long")
        ownership = await self._owners.get(conversation)
        if ownership.owner != "human" or ownership.staff != staff:
            self._audit(names.STAFF_REPLY_REFUSED, conversation, staff, by=ownership.staff)
            await self._record(names.STAFF_REPLY_REFUSED, conversation, staff)
            return Conflict(owner=ownership.owner, by=ownership.staff)
        address = await self._address(conversation)
        if address is None:
            return Unknown()
        if await self._is_opted_out(address):
            self._audit(names.STAFF_REPLY_REFUSED, conversation, staff, reason="opted_out")
            await self._record(names.STAFF_REPLY_REFUSED, conversation, staff)
            return OptedOut()
        screened = self._screen(text)
        data: JsonObject = {"text": screened.text, "staff": staff}
        if screened.found:
            data["removed"] = list(screened.found)
        inbound = self._event(address, CONSOLE_REPLY, data, _message_id(staff, once))
        enqueued = await self._inbox.enqueue(inbound, uuid4().hex)
        self._audit(
            names.STAFF_REPLIED, conversation, staff, message=inbound.id, characters=len(text)
        )
        return Queued(id=inbound.id, duplicate=enqueued.duplicate, removed=screened.found)

    async def hand_back(
        self, conversation: ConversationId, staff: str, *, supervisor: bool = False, note: str = ""
    ) -> HandedBack | Conflict | BadText:
        """Give the conversation back to the bot, and tell the sender.

        A supervisor may also hand back a conversation of another staff member, and anybody one
        that a colleague took over with the provider's own app. `note` says what was agreed: a model
        gets it as data, never as an instruction.
        """
        data: JsonObject = {"staff": staff}
        if note := _visible(note):
            if len(note) > NOTE_LIMIT:
                return BadText(reason="too_long")
            data["note"] = self._screen(note).text
        return await self._give_back(conversation, staff, CONSOLE_HANDBACK, data, supervisor)

    async def resolve(
        self, conversation: ConversationId, staff: str, reason: str, *, supervisor: bool = False
    ) -> HandedBack | Conflict:
        """Close the case with a reason, a code; the bot goes on without what was said before.

        The same people may as with a hand-back.
        """
        data: JsonObject = {"staff": staff, "reason": reason}
        return await self._give_back(conversation, staff, CONSOLE_RESOLVE, data, supervisor)

    async def assign(
        self, conversation: ConversationId, staff: str, to: str, *, supervisor: bool = False
    ) -> Taken | Conflict | Unknown:
        """Make a colleague the owner: of one's own conversation, or of one without a person.

        A supervisor may also assign a conversation of another staff member.
        """
        if await self._address(conversation) is None:
            return Unknown()
        result = await self._change(
            conversation,
            refuses=lambda current: not supervisor and _is_of_another(current, staff),
            change=lambda current: transitions.assigned(current, self._clock(), to),
        )
        if isinstance(result, Conflict):
            self._audit(names.STAFF_ASSIGN_REFUSED, conversation, staff, by=result.by)
            await self._record(names.STAFF_ASSIGN_REFUSED, conversation, staff)
            return result
        self._audit(names.STAFF_ASSIGNED, conversation, staff, to=to, epoch=result.epoch)
        await self._record(names.STAFF_ASSIGNED, conversation, staff, to=to)
        return Taken(ownership=result)

    async def _give_back(
        self,
        conversation: ConversationId,
        staff: str,
        event: str,
        data: JsonObject,
        supervisor: bool,
    ) -> HandedBack | Conflict:
        result = await self._change(
            conversation,
            refuses=lambda current: (
                current.owner != "human" or (_is_of_another(current, staff) and not supervisor)
            ),
            change=lambda current: transitions.handed_back(current, self._clock()),
        )
        if isinstance(result, Conflict):
            self._audit(names.STAFF_HAND_BACK_REFUSED, conversation, staff, by=result.by)
            await self._record(names.STAFF_HAND_BACK_REFUSED, conversation, staff)
            return result
        address = await self._address(conversation)
        if address is not None:
            inbound = self._event(address, event, data, _message_id(staff, uuid4().hex))
            await self._inbox.enqueue(inbound, uuid4().hex)
        kind = names.STAFF_RESOLVED if event == CONSOLE_RESOLVE else names.STAFF_HANDED_BACK
        facts = {"reason": str(data["reason"])} if "reason" in data else {}
        self._audit(kind, conversation, staff, epoch=result.epoch, **facts)
        await self._record(kind, conversation, staff, **facts)
        return HandedBack(ownership=result)

    async def _change(
        self,
        conversation: ConversationId,
        *,
        refuses: Callable[[Ownership], bool],
        change: Callable[[Ownership], Ownership],
    ) -> Ownership | Conflict:
        current = await self._owners.get(conversation)
        for _ in range(_TRIES):
            if refuses(current):
                break
            changed = await self._owners.set_owner(conversation, change(current), current.epoch)
            if changed is not None:
                return changed
            current = await self._owners.get(conversation)
        return Conflict(owner=current.owner, by=current.staff)

    async def _address(self, conversation: ConversationId) -> Address | None:
        stored = await self._store.read(conversation, limit=1)
        return None if stored.state is None else session_from_json(stored.state).address

    def _event(
        self, address: Address, name: str, data: JsonObject, message_id: MessageId
    ) -> Inbound:
        return Inbound(
            id=message_id,
            address=address,
            content=EventContent(name=name, data=data),
            sent_at=self._clock(),
        )

    async def _record(
        self, kind: str, conversation: ConversationId, staff: str, **facts: str
    ) -> None:
        if self._trail is not None:
            await self._trail.append(kind, {"staff": staff, **facts}, conversation=conversation)

    def _audit(
        self, event: str, conversation: ConversationId, staff: str, **facts: str | int
    ) -> None:
        log.info(event, conversation=conversation, staff=staff, **facts)


def _message_id(staff: str, once: str) -> MessageId:
    mark = f"{staff}\x1f{once or uuid4().hex}".encode()
    return MessageId(f"console-{blake2b(mark, digest_size=16).hexdigest()}")


def _visible(text: str) -> str:
    """Return what can be seen of a text, uncut: one that is too long stays too long."""
    # In the canonical form, a character can become three.
    return clean(text, 3 * len(text) + 1).strip()


def _is_of_another(current: Ownership, staff: str) -> bool:
    return current.owner == "human" and current.staff not in {staff, colleagues.APP}
