"""What a conversation remembers between turns: one immutable, versioned value.

It never holds an identity, card data or a document. It holds the names and accounts of a transfer
in progress, and only for the life of the session (reference/lola.md 15).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from pydantic import TypeAdapter

from lola.domain.approval import Approval
from lola.domain.asked_money import AskedMoney
from lola.domain.enrolment import Enrolment
from lola.domain.messages import Address, JsonObject, Option, SealedValue
from lola.domain.transfer import Draft, Ticket

SCHEMA = 2
MAX_TICKETS = 10
MAX_ENROLMENTS = 5
MAX_ACCOUNTS = 5
MAX_QUEUED = 3
MAX_ASKED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedTransfer:
    """A transfer that the sender named and that is prepared after the one before it.

    `said` are their own words, `text` the same with what they said for all of them.
    """

    said: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNote:
    """What staff agreed with the sender, in the words of staff, when they handed back."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """State of one conversation.

    `offered` are the options of our last message, so that "2" or a spelled-out title can be read
    as a tap on any channel. `heard_at` is when the sender last wrote, by their provider's clock.
    `deferred` are replies held back because the reply window was closed, as plain JSON.
    `consent_asked` and `consent_resume_asked` say that the sender was asked once whether to stop,
    or to start again; `number_asked` and `number_thanked` the same of proving their number;
    `waiting_told_at` is when they were last told that they still wait for a person, and
    `waiting_messages` counts what they have written since they asked for one.
    `limit_told_at` is when they were last told that they write too fast.
    `guard_hits` are replies of a model that were refused twice, and `is_menu_only` says that the
    sender has to choose from a menu before a model's own words are sent again
    (`lola.conversation.degrade`).
    `approval` is the action that waits for the sender's yes when it is not the transfer in `draft`
    (`lola.money.approvals.open_approval` returns whichever is open). `enrolments` are the secure
    links without a transfer. `accounts` are the account numbers that the sender wrote, sealed,
    newest last. `colleague_at` is when staff last wrote with the provider's own app. `queued` are
    the transfers that come after the one that is open. `repeated` names the messages that were sent
    a second time because they failed (`lola.conversation.repeats`). `asked` are the requests for
    money that somebody else pays. `staff_note` is what staff agreed before they handed back; it
    ends with the next case.
    """

    address: Address
    started_at: datetime
    schema: int = SCHEMA
    language: str = ""
    language_fixed: bool = False
    profile_name: str = ""
    draft: Draft | None = None
    tickets: tuple[Ticket, ...] = ()
    offered: tuple[Option, ...] = ()
    heard_at: datetime | None = None
    deferred: tuple[JsonObject, ...] = ()
    consent_asked: bool = False
    consent_resume_asked: bool = False
    number_asked: bool = False
    number_thanked: bool = False
    waiting_told_at: datetime | None = None
    limit_told_at: datetime | None = None
    approval: Approval | None = None
    enrolments: tuple[Enrolment, ...] = ()
    accounts: tuple[SealedValue, ...] = ()
    guard_hits: int = 0
    is_menu_only: bool = False
    waiting_messages: int = 0
    queued: tuple[QueuedTransfer, ...] = ()
    colleague_at: datetime | None = None
    repeated: tuple[str, ...] = ()
    asked: tuple[AskedMoney, ...] = ()
    staff_note: StaffNote | None = None

    def evolve(self, **changes: Any) -> Self:
        """Return the next session; this one stays as it is."""
        return replace(self, **changes)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """Return the ticket of this conversation with this id, or None."""
        return next((ticket for ticket in self.tickets if ticket.id == ticket_id), None)

    def with_accounts(self, sealed: Iterable[SealedValue]) -> Self:
        """Return a session that also knows these account numbers, five at most."""
        return replace(self, accounts=(*self.accounts, *sealed)[-MAX_ACCOUNTS:])

    def with_ticket(self, ticket: Ticket) -> Self:
        """Return a session where `ticket` replaces its older self, newest last, ten at most."""
        others = tuple(known for known in self.tickets if known.id != ticket.id)
        return replace(self, tickets=(*others, ticket)[-MAX_TICKETS:])

    def asked_money(self, reference: str) -> AskedMoney | None:
        """Return the request for money with this reference, or None."""
        return next((one for one in self.asked if one.reference == reference), None)

    def with_asked(self, asked: AskedMoney) -> Self:
        """Return a session where `asked` replaces its older self, newest last, ten at most."""
        others = tuple(one for one in self.asked if one.reference != asked.reference)
        return replace(self, asked=(*others, asked)[-MAX_ASKED:])

    def enrolment(self, enrolment_id: str) -> Enrolment | None:
        """Return the enrolment of this conversation with this id, or None."""
        return next((one for one in self.enrolments if one.id == enrolment_id), None)

    def with_enrolment(self, enrolment: Enrolment) -> Self:
        """Return a session where `enrolment` replaces its older self, newest last, five at most."""
        others = tuple(known for known in self.enrolments if known.id != enrolment.id)
        return replace(self, enrolments=(*others, enrolment)[-MAX_ENROLMENTS:])


_SESSION: TypeAdapter[Session] = TypeAdapter(Session)


def session_to_json(session: Session) -> JsonObject:
    """Return plain JSON for the state store."""
    return _SESSION.dump_python(session, mode="json")  # type: ignore[no-any-return]


def session_from_json(data: Mapping[str, Any]) -> Session:
    """Rebuild a session, also from schema 1.

    Raises pydantic's ValidationError when `data` is not one.
    """
    current = data if data.get("schema", 1) >= SCHEMA else _from_schema_1(data)
    return _SESSION.validate_python(current)


def _from_schema_1(data: Mapping[str, Any]) -> JsonObject:
    """Return the form of schema 2: `facts` became fields, `owed` became `deferred`."""
    facts = data.get("facts", {})
    proposal = facts.get("proposal")
    moved = ("consent_asked", "consent_resume_asked", "number_asked", "number_thanked",
             "waiting_told_at")  # fmt: skip
    return {
        **{name: value for name, value in data.items() if name not in {"owed", "facts"}},
        **{name: facts[name] for name in moved if name in facts},
        "deferred": data.get("owed", ()),
        "approval": proposal and {**proposal, "digest": proposal["seal"]},
        "schema": SCHEMA,
    }
