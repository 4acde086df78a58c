"""What staff may see of a conversation, as typed views of the stored JSON.

A view has named fields only: anything else in a record, such as the model's messages, does not
reach a page or the API. Telephone numbers are masked. The addresses of links are left out, because
anyone with a widget link can act as the sender.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lola.delivery.model import Ownership
from lola.domain.events import CONSOLE_REPLY
from lola.domain.messages import ConversationId, JsonObject
from lola.domain.session import Session, session_from_json
from lola.domain.transfer import Draft, Ticket, TicketStatus
from lola.escalation import transitions
from lola.escalation.staff_actions import Case
from lola.money.money_format import money_text
from lola.money.summary import account_text
from lola.text import phone_numbers

Speaker = Literal["sender", "bot", "staff", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message. `kind` is the shape it had; `choices` are titles, `links` labels only.

    `file` is the id of a file that was kept with it; it may be gone by now.
    """

    speaker: Speaker
    kind: str
    text: str
    at: datetime
    staff: str = ""
    choices: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolView:
    """A tool that ran in a turn."""

    name: str
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """One turn: its messages, route and tools. After a `boundary` the bot starts without memory."""

    bubbles: tuple[Bubble, ...]
    route: str
    tools: tuple[ToolView, ...]
    passages: tuple[str, ...]
    boundary: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One conversation as a line of the queue."""

    conversation: ConversationId
    owner: str
    staff: str
    reason: str
    since: datetime | None
    waited_seconds: int
    waiting_messages: int
    channel: str
    phone: str
    name: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView:
    """One conversation in full. `version` and `epoch` change when anything here does."""

    case: CaseView
    version: int
    epoch: int
    turns: tuple[TurnView, ...]
    draft: DraftView | None
    tickets: tuple[TicketView, ...]


def case_view(case: Case, now: datetime) -> CaseView:
    """Return a conversation as a line of the queue; the sender's fields are empty when the session
    has expired.
    """
    session = session_from_json(case.session) if case.session is not None else None
    phone = (session.address.phone or "") if session else ""
    return CaseView(
        conversation=case.conversation,
        owner=case.ownership.owner,
        staff=case.ownership.staff,
        reason=case.ownership.reason,
        since=case.ownership.since,
        waiting_messages=session.waiting_messages if session else 0,
        waited_seconds=int(transitions.waited(case.ownership, now).total_seconds()),
        channel=session.address.channel if session else "",
        phone=phone_numbers.mask(phone) if phone else "",
        name=session.profile_name if session else "",
        language=session.language if session else "",
    )


def conversation_view(
    conversation: ConversationId,
    ownership: Ownership,
    session_json: JsonObject | None,
    version: int,
    history: Sequence[Mapping[str, Any]],
    now: datetime,
) -> ConversationView:
    """Return everything that the conversation's page shows."""
    session: Session | None = session_from_json(session_json) if session_json is not None else None
    case = Case(conversation=conversation, ownership=ownership, session=session_json)
    return ConversationView(
        case=case_view(case, now),
        version=version,
        epoch=ownership.epoch,
        turns=tuple(map(turn_view, history)),
        draft=_draft_view(session.draft) if session and session.draft else None,
        tickets=tuple(map(_ticket_view, reversed(session.tickets))) if session else (),
    )


def turn_view(record: Mapping[str, Any]) -> TurnView:
    """Return one history record as messages in their order."""
    answered_at = datetime.fromisoformat(record["at"])
    speaker: Speaker = "staff" if record["staff"] else "bot"
    inbound = tuple(_inbound(item) for item in record["inbound"] if _is_shown(item))
    outbound = tuple(
        Bubble(
            speaker=speaker,
            kind=item["type"],
            text=item["content"],
            at=answered_at,
            staff=record["staff"],
            choices=tuple(option["title"] for option in item.get("options", ())),
            links=tuple(link["text"] for link in item.get("links", ())),
        )
        for item in record["outbound"]
    )
    return TurnView(
        bubbles=inbound + outbound,
        route=record["route"],
        tools=tuple(ToolView(name=tool["name"], ok=tool["ok"]) for tool in record["tools"]),
        passages=tuple(record["passages"]),
        boundary=bool(record.get("boundary")),
    )


def _is_shown(item: Mapping[str, Any]) -> bool:
    """Return whether an inbound item is shown; replies of staff are among the outbound messages."""
    return item["kind"] != "event" or item["text"] not in {"", CONSOLE_REPLY}


def _inbound(item: Mapping[str, Any]) -> Bubble:
    return Bubble(
        speaker="event" if item["kind"] == "event" else "sender",
        kind=item["kind"],
        text=item["text"],
        at=datetime.fromisoformat(item["at"]),
        file=item.get("file", ""),
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
    )
