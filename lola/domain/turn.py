"""One turn: everything the stages know while they handle one burst of messages.

Immutable. A stage returns a new turn made by `evolve`, or ends the turn by returning an `Answer`.
What may be written by which stage:

    input      conversation, work, now, trace_id,      the engine, once
               rewritten
    messages   inbound                                 Consent, ContactDecoding
    identity   identity, phone                         PayhubAuth (and PhoneFaker, in development)
    consent    consent_answer                          Consent
    session    session                                 any stage
    findings   language, allowed_actions, notes        Language, Compliance, Enrichment
    audit      audit                                   every step that moves a ticket; only added to
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any, Self

from lola.domain.identity import UNKNOWN, Identity
from lola.domain.messages import (
    Address,
    ChoiceContent,
    ContactsContent,
    Content,
    ConversationId,
    Inbound,
    JsonObject,
    LocationContent,
    MediaContent,
    Outbound,
    ReactionContent,
    TextContent,
)
from lola.domain.session import Session
from lola.domain.work import Ownership, Rewritten, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The context of one turn. `inbound` holds at least one message, in order of acceptance.

    `work` is what the worker leased, with the committed history and the owner. `accepted_at` is
    when the oldest message was stored: what was said before something was shown cannot approve it.
    `consent_answer` is set while the sender is opted out: the only thing that may be said.
    `started` is a monotonic time, for the time limit of the turn.
    """

    conversation: ConversationId
    inbound: tuple[Inbound, ...]
    session: Session
    work: Work
    now: datetime
    trace_id: str
    accepted_at: datetime
    identity: Identity = UNKNOWN
    phone: str | None = None
    language: str = "es"
    allowed_actions: frozenset[str] = frozenset()
    notes: JsonObject = field(default_factory=dict)
    audit: tuple[JsonObject, ...] = ()
    rewritten: tuple[Rewritten, ...] = ()
    consent_answer: "Answer | None" = None
    started: float = field(default_factory=monotonic, compare=False)

    def evolve(self, **changes: Any) -> Self:
        """Return the next turn; this one stays as it is."""
        return replace(self, **changes)

    @property
    def address(self) -> Address:
        """The address that the reply goes to."""
        return self.inbound[-1].address

    @property
    def last(self) -> Inbound:
        """The newest message of the burst."""
        return self.inbound[-1]

    @property
    def ownership(self) -> Ownership:
        """Who may speak to the sender: the bot, or staff who took over."""
        return self.work.ownership

    @property
    def seconds(self) -> float:
        """The time since the turn started."""
        return monotonic() - self.started

    @property
    def account(self) -> str:
        """Whom limits and budgets count for: the proved number, else the conversation."""
        return self.phone or self.conversation

    @property
    def text(self) -> str:
        """The sender's text in this burst; empty for events and media without a caption."""
        return "\n".join(part for part in map(spoken, self.inbound) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The end of a turn, as a stage returns it; no messages means that nothing is said.

    `route` names what ended the turn in the record, the log and the metrics. `escalate` is the
    next owner of the conversation. `boundary` makes the model's memory start afresh.
    """

    turn: Turn
    route: str
    messages: tuple[Outbound, ...] = ()
    escalate: Ownership | None = None
    boundary: bool = False


CARD = "👤"
"""The sign before a contact card's name and numbers, for models and staff."""


def spoken(message: Inbound) -> str:
    """Return what the sender says with a message."""
    return _spoken(message.content)


def transcribed(message: Inbound) -> str:
    """Return a message as staff read it."""
    return transcribed_content(message.content)


def transcribed_content(content: Content) -> str:
    """Return what staff read: what was said, the names of files and places, and reactions."""
    match content:
        case MediaContent(hearing="heard"):
            return f"🎤 {_spoken(content)}"
        case MediaContent():
            return f"📎 {_described(content)}\n{_spoken(content)}".strip()
        case LocationContent(latitude=latitude, longitude=longitude, name=name):
            return f"📍 {name} ({latitude:.5f}, {longitude:.5f})".replace("  ", " ")
        case ReactionContent(emoji=emoji):
            return emoji
        case _:
            return _spoken(content)


def _described(file: MediaContent) -> str:
    """Return the name, the kind and the size of a file, as far as they are known."""
    kind = file.mime or file.media
    size = f"{max(file.size // 1000, 1)} kB" if file.size else ""
    return " · ".join(filter(None, (file.name, f"{kind}?" if file.doubt else kind, size)))


def _spoken(content: Content) -> str:
    """Return a text, the caption of a file, the title of a tap, or a line per shared contact."""
    match content:
        case TextContent(text=text):
            return text.strip()
        case ChoiceContent(title=title):
            return title.strip()
        case MediaContent(caption=caption):
            return caption.strip()
        case ContactsContent(contacts=contacts):
            return "\n".join(" ".join((CARD, card.name, *card.phones)) for card in contacts)
        case _:
            return ""
