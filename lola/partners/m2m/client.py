"""The client of the M2M Partner API for magic links (reference/m2m.md 2 and 5.1-5.4).

It makes links and takes them back; it moves no money and holds no state. An answer that is not as
promised is an outage, never a guess.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Literal, Unpack

import aiohttp

from lola.errors import (
    ConfigurationError,
    PartnerError,
    PartnerRefusedError,
    PartnerUnavailableError,
)
from lola.messages import JsonObject
from lola.partners.http import JsonClient
from lola.partners.m2m.model import Link, LinkOptions, LinkStatus, create_body, read_link
from lola.partners.m2m.routes import ROUTES

PARTNER = "m2m"
ACTIVE_LINK_EXISTS = "ACTIVE_LINK_EXISTS"
PAGE_SIZE = 100
ENSURE_ATTEMPTS = 3

Environment = Literal["sandbox", "production"]

BASE_URLS: Mapping[Environment, str] = {
    "sandbox": "https://api.sandbox.m2m.leapfinancial.com",
    "production": "https://api.m2m.leapfinancial.com",
}
KEY_PREFIXES: Mapping[Environment, str] = {"sandbox": "m2m_test_", "production": "m2m_live_"}


class M2MClient:
    """Magic links of one partner account. Every method raises PartnerError.

    `base_url` is empty for the environment's own address; `timeout` is in seconds per call.
    Raises ConfigurationError when the key belongs to the other environment.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        timeout: float,
        environment: Environment,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if not api_key.startswith(KEY_PREFIXES[environment]):
            raise ConfigurationError(
                "M2M_API_KEY",
                f"does not start with {KEY_PREFIXES[environment]}",
                hint=f"the M2M environment is {environment}",
            )
        self._http = JsonClient(
            http,
            partner=PARTNER,
            base_url=base_url or BASE_URLS[environment],
            headers={"X-API-Key": api_key},
            timeout=timeout,
            error_code=_error_code,
            sleep=sleep,
        )

    async def create_link(
        self,
        reference_id: str,
        metadata: JsonObject | None = None,
        **options: Unpack[LinkOptions],
    ) -> Link:
        """Create a link. PartnerRefusedError with `ACTIVE_LINK_EXISTS`: the sender has one.

        After PartnerUnavailableError nobody knows whether a link exists now: see `ensure_link`.
        """
        body = create_body(reference_id, metadata or {}, options)
        return self._link(await self._call("create_link", body=body))

    async def get_link(self, link_id: str) -> Link:
        """Answer one link with its metadata; `RESOURCE_NOT_FOUND` for a foreign or unknown one."""
        return self._link(await self._call("get_link", path={"link_id": link_id}))

    async def list_links(
        self,
        *,
        reference_id: str = "",
        visibility: Literal["", "active", "expired"] = "",
        status: LinkStatus | None = None,
    ) -> AsyncIterator[Link]:
        """Answer the links page by page; empty filters are left out (reference/m2m.md 5.2)."""
        filters = {"referenceId": reference_id, "visibility": visibility, "status": status or ""}
        query = {name: value for name, value in filters.items() if value}
        page, pages = 1, 1
        while page <= pages:
            paging = {"page": str(page), "limit": str(PAGE_SIZE)}
            data = await self._call("list_links", query=query | paging)
            items, pages = _page(data)
            for item in items:
                yield self._link(item)
            if not items:
                return
            page += 1

    async def revoke_link(self, link_id: str, reason: str = "") -> None:
        """Revoke a link that was created or opened; other states are refused."""
        body = {"reason": reason} if reason else {}
        await self._call("revoke_link", path={"link_id": link_id}, body=body)

    async def ensure_link(
        self,
        *,
        reference_id: str,
        ticket_id: str,
        metadata: JsonObject,
        **options: Unpack[LinkOptions],
    ) -> Link:
        """Answer the one link of a ticket, however often it is asked for.

        Where the sender already has an active link, or the outcome of a creation is unknown, our
        active links are looked up before anything is created again: the ticket's own is used
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
            if own := await self._clear_way(reference_id, ticket_id):
                return own
        raise problem or PartnerUnavailableError(PARTNER, "no link could be made")

    async def _clear_way(self, reference_id: str, ticket_id: str) -> Link | None:
        """Answer the ticket's own active link, or revoke those of the sender's other tickets."""
        links = self.list_links(reference_id=reference_id, visibility="active")
        details = [
            await self.get_link(link.link_id)
            for link in [link async for link in links]
            if link.reference_id == reference_id
        ]
        for link in details:
            if link.metadata.get("ticketId") == ticket_id:
                return link
        for link in details:
            # A used link stays: revoking it could stop a transfer that the sender approved.
            if not link.operation_id:
                await self._revoke_if_open(link)
        return None

    async def _revoke_if_open(self, link: Link) -> None:
        try:
            await self.revoke_link(link.link_id, "replaced by a newer ticket")
        except PartnerRefusedError as error:
            # It ended between listing and revoking, which is all we wanted.
            if error.status not in {400, 404, 409}:
                raise

    async def _call(self, name: str, **request: Any) -> Any:
        route = ROUTES[name]
        answer = await self._http.call(route, **request)
        if isinstance(answer, dict) and answer.get("success") is False:
            self._http.refuse(route, answer, 200)
        if isinstance(answer, dict) and "success" in answer and "data" in answer:
            return answer["data"]
        return answer

    def _link(self, data: Any) -> Link:
        try:
            return read_link(data)
        except ValueError as error:
            raise PartnerUnavailableError(PARTNER, f"answered with {error}") from None


def _error_code(answer: Any) -> object:
    """Read the enveloped form and the bare one of authentication errors (m2m.md 2.3, 2.4)."""
    if not isinstance(answer, dict):
        return None
    error = answer.get("error")
    return error.get("code") if isinstance(error, dict) else answer.get("code")


def _page(data: Any) -> tuple[list[Any], int]:
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise PartnerUnavailableError(PARTNER, "answered with a list that has no items")
    pagination = data.get("pagination")
    pages = pagination.get("totalPages") if isinstance(pagination, dict) else None
    return items, pages if isinstance(pages, int) else 1
