"""Makes the partner's links of enrolments, and asks the partner about them.

For an identity the partner is asked first if it has the data (`cip_readiness`). With the data the
check is begun at once (`create_cip_ticket`) and its page is what the sender opens. Without it the
link's own page opens: the partner then asks the bank by `user.data_request`, and the page asks the
sender for the rest (reference/m2m.md 5.16, 5.17, 6.1).
"""

import asyncio
from dataclasses import dataclass, replace

import structlog

from lola.domain.enrolment import Enrolment
from lola.domain.messages import JsonObject
from lola.domain.turn import Turn
from lola.errors import PartnerError, PartnerRefusedError
from lola.money.callbacks import CallbackAddresses
from lola.money.links import WidgetLinks
from lola.money.page_sessions import Grant
from lola.money.short_links import ShortLinks
from lola.money.tickets import POL_VALIDATE
from lola.partners.m2m import M2MClient
from lola.partners.m2m.model import CipStatus, Link, LinkStatus
from lola.settings import Settings
from lola.telemetry import names

ROUTE_MISSING = 404
NOT_NEEDED = "the identity check is done already"
NOT_POSSIBLE = "the identity check cannot begin"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A link that was made. `missing` are the fields that the page will ask for.

    `is_verified`: the partner has verified the sender already, so no link is needed and none is
    out.
    """

    enrolment: Enrolment
    missing: tuple[str, ...] = ()
    is_verified: bool = False


class EnrolmentLinks:
    """The partner's side of enrolments. Keeps no state."""

    def __init__(
        self,
        *,
        client: M2MClient,
        links: WidgetLinks,
        short_links: ShortLinks,
        callbacks: CallbackAddresses,
        settings: Settings,
    ) -> None:
        self._client = client
        self._links = links
        self._short_links = short_links
        self._callbacks = callbacks
        self._settings = settings

    def reference(self, phone: str) -> str:
        """Return the partner's reference of the sender with this number."""
        return self._links.reference(phone)

    async def make(self, turn: Turn, enrolment: Enrolment) -> Made:
        """Return the enrolment with its link, made at most once. Raises PartnerError."""
        link = await self._client.ensure_link(
            reference_id=enrolment.sender,
            ticket_id=enrolment.id,
            metadata=self._metadata(turn, enrolment),
            expires_in_minutes=self._settings.m2m_link_minutes,
            language=turn.language,
            callback_url=self._settings.m2m_callback_url or None,
        )
        missing: tuple[str, ...] = ()
        page, check_id = link.url, ""
        if POL_VALIDATE in enrolment.actions:
            is_ready, missing = await self._readiness(link)
            if is_ready:
                try:
                    ticket = await self._client.create_cip_ticket(link.link_id)
                except PartnerRefusedError:
                    return await self._without_check(enrolment, link)
                page, check_id = ticket.widget_url or link.url, ticket.ticket_id
        grant = Grant(
            ticket=enrolment.id,
            subject=enrolment.sender,
            conversation=turn.conversation,
            digest="",
            actions=enrolment.actions,
        )
        short = await self._short_links.create(
            page, now=turn.now, expires_at=link.expires_at, grant=grant
        )
        made = replace(
            enrolment,
            link_id=link.link_id,
            short_url=short,
            expires_at=link.expires_at,
            check_id=check_id,
        )
        return Made(enrolment=made, missing=missing)

    async def end_others(self, turn: Turn) -> Turn:
        """End the open links that a new one has replaced at the partner."""
        return await self._links.end_enrolments(turn)

    async def withdraw(self, enrolment: Enrolment) -> None:
        """End the short link of an enrolment that has ended."""
        await self._short_links.revoke(enrolment.short_url)

    async def is_revoked(self, enrolment: Enrolment) -> bool:
        """Return whether the partner revoked the link; False while it cannot be asked."""
        link = await self._look(enrolment)
        return link is not None and link.status == LinkStatus.REVOKED

    async def cip_status(self, enrolment: Enrolment) -> str | None:
        """Return the partner's CIP status of the sender, empty when it says none.

        None while it cannot be asked. Never raises.
        """
        link = await self._look(enrolment)
        if link is None:
            return None
        return str(link.user.cip_status) if link.user else ""

    async def _look(self, enrolment: Enrolment) -> Link | None:
        try:
            async with asyncio.timeout(self._settings.partner_timeout_seconds):
                return await self._client.get_link(enrolment.link_id)
        except (PartnerError, TimeoutError) as error:
            code = error.code if isinstance(error, PartnerError) else "timeout"
            log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", code=code)
            return None

    async def _readiness(self, link: Link) -> tuple[bool, tuple[str, ...]]:
        try:
            found = await self._client.cip_readiness(link.link_id)
        except PartnerRefusedError as error:
            # The route is inferred: where it is missing, the link's page does the whole check.
            if error.status != ROUTE_MISSING:
                raise
            return False, ()
        return found.ready, found.missing_fields

    async def _without_check(self, enrolment: Enrolment, link: Link) -> Made:
        """Take the link back when the check was refused. Raises PartnerError unless it is done."""
        found = await self._client.get_link(link.link_id)
        status = found.user.cip_status if found.user else ""
        is_verified = status == CipStatus.VERIFIED
        await self._client.revoke_link(link.link_id, NOT_NEEDED if is_verified else NOT_POSSIBLE)
        if not is_verified:
            raise PartnerRefusedError("m2m", NOT_POSSIBLE, partner_code="CIP_REFUSED", status=409)
        return Made(enrolment=replace(enrolment, link_id=link.link_id), is_verified=True)

    def _metadata(self, turn: Turn, enrolment: Enrolment) -> JsonObject:
        addresses = self._callbacks.of_ticket(enrolment.id, enrolment.actions, turn.now)
        return (
            {
                "purpose": enrolment.purpose,
                "language": turn.language,
                "allowedActions": " ".join(enrolment.actions),
            }
            | self._links.return_url(turn)
            | {f"callback_{name}": address for name, address in addresses.items()}
        )
