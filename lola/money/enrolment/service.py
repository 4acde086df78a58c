"""Sends out the links of enrolments, and tells the sender what became of them.

A sender has at most one open link of each kind: asking again gives the same one. What a page
reports is checked with the bank and the partner before anything is said (`outcomes`). Nothing here
changes what a sender may do.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import structlog

from lola.domain.enrolment import OPEN, Enrolment, EnrolmentStatus, Purpose
from lola.domain.identity import ContextUser
from lola.domain.messages import LinkMessage
from lola.domain.transfer import Ticket
from lola.domain.turn import Turn
from lola.errors import PartnerError, PartnerRefusedError
from lola.money.enrolment.links import EnrolmentLinks, Made
from lola.money.enrolment.messages import EnrolmentMessages
from lola.money.enrolment.outcomes import Cause, Findings, outcome
from lola.money.enrolment.states import with_status
from lola.money.links import TicketIndex
from lola.money.ticket_reports import Step
from lola.money.tickets import ADD_CARD, IDENTITY_ACTIONS, USABLE
from lola.partners.remittances import IdentityService
from lola.settings import Settings
from lola.telemetry import names
from lola.text.phone_numbers import canonical
from lola.text.wording import Wording

ACTIONS: Mapping[Purpose, tuple[str, ...]] = {
    "register": IDENTITY_ACTIONS,
    "verify": IDENTITY_ACTIONS,
    "add_card": (ADD_CARD,),
}
CARD = "card"
REVIEWED_BY_BANK = "wait"
"""The next step of a sender whose documents the bank has and reviews."""
REPORTABLE: frozenset[EnrolmentStatus] = OPEN | {"in_review", "expired"}
"""States in which a page's report still counts; it may come after the end of the link's time."""

log = structlog.get_logger(__name__)


class EnrolmentService:
    """The steps of registration, identity check and new card. Built once; keeps no state."""

    def __init__(
        self,
        *,
        links: EnrolmentLinks,
        index: TicketIndex,
        identity: IdentityService,
        wording: Wording,
        settings: Settings,
    ) -> None:
        self._links = links
        self._index = index
        self._identity = identity
        self._messages = EnrolmentMessages(wording)
        self._lifetime = timedelta(minutes=settings.m2m_link_minutes)

    async def start(self, turn: Turn, purpose: Purpose) -> Step:
        """Send the link for a purpose: the open one again, or a new one; else say why not."""
        actions = ACTIONS[purpose]
        if ticket := _open_transfer(turn):
            return Step(turn, (self._messages.instead(turn, ticket, purpose, actions),))
        known = _newest(turn, actions)
        if known is not None and known.is_open(turn.now):
            if not await self._links.is_revoked(known):
                return Step(turn, (self._messages.link(turn, known),))
            turn = with_status(turn, known, "expired", "revoked")
        if known is not None and known.status == "in_review" and purpose != "add_card":
            step = await self._settle(turn, known, "asked")
            now = step.turn.session.enrolment(known.id)
            if now is None or now.status in {"in_review", "done"}:
                return step
            turn = step.turn
        user = turn.identity.user
        if purpose == "verify" and user is not None and user.next_step == REVIEWED_BY_BANK:
            return Step(turn, (self._messages.text(turn, "in_review"),))
        return await self._make(turn, purpose)

    async def requested(self, turn: Turn, name: str) -> Step:
        """Send the link of an identity check that staff began, or say how the sender's is going.

        `name` is the ticket or enrolment whose link the check was begun on.
        """
        asked = self._messages.text(turn, "asked_by_staff")
        ticket = turn.session.ticket(name)
        if ticket is not None and _is_open(ticket, turn):
            # The check is on the transfer's own link, whatever else its page does.
            return Step(turn, (asked, self._messages.in_transfer(turn, ticket)))
        step = await self.start(turn, "verify" if turn.identity.user else "register")
        has_link = any(isinstance(message, LinkMessage) for message in step.say)
        return step._replace(say=(asked, *step.say)) if has_link else step

    async def hear(self, turn: Turn, enrolment_id: str, cause: Cause) -> Step:
        """Apply what the page or the partner reports, checked with both, and tell the sender."""
        enrolment = turn.session.enrolment(enrolment_id)
        if enrolment is None or enrolment.status not in REPORTABLE:
            return Step(turn, ())
        return await self._settle(turn, enrolment, cause)

    def opened(self, turn: Turn, enrolment_id: str) -> Step:
        """Note the first opening, as the partner reports it, and tell the sender."""
        enrolment = turn.session.enrolment(enrolment_id)
        if enrolment is None or enrolment.status != "link_sent":
            return Step(turn, ())
        turn = with_status(turn, enrolment, "opened", "opened")
        return Step(turn, (self._messages.text(turn, "opened"),))

    def booked(self, turn: Turn, enrolment_id: str, operation_id: str) -> Step:
        """Tell the sender of a transfer that the partner booked on a link made for none."""
        enrolment = turn.session.enrolment(enrolment_id)
        if enrolment is None or not operation_id or enrolment.operation_id == operation_id:
            return Step(turn, ())
        log.error(names.ENROLMENT_BOOKED, ticket=enrolment.id)
        changed = replace(enrolment, operation_id=operation_id)
        turn = with_status(turn, changed, changed.status, "booked")
        return Step(turn, (self._messages.text(turn, "booked", reference=operation_id),))

    async def close(self, turn: Turn, enrolment_id: str) -> Step:
        """End a link whose time is over, after asking whether it was used."""
        enrolment = turn.session.enrolment(enrolment_id)
        if enrolment is None or enrolment.status not in OPEN:
            return Step(turn, ())
        return await self._settle(turn, enrolment, "expired")

    async def check(self, turn: Turn, enrolment_id: str) -> tuple[Step, bool]:
        """Ask again about one in review; also return whether to ask once more later."""
        enrolment = turn.session.enrolment(enrolment_id)
        if enrolment is None or enrolment.status != "in_review":
            return Step(turn, ()), False
        step = await self._settle(turn, enrolment, "checked")
        known = step.turn.session.enrolment(enrolment_id)
        return step, known is not None and known.status == "in_review"

    async def _make(self, turn: Turn, purpose: Purpose) -> Step:
        enrolment = self._new(turn, purpose)
        try:
            made = await self._links.make(turn, enrolment)
        except PartnerError as error:
            is_refused = isinstance(error, PartnerRefusedError)
            log.warning(names.ENROLMENT_FAILED, code=error.code, purpose=purpose)
            key = "refused" if is_refused else "unavailable"
            return Step(turn, (self._messages.text(turn, key),))
        return await self._sent(await self._links.end_others(turn), made)

    async def _sent(self, turn: Turn, made: Made) -> Step:
        if made.is_verified:
            turn = with_status(turn, made.enrolment, "in_review", "verified at the partner")
            return Step(turn, (self._messages.text(turn, "in_review"),))
        await self._index.remember(made.enrolment, turn.address, now=turn.now)
        turn = with_status(turn, made.enrolment, "link_sent", "linked")
        return Step(turn, (self._messages.link(turn, made.enrolment, made.missing),))

    def _new(self, turn: Turn, purpose: Purpose) -> Enrolment:
        """Build the enrolment; its id is derived, so a repeated turn asks for the same one."""
        seed = f"{turn.conversation}:{turn.last.id}:{purpose}"
        user = turn.identity.user
        return Enrolment(
            id=f"en_{sha256(seed.encode()).hexdigest()[:20]}",
            purpose=purpose,
            status="link_sent",
            created_at=turn.now,
            expires_at=turn.now + self._lifetime,
            sender=self._links.reference(turn.phone or turn.address.sender),
            actions=ACTIONS[purpose],
            known_cards=tuple(one.id for one in user.payment_methods) if user else (),
        )

    async def _settle(self, turn: Turn, enrolment: Enrolment, cause: Cause) -> Step:
        """Move it by what bank and partner say. What was told before is told to who asks only."""
        found = await self._find(turn, enrolment, cause)
        status, says = outcome(enrolment.purpose, cause, found)
        if enrolment.status == status and cause != "asked":
            return Step(turn, ())
        if cause == "checked" and enrolment.status != "in_review" and status == "in_review":
            # Only the page's report, or the end of its time, says that the sender is done there.
            return Step(turn, ())
        if found.cards:
            enrolment = replace(enrolment, card=found.cards[-1].label)
        if status != enrolment.status:
            await self._links.withdraw(enrolment)
            turn = with_status(turn, enrolment, status, cause)
        return Step(turn, (self._messages.text(turn, says, card=enrolment.card),))

    async def _find(self, turn: Turn, enrolment: Enrolment, cause: Cause) -> Findings:
        user, is_known = await self._look_up(turn, enrolment)
        if enrolment.purpose == "add_card":
            methods = user.payment_methods if user else ()
            known = enrolment.known_cards
            cards = tuple(one for one in methods if one.kind == CARD and one.id not in known)
            return Findings(bank=None, cards=cards)
        bank = "" if is_known else None
        if user is not None:
            bank = "blocked" if user.is_blocked else user.verdict
        was_used = not (cause == "expired" and enrolment.status == "link_sent")
        if bank == "passed" or not was_used:
            return Findings(bank=bank)
        return Findings(bank=bank, partner=await self._links.cip_status(enrolment))

    async def _look_up(self, turn: Turn, enrolment: Enrolment) -> tuple[ContextUser | None, bool]:
        """Return the bank's record of the sender, and whether the bank could be asked."""
        phone = canonical(turn.phone or turn.address.sender)
        if phone is None or self._links.reference(phone) != enrolment.sender:
            return None, False
        try:
            return await self._identity.find_sender(phone), True
        except PartnerError as error:
            log.warning(names.PARTNER_UNAVAILABLE, partner=error.partner, code=error.code)
            return None, False


def _newest(turn: Turn, actions: tuple[str, ...]) -> Enrolment | None:
    """Return the newest enrolment whose page may do exactly this."""
    found = (one for one in reversed(turn.session.enrolments) if one.actions == actions)
    return next(found, None)


def _is_open(ticket: Ticket, turn: Turn) -> bool:
    return ticket.status in USABLE and turn.now < ticket.expires_at


def _open_transfer(turn: Turn) -> Ticket | None:
    """Return the newest transfer whose link a new link would end at the partner."""
    return next(
        (
            ticket
            for ticket in reversed(turn.session.tickets)
            if ticket.status == "unsure" or _is_open(ticket, turn)
        ),
        None,
    )
