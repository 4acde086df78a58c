"""The money side of a conversation: draft, confirm, link, follow up.

Every step is a function of the turn that answers the next turn and the words to say; the only
effect outside is the widget link, made at most once per ticket. Nothing here decides that money
moves: that is the sender's tap on the secure page.
"""

from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from lola.errors import MoneyError
from lola.messages import LinkMessage, Outbound, TextMessage
from lola.money.confirmation import Decision
from lola.money.links import TicketIndex, WidgetLinks
from lola.money.summary import link_message, payout_text, summary_message
from lola.partners.remittances import Remittances
from lola.settings import Settings
from lola.transfer import Draft, Quote, Terms, Ticket, digest_of
from lola.turn import Turn
from lola.wording import Wording


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
            shown_in=turn.last.id,
        )
        summary = summary_message(
            draft, self._wording, turn.language, now=turn.now, requoted=requoted
        )
        return Step(turn.evolve(session=turn.session.evolve(draft=draft)), (summary,))

    async def decide(self, turn: Turn, decision: Decision) -> Step:
        """Carry out what the sender decided. An empty `say` leaves the words to the agent."""
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
        """Drop the draft. A link that is already out is cancelled on the secure page only."""
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
        ticket = await self._links.mint(
            turn,
            draft,
            self._ticket(draft, turn),
            payout=payout_text(draft.terms, self._wording, turn.language),
        )
        await self._index.remember(ticket, turn.address, now=turn.now)
        session = turn.session.evolve(draft=None).with_ticket(ticket)
        return Step(turn.evolve(session=session), (self._link(ticket, turn),))

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
            terms=draft.terms,
        )

    def _link(self, ticket: Ticket, turn: Turn) -> LinkMessage:
        return link_message(ticket, self._wording, turn.language, now=turn.now)

    def _text(self, key: str, turn: Turn) -> TextMessage:
        return TextMessage(content=self._wording(key, turn.language))


def _draft_id(turn: Turn, terms: Terms, quote: Quote) -> str:
    seed = f"{turn.conversation}:{turn.last.id}:{digest_of(terms, quote)}"
    return f"dr_{sha256(seed.encode()).hexdigest()[:16]}"
