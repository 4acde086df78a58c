"""The money side of a conversation: draft, confirm, link, follow up.

Every step is a function of the turn that answers the next turn and the words to say; the only
effect outside is the widget link, made at most once per ticket. Nothing here decides that money
moves: that is the sender's tap on the secure page.
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
from lola.money.events import news, reminder
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

MOST_LOOK_UPS = 3
OUTCOMES: Mapping[str, TicketEvent] = {
    OperationStatus.COMPLETED: "completed",
    OperationStatus.FAILED: "operation_failed",
    OperationStatus.CANCELLED: "cancelled",
}
"""How an operation may end (reference/m2m.md 4.3), and what that means for its ticket."""

log = structlog.get_logger(__name__)


class Step(NamedTuple):
    """The turn after a step, and what code says about it."""

    turn: Turn
    say: tuple[Outbound, ...]


class MoneyService:
    """Two-phase money. Built once; keeps no state of its own."""

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
        self._link_life = timedelta(minutes=settings.m2m_link_minutes)

    async def prepare(self, turn: Turn, terms: Terms, *, requoted: bool = False) -> Step:
        """Quote the terms and put a new draft before the sender; an older confirmation is void.

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
        """Cancel the newest transfer whose link is out: it is revoked, so nobody can approve it.

        Too late for one that was approved meanwhile. Raises MoneyError where no link is out.
        """
        ticket = next((one for one in reversed(turn.session.tickets) if one.status in USABLE), None)
        if ticket is None:
            raise MoneyError("no link is out that could be taken back")
        if not await self._links.revoke(ticket):
            return Step(turn, (self._text("money.too_late", turn),))
        return await self._carry_out(turn, ticket, "taken_back")

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
        """Drop the draft. A link that is out is another transfer (`take_back`)."""
        session = turn.session.evolve(draft=None)
        return Step(turn.evolve(session=session), (self._text("money.draft_cancelled", turn),))

    async def send(self, turn: Turn, draft_id: str) -> Step:
        """Turn the confirmed draft into a ticket and its widget link.

        Raises MoneyError unless `draft_id` is the session's own draft with a confirmation of
        exactly these arguments. An expired quote is priced again and must be confirmed again.
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
                turn = (await self._carry_out(turn, older, "replaced")).turn
        turn, ticket = _moved(turn, ticket, "linked")
        turn = turn.evolve(session=turn.session.evolve(draft=None))
        return Step(turn, (self._link(ticket, turn),))

    async def report(
        self, turn: Turn, ticket_id: str, event: TicketEvent, operation_id: str = ""
    ) -> Step:
        """Move one of the conversation's own tickets on, and tell the sender.

        What is impossible, repeated or about no ticket of this conversation changes nothing.
        """
        ticket = turn.session.ticket(ticket_id)
        if ticket is None:
            return Step(turn, ())
        return await self._carry_out(turn, ticket, event, operation_id)

    def remind(self, turn: Turn, ticket_id: str) -> Step:
        """Remind the sender of a link that nobody has opened."""
        return Step(turn, reminder(turn, turn.session.ticket(ticket_id), self._wording))

    async def link_again(self, turn: Turn) -> Step:
        """Answer a sender who lost their link: the same one while it is good, else a new summary.

        A new link needs a new quote and a new confirmation. Raises MoneyError where neither is.
        """
        for ticket in reversed(turn.session.tickets):
            if ticket.status in USABLE and turn.now < ticket.expires_at:
                return Step(turn, (self._link(ticket, turn),))
        for ticket in reversed(turn.session.tickets):
            if ticket.terms is not None and turn.session.draft is None:
                return await self.prepare(turn, ticket.terms, requoted=True)
        raise MoneyError("there is no link to send again")

    async def refresh(self, turn: Turn) -> tuple[Step, Mapping[str, str]]:
        """Ask the partner about transfers on their way: what is news, and where the others are.

        The second answer is the partner's status by ticket id. While the partner cannot be asked,
        what the ticket knows has to do.
        """
        say: tuple[Outbound, ...] = ()
        live: dict[str, str] = {}
        approved = [ticket for ticket in turn.session.tickets if ticket.status == "approved"]
        for ticket in approved[-MOST_LOOK_UPS:]:
            status = await self._links.operation_status(ticket)
            if status in OUTCOMES:
                step = await self._carry_out(turn, ticket, OUTCOMES[status])
                turn, say = step.turn, (*say, *step.say)
            elif status == OperationStatus.PROCESSING:
                live[ticket.id] = status
        return Step(turn, say), live

    async def _carry_out(
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
        return Step(_with(turn, step), news(turn, step, self._wording))

    def _ticket(self, draft: Draft, turn: Turn) -> Ticket:
        """The id follows from draft and digest: a repeated turn asks for the same ticket again."""
        seed = f"{turn.conversation}:{draft.id}:{draft.digest}"
        return Ticket(
            id=f"tk_{sha256(seed.encode()).hexdigest()[:20]}",
            draft_id=draft.id,
            digest=draft.digest,
            status="drafted",
            created_at=turn.now,
            expires_at=turn.now + self._link_life,
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
    """Take a step of the service's own. Raises MoneyError where the table has none."""
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
