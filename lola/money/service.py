"""The money steps of a conversation: draft, confirmation, link, follow-up.

Each step takes a turn and returns the next turn with the messages to send. Its only outside effect
is the widget link, made at most once per ticket. Nothing here moves money: that takes the sender's
approval on the secure page.
"""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256

from lola.domain.messages import ButtonsMessage, LinkMessage, Outbound, TextMessage
from lola.domain.transfer import Draft, Quote, Terms, Ticket, TicketStatus, digest_of
from lola.domain.turn import Turn
from lola.errors import MoneyError, PartnerUnavailableError
from lola.money.approvals import Decision, open_approval, options_for
from lola.money.links import TicketIndex, WidgetLinks
from lola.money.payouts import Payouts
from lola.money.summary import link_message, payout_text, summary_message
from lola.money.ticket_reports import Said, Step, TicketReports, with_step
from lola.money.tickets import RENEWABLE, USABLE, TicketEvent, allowed_actions, move
from lola.partners.m2m import OperationStatus
from lola.partners.remittances import Corridor, Remittances
from lola.settings import Settings
from lola.state.kept_events import KeptEvents
from lola.text.countries import country_name
from lola.text.wording import Wording

MAX_REFRESHED = 3
ASKED: frozenset[TicketStatus] = frozenset({"approved", "unsure", "link_sent", "opened"})
GOING_ON = frozenset({"processing", "on_hold"})
FAILED = frozenset({OperationStatus.FAILED, OperationStatus.CANCELLED})


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
        payouts: Payouts | None = None,
        kept: KeptEvents | None = None,
    ) -> None:
        self._remittances = remittances
        self._payouts = payouts
        self._links = links
        self._index = index
        self._wording = wording
        self._reports = TicketReports(
            links=links, wording=wording, kept=kept, alarm_share=settings.amount_alarm_share
        )
        self._link_lifetime = timedelta(minutes=settings.m2m_link_minutes)

    async def corridors(self) -> tuple[Corridor, ...]:
        """Return the corridors with the payout methods that the M2M partner allows too."""
        corridors = await self._remittances.corridors()
        return await self._payouts.served(corridors) if self._payouts else corridors

    async def prepare(self, turn: Turn, terms: Terms, *, requoted: bool = False) -> Step:
        """Quote the terms and show a new draft; an older draft, proposal or confirmation is void.

        A link that is out and that these terms correct is withdrawn first; when it was used, that
        is said instead. A payout method that the partner does not allow is refused with those that
        it does. Raises PartnerRefusedError when the corridor forbids the amount.
        """
        step = await self._draft(turn, terms, requoted=requoted)
        ticket = next((one for one in _usable(turn) if corrects(one, terms)), None)
        if ticket is None or step.turn.session.draft is None:
            return step
        return await self._in_place_of(turn, ticket, step)

    async def _in_place_of(self, turn: Turn, ticket: Ticket, step: Step) -> Step:
        """Withdraw the link of a transfer and show its correction, unless it was used."""
        if await self._links.revoke(ticket):
            replaced = await self._reports.apply(step.turn, ticket, "replaced")
        else:
            view = await self._links.look(ticket)
            if view.operation is not None or not view.is_known:
                settled = await self._reports.settle(turn, ticket, "expired", view)
                key = "money.not_corrected" if view.is_known else "money.unsure_still"
                return Step(settled.turn, (self._text(key, turn), *settled.say))
            replaced = await self._reports.apply(step.turn, ticket, "expired")
        return Step(replaced.turn, (self._text("money.corrected", turn), *step.say))

    async def _draft(self, turn: Turn, terms: Terms, *, requoted: bool) -> Step:
        """Quote the terms and put the summary before the sender."""
        if self._payouts and not await self._payouts.allowed((terms.payout_method,)):
            return await self._refuse_method(turn, terms)
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
        ticket = next(iter(_usable(turn)), None)
        if ticket is None:
            raise MoneyError("no link is out that could be taken back")
        if await self._links.revoke(ticket):
            return await self._reports.apply(turn, ticket, "taken_back")
        view = await self._links.look(ticket)
        step = await self._reports.settle(turn, ticket, "expired", view)
        if view.operation is None:
            return step
        return Step(step.turn, (self._text("money.too_late", turn), *step.say))

    async def decide(self, turn: Turn, decision: Decision) -> Step:
        """Apply what the sender decided. An empty `say` leaves the reply to the agent.

        An action other than a transfer is carried out by the tool that requires its approval.
        """
        if decision.action == "ask":
            return Step(turn, self._which_is_meant(turn))
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
            return await self._decided_before(turn, decision)
        if decision.action == "cancel":
            return self.cancel(turn)
        if decision.action == "modify":
            return Step(turn, ())
        if not draft.is_quote_valid(turn.now):
            return await self.prepare(turn, draft.terms, requoted=True)
        confirmed = draft.confirmed_by(turn.last.id, turn.now)
        return Step(turn.evolve(session=turn.session.evolve(draft=confirmed)), ())

    def _which_is_meant(self, turn: Turn) -> tuple[Outbound, ...]:
        """Say what to tap or write, under the same buttons, after a reply that may be a yes."""
        approval = open_approval(turn.session)
        if approval is None:
            return ()
        options = options_for(approval, self._wording, turn.language)
        text = self._wording("approvals.unsure", turn.language, yes=options[0].title)
        return (ButtonsMessage(content=text, options=options),)

    async def _decided_before(self, turn: Turn, decision: Decision) -> Step:
        """Reply to a button that is not the open one's: a second tap on confirm gets its link."""
        ticket = next(
            (one for one in reversed(turn.session.tickets) if one.draft_id == decision.draft_id),
            None,
        )
        if ticket is None or decision.action != "confirm" or ticket.status in RENEWABLE:
            return Step(turn, (self._text("money.stale", turn),))
        if ticket.status not in USABLE or turn.now >= ticket.expires_at:
            return Step(turn, (self._text("money.confirmed_before", turn),))
        step = await self._unless_booked(turn, ticket)
        return step or Step(turn, (self._text("money.unsure_still", turn),))

    async def _unless_booked(self, turn: Turn, ticket: Ticket) -> Step | None:
        """Return its link again, or what the partner booked by it; None while that is not known."""
        view = await self._links.look(ticket)
        if view.operation is not None:
            return await self._reports.learn(turn, ticket, view.operation)
        return Step(turn, (self._link(ticket, turn),)) if view.is_known else None

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
                turn = (await self._reports.apply(turn, older, "replaced")).turn
        turn = await self._links.end_enrolments(turn)
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
        return await self._reports.apply(turn, ticket, event, operation_id)

    async def hear(self, turn: Turn, said: Said) -> Step:
        """Apply a report from outside, checked with the partner, and tell the sender."""
        return await self._reports.hear(turn, said)

    async def close(self, turn: Turn, ticket_id: str) -> Step:
        """End a link whose time is over, after asking the partner if it was used."""
        ticket = turn.session.ticket(ticket_id)
        if ticket is None or ticket.status not in USABLE:
            return Step(turn, ())
        return await self._reports.settle(turn, ticket, "expired", await self._links.look(ticket))

    async def check(self, turn: Turn, ticket_id: str) -> tuple[Step, bool]:
        """Ask again about a ticket whose state is not known; also return whether to ask later."""
        return await self._reports.check(turn, turn.session.ticket(ticket_id))

    async def remind(self, turn: Turn, ticket_id: str) -> Step:
        """Remind the sender of a link that was not opened."""
        return await self._reports.remind(turn, turn.session.ticket(ticket_id))

    async def renew(self, turn: Turn, ticket: Ticket) -> Step:
        """Show the same transfer again with a new quote, unless the partner has it already.

        Raises PartnerRefusedError when the corridor forbids the amount, MoneyError without terms.
        """
        if used := await self._unless_used(turn, ticket):
            return used
        if ticket.terms is None:
            raise MoneyError("the terms of this transfer are not known any more")
        return await self.prepare(turn, ticket.terms, requoted=True)

    async def link_again(self, turn: Turn) -> Step:
        """Send the link again while it is valid, else a new summary of the same transfer.

        A new link needs a new quote and a new confirmation. Raises MoneyError when there is no
        such transfer, PartnerUnavailableError while it is not known whether the link was used.
        """
        for ticket in reversed(turn.session.tickets):
            if ticket.status in USABLE and turn.now < ticket.expires_at:
                if step := await self._unless_booked(turn, ticket):
                    return step
                raise PartnerUnavailableError("m2m", "cannot say whether a link was used")
        for ticket in reversed(turn.session.tickets):
            if ticket.terms is not None and turn.session.draft is None:
                return await self.renew(turn, ticket)
        raise MoneyError("there is no link to send again")

    async def refresh(self, turn: Turn) -> tuple[Step, Mapping[str, str]]:
        """Ask the partner about the newest transfers; apply what it has and tell the sender.

        Also returns the partner's status of those that go on, by ticket id. While the partner
        cannot be asked, every ticket stays as it is.
        """
        say: tuple[Outbound, ...] = ()
        live: dict[str, str] = {}
        for ticket in _to_ask_about(turn):
            view = await self._links.look(ticket)
            if not view.is_known:
                break
            if ticket.status == "unsure" and view.operation is None:
                step, _ = await self._reports.check(turn, ticket)
                turn, say = step.turn, (*say, *step.say)
            elif view.operation is not None:
                step = await self._reports.learn(turn, ticket, view.operation)
                turn, say = step.turn, (*say, *step.say)
                if view.operation.status in GOING_ON:
                    live[ticket.id] = str(view.operation.status)
        return Step(turn, say), live

    async def _refuse_method(self, turn: Turn, terms: Terms) -> Step:
        """Drop the draft and say which payout methods the country has instead."""
        turn = turn.evolve(session=turn.session.evolve(draft=None, approval=None))
        methods = next(
            (one.payout_methods for one in await self.corridors() if one.country == terms.country),
            (),
        )
        text = self._wording(
            "money.method_refused" if methods else "money.country_refused",
            turn.language,
            country=country_name(terms.country, turn.language),
            method=self._wording(f"money.payout_{terms.payout_method}", turn.language),
            methods=" · ".join(
                self._wording(f"money.payout_{method}", turn.language) for method in methods
            ),
        )
        return Step(turn, (TextMessage(content=text),))

    async def _unless_used(self, turn: Turn, ticket: Ticket) -> Step | None:
        """Return what the partner has about an ended transfer, or None when it has nothing.

        While it cannot be asked, the sender is told that nothing is known yet.
        """
        if ticket.status == "unsure":
            step, again = await self._reports.check(turn, ticket)
            return Step(turn, (self._text("money.unsure_still", turn),)) if again else step
        if ticket.status == "failed" and ticket.operation_id:
            return None
        view = await self._links.look(ticket)
        if view.operation is None and view.is_known:
            return None
        step = await self._reports.settle(turn, ticket, "expired", view)
        is_over = view.operation is not None and view.operation.status in FAILED
        if step.say or is_over:
            return step if step.say else None
        return Step(step.turn, (self._text("money.unsure_still", turn),))

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
    return with_step(turn, step), step.after


