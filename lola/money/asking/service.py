"""Makes a request for money after the sender's yes, and tells what became of it.

The partner is asked before the sender is told a status. All texts are written by code. Nothing here
moves money: the payer decides on the partner's page.
"""

import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import structlog

from lola.domain.asked_money import AskedMoney
from lola.domain.identity import ContextUser
from lola.domain.messages import LinkMessage, LinkTarget, Outbound, TextMessage
from lola.domain.transfer import Money
from lola.domain.turn import Turn
from lola.errors import PartnerError, PartnerRefusedError, PartnerUnavailableError
from lola.money.asking.applicant import Applicants, IncompleteApplicantError
from lola.money.asking.index import RequestIndex
from lola.money.money_format import money_text
from lola.money.short_links import ShortLinks
from lola.money.ticket_reports import Step
from lola.partners.request_money import MoneyOperation, NewRequest, RequestMoneyClient
from lola.partners.request_money.client import PARTNER
from lola.partners.request_money.model import STATUSES, OperationStatus
from lola.telemetry import names
from lola.text.wording import Wording

ALPHABET = string.digits + string.ascii_letters
LENGTH = 8
CANDIDATES = 3
"""References that are tried when one belongs to another request already."""
SAID = {
    OperationStatus.COMPLETED: "asking.completed",
    OperationStatus.REJECTED: "asking.rejected",
    OperationStatus.CANCELLED: "asking.cancelled",
}
"""Status → what the sender is told. The others are told only when the sender asks."""
EXPIRED = "asking.expired"

log = structlog.get_logger(__name__)


class MoneyRequests:
    """Requests for money of all senders. `life` is how long a payer can pay one."""

    def __init__(
        self,
        *,
        client: RequestMoneyClient,
        applicants: Applicants,
        index: RequestIndex,
        short_links: ShortLinks,
        wording: Wording,
        life: timedelta,
    ) -> None:
        self.client = client
        self.index = index
        self._applicants = applicants
        self._short_links = short_links
        self._wording = wording
        self._life = life

    async def ask(
        self, turn: Turn, user: ContextUser, *, payer: str, amount: Money, digest: str
    ) -> Step:
        """Make the request that the sender approved, once, and give them the payer's links.

        `digest` is the approval's. Raises PartnerUnavailableError; a refusal is told to the sender.
        """
        try:
            applicant = await self._applicants.of(user)
        except IncompleteApplicantError as error:
            log.warning(names.REQUEST_INCOMPLETE, missing=list(error.missing))
            return Step(turn, (self._text("asking.incomplete", turn),))
        asked, known = await self._claim(turn, payer, amount, digest)
        request = NewRequest(
            reference_id=asked.reference,
            expires_in_minutes=int(self._life.total_seconds() // 60),
            amount=amount.amount,
            currency=amount.currency,
            request_data=applicant,
        )
        try:
            operation = await self._ensure(request, known=known)
        except PartnerRefusedError as error:
            # Why is for operators: a sender must not learn the outcome of a screening.
            log.warning(names.REQUEST_REFUSED, code=error.partner_code, status=error.status)
            return Step(turn, (self._text("asking.refused", turn),))
        asked = replace(asked, status=operation.status)
        message = await self._links(turn, asked, operation)
        session = turn.session.with_asked(asked)
        return Step(turn.evolve(session=session), (message,))

    async def hear(self, turn: Turn, reference: str, reported: str = "") -> Step:
        """Tell the sender of a new status, once. `reported` is a signed event's.

        The partner's answer counts. While it cannot be asked, the signed status does; without one
        nothing is said. Raises StoreUnavailableError.
        """
        known = turn.session.asked_money(reference)
        if known is None:
            found = await self.index.find(reference)
            if found is None:
                return Step(turn, ())
            known, _ = found
        status = await self._status(reference) or reported
        if not status or status == known.status or _is_final(known.status):
            return Step(turn, ())
        if status not in STATUSES:
            log.warning(names.PARTNER_STATUS_UNKNOWN, partner=PARTNER, status=status)
        changed = turn.evolve(session=turn.session.with_asked(replace(known, status=status)))
        key = SAID.get(OperationStatus(status)) if status in STATUSES else None
        if key is None:
            return Step(changed, ())
        if status == OperationStatus.CANCELLED and turn.now >= known.expires_at:
            key = EXPIRED
        return Step(changed, (self._about(key, turn, known),))

    async def _claim(
        self, turn: Turn, payer: str, amount: Money, digest: str
    ) -> tuple[AskedMoney, bool]:
        """Return the request under its reference, and whether an earlier run claimed it."""
        key = f"{turn.conversation}:{digest}"
        for reference in _references(key):
            asked = AskedMoney(
                reference=reference,
                payer=payer,
                amount=amount,
                expires_at=turn.now + self._life,
            )
            known = await self.index.remember(asked, turn.address, key=key, now=turn.now)
            if known is not None:
                return asked, known
        raise PartnerUnavailableError(PARTNER, "no free reference was found")

    async def _ensure(self, request: NewRequest, *, known: bool) -> MoneyOperation:
        """Create the request at most once: after an unknown outcome the partner is asked first."""
        if known and (found := await self.client.find(request.reference_id)):
            return found
        try:
            return await self.client.create(request)
        except PartnerUnavailableError:
            found = await self.client.find(request.reference_id)
            if found is None:
                raise
            return found

    async def _status(self, reference: str) -> str:
        """Return the partner's status of a request, or empty while it cannot be asked."""
        try:
            return (await self.client.status(reference)).status
        except PartnerError as error:
            log.warning(names.PARTNER_UNAVAILABLE, partner=PARTNER, code=error.code)
            return ""

    async def _links(self, turn: Turn, asked: AskedMoney, operation: MoneyOperation) -> LinkMessage:
        """Return the message with the payer's links, as short links of our own.

        Raises PartnerUnavailableError when the partner gave none.
        """
        wording, language = self._wording, turn.language
        targets = [
            LinkTarget(
                text=wording(key, language),
                url=await self._short_links.create(
                    address, now=turn.now, expires_at=asked.expires_at
                ),
            )
            for key, address in (
                ("asking.page_button", operation.landing_link),
                ("asking.whatsapp_button", operation.wa_link),
            )
            if address.startswith(("https://", "http://"))
        ]
        if not targets:
            raise PartnerUnavailableError(PARTNER, "the request came without a link")
        hours = round((asked.expires_at - turn.now).total_seconds() / 3600)
        text = wording(
            "asking.links",
            language,
            amount=money_text(asked.amount),
            name=asked.payer,
            reference=asked.reference,
            hours=str(max(1, hours)),
        )
        return LinkMessage(content=text, links=tuple(targets))

    def _about(self, key: str, turn: Turn, asked: AskedMoney) -> Outbound:
        text = self._wording(
            key,
            turn.language,
            amount=money_text(asked.amount),
            name=asked.payer,
            reference=asked.reference,
        )
        return TextMessage(content=text)

    def _text(self, key: str, turn: Turn) -> TextMessage:
        return TextMessage(content=self._wording(key, turn.language))


def _is_final(status: str) -> bool:
    return any(status == name and known.is_final for name, known in STATUSES.items())


def _references(key: str) -> Iterator[str]:
    """Yield the references that may name a request, the same ones for the same approval."""
    for attempt in range(CANDIDATES):
        number = int.from_bytes(sha256(f"{key}:{attempt}".encode()).digest(), "big")
        letters = []
        for _ in range(LENGTH):
            number, index = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[index])
        yield "".join(letters)
