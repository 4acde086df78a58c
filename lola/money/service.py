"""The money steps of a conversation: draft, confirmation, link, follow-up.

Each step takes a turn and returns the next turn with the messages to send. Its only outside effect
is the widget link, made at most once per ticket. Nothing here moves money: that takes the sender's
approval on the secure page.
"""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

import structlog

from lola.domain.messages import LinkMessage, Outbound, TextMessage
from lola.domain.transfer import Draft, Quote, Terms, Ticket, digest_of
from lola.domain.turn import Turn
from lola.errors import MoneyError
from lola.money.approvals import Decision
from lola.money.events import messages_for, reminder
from lola.money.links import TicketIndex, WidgetLinks
from lola.money.summary import link_message, payout_text, summary_message
from lola.money.tickets import (
    USABLE,
    Move,
    TicketEvent,
    allowed_actions,
    is_repetition,
    move,
)
from lola.partners.m2m import OperationStatus
from lola.partners.remittances import Remittances
from lola.settings import Settings
from lola.telemetry import names
from lola.text.wording import Wording

MAX_REFRESHED = 3
OUTCOMES: Mapping[str, TicketEvent] = {
    OperationStatus.COMPLETED: "completed",
    OperationStatus.FAILED: "operation_failed",
    OperationStatus.CANCELLED: "cancelled",
}
"""Final status of an operation (reference/m2m.md 4.3) → event of its ticket."""

log = structlog.get_logger(__name__)


class Step(NamedTuple):
    """The turn after a step, and the messages that code sends about it."""

    turn: Turn
    say: tuple[Outbound, ...]