def corrects(ticket: Ticket, terms: Terms) -> bool:
    """Return whether new terms correct those of a ticket: the same person or the same amount."""
    old = ticket.terms
    if old is None or old == terms:
        return False
    if old.recipient_name.casefold() == terms.recipient_name.casefold():
        return True
    kept = (old.country, old.amount, old.amount_currency)
    return kept == (terms.country, terms.amount, terms.amount_currency)


def _usable(turn: Turn) -> tuple[Ticket, ...]:
    """Return the transfers whose link is out, the newest first."""
    return tuple(one for one in reversed(turn.session.tickets) if one.status in USABLE)


def _to_ask_about(turn: Turn) -> tuple[Ticket, ...]:
    """Return the transfers that the partner may know more about, the most important ones first."""
    tickets = turn.session.tickets
    going_on = [one for one in tickets if one.status in ASKED]
    ended = [one for one in tickets if one.status in RENEWABLE and not one.operation_id]
    return (*going_on[-MAX_REFRESHED:], *ended[-1:])


def _draft_id(turn: Turn, terms: Terms, quote: Quote) -> str:
    seed = f"{turn.conversation}:{turn.last.id}:{digest_of(terms, quote)}"
    return f"dr_{sha256(seed.encode()).hexdigest()[:16]}"
