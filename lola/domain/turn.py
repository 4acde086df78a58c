"""One turn: everything the stages know while they answer one burst of messages.

Immutable. A stage answers a new turn made by `evolve`; nobody changes a field behind another's
back. What may be written by whom:

    input      conversation, inbound, now, trace_id    the worker, once
    identity   identity, phone                         PayhubAuth (and PhoneFaker, in development)
    session    session                                 any stage, through evolve
    findings   language, allowed_actions, notes        Language, Compliance, Enrichment
    audit      audit                                   whoever moves a ticket; only added to
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from lola.domain.identity import UNKNOWN, Identity
from lola.domain.messages import (
    Address,
    ChoiceContent,
    ContactsContent,
    ConversationId,
    Inbound,
    JsonObject,
    Outbound,
    TextContent,
)
from lola.domain.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The context of one turn. `inbound` holds at least one message, in order of acceptance.

    `accepted_at` is when the oldest of them was stored: what was said before something was shown
    cannot approve it.
    """

    conversation: ConversationId
    inbound: tuple[Inbound, ...]
    session: Session
    now: datetime
    trace_id: str
    accepted_at: datetime
    identity: Identity = UNKNOWN
    phone: str | None = None
    language: str = "es"
    allowed_actions: frozenset[str] = frozenset()
    notes: JsonObject = field(default_factory=dict)
    audit: tuple[JsonObject, ...] = ()

    def evolve(self, **changes: Any) -> Self:
        """Answer the next turn; this one stays as it is."""
        return replace(self, **changes)

    @property
    def address(self) -> Address:
        """Where the answer goes."""
        return self.inbound[-1].address

    @property
    def last(self) -> Inbound:
        """The newest message of the burst."""
        return self.inbound[-1]

    @property
    def text(self) -> str:
        """What the sender said in this burst, as plain words; empty for pure events and media."""
        return "\n".join(part for part in map(spoken, self.inbound) if part)


def spoken(message: Inbound) -> str:
    """Answer a message as words: its text, the title of a tap, or the names of shared contacts."""
    match message.content:
        case TextContent(text=text):
            return text.strip()
        case ChoiceContent(title=title):
            return title.strip()
        case ContactsContent(contacts=contacts):
            return "\n".join(
                " ".join((contact.name, *contact.phones)).strip() for contact in contacts
            )
        case _:
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished reply, as a stage gives it back to end the turn early."""

    turn: Turn
    messages: tuple[Outbound, ...]
    reason: str