class MoneyService:
    """The steps of a transfer. Built once; keeps no state."""

    def __init__(
        self,
        *,
        remittances: Remittances,
        links: WidgetLinks,
        index: TicketIndex,
        wording: Wording,
        settings: Settings,
    ) -> None:
        self._remittances = remittances
        self._links = links
        self._index = index
        self._wording = wording
        self._link_lifetime = timedelta(minutes=settings.m2m_link_minutes)

    async def prepare(self, turn: Turn, terms: Terms, *, requoted: bool = False) -> Step:
        """Quote the terms and show a new draft; an older draft, proposal or confirmation is void.

        Raises PartnerRefusedError when the corridor forbids the amount.
        """
        quote = await self._remittances.quote(
            country=terms.country,
            payout_method=terms.payout_method,
            amount=terms.amount,
            currency=terms.amount_currency,
        )
        draft = Draft(
            id=_draft_id(turn, terms, quote),
            terms=terms,
            quote=quote,
            created_at=turn.now,
        )
        summary = summary_message(
            draft, self._wording, turn.language, now=turn.now, requoted=requoted
        )
        # One action at a time waits for the sender's yes.
        session = turn.session.evolve(draft=draft, approval=None)
        return Step(turn.evolve(session=session), (summary,))

    async def take_back(self, turn: Turn) -> Step:
        """Cancel the newest transfer whose link is out, by revoking the link.

        The sender is told when it is too late. Raises MoneyError when no link is out.
        """
        ticket = next((one for one in reversed(turn.session.tickets) if one.status in USABLE), None)
        if ticket is None:
            raise MoneyError("no link is out that could be taken back")
        if not await self._links.revoke(ticket):
            return Step(turn, (self._text("money.too_late", turn),))
        return await self._apply(turn, ticket, "taken_back")

    async def decide(self, turn: Turn, decision: Decision) -> Step:
        """Apply what the sender decided. An empty `say` leaves the reply to the agent.

        An action other than a transfer is carried out by the tool that requires its approval.
        """
        if not decision.is_transfer:
            if decision.stale:
                return Step(turn, (self._text("approvals.stale", turn),))
            if decision.action == "cancel":
                turn = turn.evolve(session=turn.session.evolve(approval=None))
            return Step(turn, ())
        if "transfer" not in turn.allowed_actions:
            return Step(turn, ())
        draft = turn.session.draft
        if draft is None or decision.stale:
            return Step(turn, (self._text("money.stale", turn),))
        if decision.action == "cancel":
            return self.cancel(turn)
        if decision.action == "modify":
            return Step(turn, ())
        if not draft.is_quote_valid(turn.now):
            return await self.prepare(turn, draft.terms, requoted=True)
        confirmed = draft.confirmed_by(turn.last.id, turn.now)
        return Step(turn.evolve(session=turn.session.evolve(draft=confirmed)), ())

    def cancel(self, turn: Turn) -> Step:
        """Drop the draft. A transfer whose link is out is cancelled by `take_back`."""
        session = turn.session.evolve(draft=None)
        return Step(turn.evolve(session=session), (self._text("money.draft_cancelled", turn),))

    async def send(self, turn: Turn, draft_id: str) -> Step:
        """Make the ticket of the confirmed draft and its widget link.

        Raises MoneyError unless `draft_id` is the session's own draft, confirmed with exactly these
        arguments. An expired quote is renewed and must be confirmed again.
        """
        draft = turn.session.draft
        if draft is None or draft.id != draft_id:
            raise MoneyError("there is no such draft in this conversation")
        if not draft.is_confirmed():
            raise MoneyError("the sender has not confirmed these details")
        if not draft.is_quote_valid(turn.now):
            return await self.prepare(turn, draft.terms, requoted=True)
        turn, ticket = _moved(turn, self._ticket(draft, turn), "confirmed")
        ticket = await self._links.mint(
            turn, draft, ticket, payout=payout_text(draft.terms, self._wording, turn.language)
        )
        await self._index.remember(ticket, turn.address, now=turn.now)
        # The partner keeps one link per sender, so an older one has ended with this one.
        for older in turn.session.tickets:
            if older.status in USABLE:
                turn = (await self._apply(turn, older, "replaced")).turn
        turn, ticket = _moved(turn, ticket, "linked")
        turn = turn.evolve(session=turn.session.evolve(draft=None))
        return Step(turn, (self._link(ticket, turn),))

    async def report(
        self, turn: Turn, ticket_id: str, event: TicketEvent, operation_id: str = ""
    ) -> Step:
        """Apply a reported event to one of the conversation's own tickets, and tell the sender.

        An event that is impossible, repeated or about another ticket changes nothing.
        """
        ticket = turn.session.ticket(ticket_id)
        if ticket is None:
            return Step(turn, ())
        return await self._apply(turn, ticket, event, operation_id)

    def remind(self, turn: Turn, ticket_id: str) -> Step:
        """Remind the sender of a link that was not opened."""
        return Step(turn, reminder(turn, turn.session.ticket(ticket_id), self._wording))

    async def link_again(self, turn: Turn) -> Step:
        """Send the link again while it is valid, else a new summary of the same transfer.

        A new link needs a new quote and a new confirmation. Raises MoneyError when there is no
        such transfer.
        """
        for ticket in reversed(turn.session.tickets):
            if ticket.status in USABLE and turn.now < ticket.expires_at:
                return Step(turn, (self._link(ticket, turn),))
        for ticket in reversed(turn.session.tickets):
            if ticket.terms is not None and turn.session.draft is None:
                return await self.prepare(turn, ticket.terms, requoted=True)
        raise MoneyError("there is no link to send again")

    async def refresh(self, turn: Turn) -> tuple[Step, Mapping[str, str]]:
        """Ask the partner about approved transfers; apply those that ended and tell the sender.

        Also returns the partner's status of the others by ticket id. A ticket that the partner
        cannot be asked about stays as it is.
        """
        say: tuple[Outbound, ...] = ()
        live: dict[str, str] = {}
        approved = [ticket for ticket in turn.session.tickets if ticket.status == "approved"]
        for ticket in approved[-MAX_REFRESHED:]:
            status = await self._links.operation_status(ticket)
            if status in OUTCOMES:
                step = await self._apply(turn, ticket, OUTCOMES[status])
                turn, say = step.turn, (*say, *step.say)
            elif status == OperationStatus.PROCESSING:
                live[ticket.id] = status
        return Step(turn, say), live

    async def _apply(
        self, turn: Turn, ticket: Ticket, event: TicketEvent, operation_id: str = ""
    ) -> Step:
        step = move(ticket, event, operation_id)
        if step is None:
            if not is_repetition(ticket, event):
                log.warning(
                    names.TICKET_REFUSED, ticket=ticket.id, status=ticket.status, event_name=event
                )
            return Step(turn, ())
        if step.after.status not in USABLE:
            await self._links.withdraw(step.after)
        return Step(_with(turn, step), messages_for(turn, step, self._wording))

    def _ticket(self, draft: Draft, turn: Turn) -> Ticket:
        """Build the ticket; its id is derived, so a repeated turn asks for the same one again."""
        seed = f"{turn.conversation}:{draft.id}:{draft.digest}"
        return Ticket(
            id=f"tk_{sha256(seed.encode()).hexdigest()[:20]}",
            draft_id=draft.id,
            digest=draft.digest,
            status="drafted",
            created_at=turn.now,
            expires_at=turn.now + self._link_lifetime,
            send=draft.quote.send,
            receive=draft.quote.receive,
            recipient_name=draft.terms.recipient_name,
            sender=self._links.reference(turn.phone or turn.address.sender),
            actions=allowed_actions(turn.identity),
            terms=draft.terms,
        )

    def _link(self, ticket: Ticket, turn: Turn) -> LinkMessage:
        return link_message(ticket, self._wording, turn.language, now=turn.now)

    def _text(self, key: str, turn: Turn) -> TextMessage:
        return TextMessage(content=self._wording(key, turn.language))


def _moved(turn: Turn, ticket: Ticket, event: TicketEvent) -> tuple[Turn, Ticket]:
    """Return turn and ticket after an event of our own. Raises MoneyError if it is impossible."""
    step = move(ticket, event)
    if step is None:
        raise MoneyError(f"a ticket that is {ticket.status} cannot become {event}")
    return _with(turn, step), step.after


def _with(turn: Turn, step: Move) -> Turn:
    session = turn.session.with_ticket(step.after)
    return turn.evolve(session=session, audit=(*turn.audit, step.audit()))


def _draft_id(turn: Turn, terms: Terms, quote: Quote) -> str:
    seed = f"{turn.conversation}:{turn.last.id}:{digest_of(terms, quote)}"
    return f"dr_{sha256(seed.encode()).hexdigest()[:16]}"
