"""What staff may see of a conversation, as typed views of the stored JSON.

A view has named fields only: anything else in a record, such as the model's messages, does not
reach a page or the API. Telephone numbers are masked. The addresses of links are left out, because
anyone with a widget link can act as the sender.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import merge
from typing import Any

from lola.console.desk import Note
from lola.console.transcript import TurnView, turn_view
from lola.delivery.model import Ownership
from lola.domain.case_line import CaseLine
from lola.domain.enrolment import Enrolment, EnrolmentStatus, Purpose
from lola.domain.events import CONSOLE_HANDBACK, CONSOLE_RESOLVE, STAFF_EVENTS
from lola.domain.messages import ConversationId, JsonObject
from lola.domain.session import Session, session_from_json
from lola.domain.transfer import Draft, Ticket, TicketStatus
from lola.escalation import transitions
from lola.money.money_format import money_text
from lola.money.summary import account_text
from lola.text import phone_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A transfer that the sender was asked to confirm."""

    recipient: str
    country: str
    payout_method: str
    payer: str
    account: str
    send: str
    fee: str
    total: str
    receive: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A transfer for which a widget link was sent."""

    id: str
    status: TicketStatus
    recipient: str
    send: str
    receive: str
    created_at: datetime
    expires_at: datetime
    has_link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentView:
    """A secure link without a transfer: to register, to be verified, to add a card."""

    id: str
    purpose: Purpose
    status: EnrolmentStatus
    created_at: datetime
    has_link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Something that happened to the transfer outside the chat. `name` is an event's."""

    name: str
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One conversation as a line of the queue."""

    conversation: ConversationId
    owner: str
    staff: str
    reason: str
    since: datetime | None
    waited_seconds: int
    overdue: bool
    waiting_messages: int
    channel: str
    phone: str
    name: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView:
    """One conversation in full. `version` and `epoch` change when anything here does but notes.

    `cost` is what models cost in the shown turns, in US dollars; None when none had a price.
    `handed_back_by` is the colleague after whom the bot speaks again.
    """

    case: CaseView
    version: int
    epoch: int
    turns: tuple[TurnView, ...]
    draft: DraftView | None
    tickets: tuple[TicketView, ...]
    enrolments: tuple[EnrolmentView, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    notes: tuple[Note, ...] = ()
    cost: Decimal | None = None
    handed_back_by: str = ""

    @property
    def entries(self) -> tuple[TurnView | Note, ...]:
        """Turns and notes in the order in which they happened."""
        # Turns stay in their order, whatever the clocks of their workers said.
        return tuple(merge(self.turns, self.notes, key=lambda entry: entry.at))


def case_view(
    conversation: ConversationId,
    ownership: Ownership,
    line: CaseLine | None,
    now: datetime,
    patience: timedelta = timedelta.max,
) -> CaseView:
    """Return a conversation as a line of the queue; the sender's fields are empty without a `line`,
    when what was stored has expired. `patience` is how long a sender may wait for a person.
    """
    waited = transitions.waited(ownership, now)
    shown = line or CaseLine()
    return CaseView(
        conversation=conversation,
        owner=ownership.owner,
        staff=ownership.staff,
        reason=ownership.reason,
        since=ownership.since,
        waiting_messages=shown.waiting,
        waited_seconds=int(waited.total_seconds()),
        overdue=ownership.owner == "waiting" and waited > patience,
        channel=shown.channel,
        phone=phone_numbers.mask(shown.phone) if shown.phone else "",
        name=shown.name,
        language=shown.language,
    )


def conversation_view(
    conversation: ConversationId,
    ownership: Ownership,
    session_json: JsonObject | None,
    version: int,
    history: Sequence[Mapping[str, Any]],
    now: datetime,
    notes: tuple[Note, ...] = (),
) -> ConversationView:
    """Return everything that the conversation's page shows."""
    session: Session | None = session_from_json(session_json) if session_json is not None else None
    line = CaseLine.of(session) if session is not None else None
    turns = tuple(map(turn_view, history))
    events = [one for turn in turns for one in turn.bubbles if one.speaker == "event"]
    costs = [turn.cost for turn in turns if turn.cost is not None]
    back = [one.by for one in events if one.text in {CONSOLE_HANDBACK, CONSOLE_RESOLVE}]
    return ConversationView(
        case=case_view(conversation, ownership, line, now),
        version=version,
        epoch=ownership.epoch,
        turns=turns,
        draft=_draft_view(session.draft) if session and session.draft else None,
        tickets=tuple(map(_ticket_view, reversed(session.tickets))) if session else (),
        enrolments=tuple(map(_enrolment_view, session.enrolments)) if session else (),
        milestones=tuple(
            Milestone(name=one.text, at=one.at, by=one.by)
            for one in events
            if one.text not in STAFF_EVENTS
        ),
        notes=notes,
        cost=sum(costs, Decimal(0)) if costs else None,
        handed_back_by=back[-1] if back and ownership.owner == "bot" else "",
    )


def _draft_view(draft: Draft) -> DraftView:
    terms, quote = draft.terms, draft.quote
    return DraftView(
        recipient=terms.recipient_name,
        country=terms.country,
        payout_method=terms.payout_method,
        payer=terms.payer_name,
        account=account_text(terms),
        send=money_text(quote.send),
        fee=money_text(quote.fee),
        total=money_text(quote.total),
        receive=money_text(quote.receive),
        confirmed=draft.is_confirmed(),
    )


def _ticket_view(ticket: Ticket) -> TicketView:
    return TicketView(
        id=ticket.id,
        status=ticket.status,
        recipient=ticket.recipient_name,
        send=money_text(ticket.send),
        receive=money_text(ticket.receive),
        created_at=ticket.created_at,
        expires_at=ticket.expires_at,
        has_link=bool(ticket.link_id),
    )


def _enrolment_view(enrolment: Enrolment) -> EnrolmentView:
    return EnrolmentView(
        id=enrolment.id,
        purpose=enrolment.purpose,
        status=enrolment.status,
        created_at=enrolment.created_at,
        has_link=bool(enrolment.link_id),
    )
