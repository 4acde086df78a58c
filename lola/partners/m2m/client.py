"""The M2M client of the service: the Partner API, and exactly one link per ticket.

It has no state: the result of an earlier attempt is found by asking the partner.
"""

from typing import Unpack

from lola.domain.messages import JsonObject
from lola.errors import PartnerError, PartnerRefusedError, PartnerUnavailableError
from lola.partners.m2m.api import PARTNER, M2MApi
from lola.partners.m2m.model import Link, LinkOptions

ACTIVE_LINK_EXISTS = "ACTIVE_LINK_EXISTS"
ENSURE_ATTEMPTS = 3


class M2MClient(M2MApi):
    """The Partner API with an idempotent creation of links."""

    async def ensure_link(
        self,
        *,
        reference_id: str,
        ticket_id: str,
        metadata: JsonObject,
        **options: Unpack[LinkOptions],
    ) -> Link:
        """Return the one link of a ticket, however often it is called.

        When the sender already has an active link, or the outcome of a creation is unknown, the
        active links are listed before anything is created again: the ticket's own link is used
        again, another ticket's is revoked. `ticketId` is put into the metadata for that purpose.
        """
        metadata = metadata | {"ticketId": ticket_id}
        problem: PartnerError | None = None
        for _ in range(ENSURE_ATTEMPTS):
            try:
                return await self.create_link(reference_id, metadata, **options)
            except PartnerUnavailableError as error:
                problem = error
            except PartnerRefusedError as error:
                if error.partner_code != ACTIVE_LINK_EXISTS:
                    raise
                problem = error
            if own := await self._find_or_revoke(reference_id, ticket_id):
                return own
        raise problem or PartnerUnavailableError(PARTNER, "no link could be made")

    async def _find_or_revoke(self, reference_id: str, ticket_id: str) -> Link | None:
        """Return the ticket's own active link, or revoke those of the sender's other tickets."""
        links = self.list_links(reference_id=reference_id, visibility="active")
        details = [
            await self.get_link(link.link_id)
            for link in [link async for link in links]
            if link.reference_id == reference_id
        ]
        for link in details:
            if (link.metadata or {}).get("ticketId") == ticket_id:
                return link
        for link in details:
            # A used link is kept: revoking it could stop a transfer that the sender approved.
            if not link.operation_id:
                await self._revoke_if_open(link)
        return None

    async def _revoke_if_open(self, link: Link) -> None:
        try:
            await self.revoke_link(link.link_id, "replaced by a newer ticket")
        except PartnerRefusedError as error:
            # It ended between listing and revoking, which has the same effect.
            if error.status not in {400, 404, 409}:
                raise
