"""The 22 operations of the M2M Partner API (reference/m2m.md 2 and 5).

It moves no money and has no state. A response of another shape is an outage. Where a docstring says
*inferred*, the documentation does not show the route or the shape: both are in
`lola.partners.m2m.contract`, and a bank can correct them by a setting.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal, Unpack

import aiohttp
from pydantic.alias_generators import to_camel

from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError, PartnerUnavailableError
from lola.partners.http import JsonClient, Observe, ignore
from lola.partners.m2m import model
from lola.partners.m2m.contract import DOCUMENTED, Contract
from lola.partners.m2m.model import Shape, instant

PARTNER = "m2m"
PAGE_SIZE = 100

Environment = Literal["sandbox", "production"]

BASE_URLS: Mapping[Environment, str] = {
    "sandbox": "https://api.sandbox.m2m.leapfinancial.com",
    "production": "https://api.m2m.leapfinancial.com",
}
KEY_PREFIXES: Mapping[Environment, str] = {"sandbox": "m2m_test_", "production": "m2m_live_"}


class M2MApi:
    """The API of one partner account. Every operation raises PartnerError.

    PartnerRefusedError is a refusal with the partner's own code, also an unknown one;
    PartnerUnavailableError is everything else. `Retry-After` of a 429 is honoured as long as the
    timeout allows. An empty `base_url` means the environment's own address; `timeout` is in
    seconds per call. The constructor raises ConfigurationError when the key belongs to the other
    environment (2.1).
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        timeout: float,
        environment: Environment,
        contract: Contract = DOCUMENTED,
        observe: Observe = ignore,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if not api_key.startswith(KEY_PREFIXES[environment]):
            raise ConfigurationError(
                "M2M_API_KEY",
                f"does not start with {KEY_PREFIXES[environment]}",
                hint=f"the M2M environment is {environment}",
            )
        self._contract = contract
        self._http = JsonClient(
            http,
            partner=PARTNER,
            base_url=base_url or BASE_URLS[environment],
            headers={"X-API-Key": api_key},
            timeout=timeout,
            error_code=_error_code,
            observe=observe,
            sleep=sleep,
        )

    async def create_link(
        self,
        reference_id: str,
        metadata: JsonObject | None = None,
        **options: Unpack[model.LinkOptions],
    ) -> model.Link:
        """Create a link (5.1). `ACTIVE_LINK_EXISTS`: the sender has one already.

        After PartnerUnavailableError it is unknown whether a link exists: see `ensure_link`.
        """
        body = model.create_body(reference_id, metadata or {}, options)
        return await self._read("create_link", model.Link, body=body)

    def list_links(
        self,
        *,
        reference_id: str = "",
        visibility: Literal["", "active", "expired"] = "",
        status: model.LinkStatus | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
    ) -> AsyncIterator[model.Link]:
        """Iterate over the links, page by page; empty filters are left out (5.2)."""
        filters = {
            "referenceId": reference_id,
            "visibility": visibility,
            "status": status,
            "from": created_from,
            "to": created_to,
        }
        return self._pages("list_links", model.Link, filters)

    async def links_page(
        self,
        number: int,
        *,
        status: model.LinkStatus,
        visibility: str = "",
        created_from: datetime | None = None,
    ) -> model.Page[model.Link]:
        """Return one page of the links, from 1; items that cannot be read are only counted."""
        filters = {"status": status, "visibility": visibility, "from": created_from}
        return await self._read_page("list_links", model.Link, filters, number)

    async def get_link(self, link_id: str) -> model.Link:
        """Return one link with metadata, masked user data, identity and transfer (5.3).

        The route and the shape are inferred.
        """
        return await self._read("get_link", model.Link, path={"link_id": link_id})

    async def revoke_link(self, link_id: str, reason: str = "") -> model.Revocation:
        """Revoke a link that was created or opened; other states are refused (5.4)."""
        return await self._read(
            "revoke_link", model.Revocation, path={"link_id": link_id}, body=_reason(reason)
        )

    async def link_activity(self, link_id: str) -> tuple[model.ActivityStep, ...]:
        """Return the timeline of a link, oldest first (5.5). Route and shape are inferred."""
        name = "link_activity"
        data = self._contract.incoming(name, await self._call(name, path={"link_id": link_id}))
        items = [self._contract.incoming(name, item) for item in _items(data)]
        return tuple(self._value(model.ActivityStep, item) for item in items)

    async def profile(self) -> model.Profile:
        """Return the partner account behind the key (5.6). Route and shape are inferred."""
        return await self._read("profile", model.Profile)

    async def get_settings(self) -> model.PartnerSettings:
        """Return the partner's settings (5.7). Route and shape are inferred."""
        return await self._read("get_settings", model.PartnerSettings)

    async def update_settings(
        self, **changes: Unpack[model.SettingChanges]
    ) -> model.PartnerSettings:
        """Change the named settings and return all (5.8). Route and shape are inferred."""
        body = {to_camel(name): value for name, value in changes.items()}
        return await self._read("update_settings", model.PartnerSettings, body=body)

    def list_users(
        self,
        *,
        reference_id: str = "",
        cip_status: model.CipStatus | None = None,
        blocked: bool | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
    ) -> AsyncIterator[model.User]:
        """Iterate over the partner's users, page by page (5.9). Route and names are inferred."""
        filters = {
            "referenceId": reference_id,
            "cipStatus": cip_status,
            "blocked": blocked,
            "from": created_from,
            "to": created_to,
        }
        return self._pages("list_users", model.User, filters)

    async def get_user(self, user_id: str) -> model.User:
        """Return one user, masked, with block and statistics (5.10). Inferred."""
        return await self._read("get_user", model.User, path={"user_id": user_id})

    async def block_user(self, user_id: str, reason: str = "") -> model.Block:
        """Block a user: no new links, no completed transfers (5.11). The path is inferred.

        `reason` has 500 characters at most; the partner refuses more.
        """
        return await self._read(
            "block_user", model.Block, path={"user_id": user_id}, body=_reason(reason)
        )

    async def unblock_user(self, user_id: str) -> model.Block:
        """Lift a block (5.12)."""
        return await self._read("unblock_user", model.Block, path={"user_id": user_id})

    def list_operations(
        self,
        *,
        reference_id: str = "",
        user_id: str = "",
        link_id: str = "",
        status: model.OperationStatus | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
    ) -> AsyncIterator[model.Operation]:
        """Iterate over the transfers, page by page (5.13)."""
        filters = {
            "referenceId": reference_id,
            "userId": user_id,
            "linkId": link_id,
            "status": status,
            "from": created_from,
            "to": created_to,
        }
        return self._pages("list_operations", model.Operation, filters)

    async def operations_page(
        self, number: int, *, created_from: datetime, created_to: datetime
    ) -> model.Page[model.Operation]:
        """Return one page of the transfers, from 1; items that cannot be read are only counted."""
        filters = {"from": created_from, "to": created_to}
        return await self._read_page("list_operations", model.Operation, filters, number)

    async def get_operation(self, operation_id: str) -> model.Operation:
        """Return one transfer with its timeline (5.14). Route and timeline are inferred."""
        return await self._read(
            "get_operation", model.Operation, path={"operation_id": operation_id}
        )

    async def fulfill_data_request(
        self, request_id: str, *, reference_id: str, user_data: JsonObject
    ) -> model.Fulfillment:
        """Reply to a data request with the requested fields only (5.15).

        Refused with `REFERENCE_ID_MISMATCH`, `RESOURCE_NOT_FOUND`, or (inferred) `LINK_EXPIRED`
        and, the second time, `INVALID_REQUEST`.
        """
        return await self._read(
            "fulfill_data_request",
            model.Fulfillment,
            path={"request_id": request_id},
            body={"referenceId": reference_id, "userData": user_data},
        )

    async def cip_readiness(self, link_id: str) -> model.Readiness:
        """Return whether a link has what an identity check needs; no side effects (5.16).

        Route and shape are inferred.
        """
        return await self._read("cip_readiness", model.Readiness, path={"link_id": link_id})

    async def create_cip_ticket(self, link_id: str) -> model.CipTicket:
        """Begin an identity check and return the address of its page (5.17).

        Route and shape are inferred.
        """
        return await self._read(
            "create_cip_ticket",
            model.CipTicket,
            path={"link_id": link_id},
            body={"linkId": link_id},
        )

    async def get_webhook_config(self) -> model.WebhookConfig:
        """Return the webhook address and the end of the secret (5.18). Route and shape inferred."""
        return await self._read("get_webhook_config", model.WebhookConfig)

    async def update_webhook_url(self, url: str | None) -> model.WebhookConfig:
        """Set the webhook address, https only; None is off (5.19). The route is inferred."""
        return await self._read("update_webhook_url", model.WebhookConfig, body={"webhookUrl": url})

    def list_deliveries(
        self,
        *,
        event: str = "",
        status: model.DeliveryStatus | None = None,
        link_id: str = "",
        reference_id: str = "",
        user_id: str = "",
        created_from: datetime | None = None,
        created_to: datetime | None = None,
    ) -> AsyncIterator[model.Delivery]:
        """Iterate over the webhook log, page by page (5.20). Route and shape are inferred."""
        filters = {
            "event": event,
            "status": status,
            "linkId": link_id,
            "referenceId": reference_id,
            "userId": user_id,
            "from": created_from,
            "to": created_to,
        }
        return self._pages("list_deliveries", model.Delivery, filters)

    async def get_delivery(self, delivery_id: str) -> model.Delivery:
        """Return one webhook with its payload (5.20). Route and shape are inferred."""
        return await self._read("get_delivery", model.Delivery, path={"delivery_id": delivery_id})

    async def regenerate_secret(self) -> model.NewSecret:
        """Replace the webhook secret and return the new one, shown only here (5.21).

        It is inferred that the old one stops working at once: put both into M2M_WEBHOOK_SECRET
        before the change.
        """
        return await self._read("regenerate_secret", model.NewSecret)

    async def _read(self, name: str, shape: type[Shape], **request: Any) -> Shape:
        data = self._contract.incoming(name, await self._call(name, **request))
        return self._value(shape, data)

    async def _pages(
        self, name: str, shape: type[Shape], filters: Mapping[str, object]
    ) -> AsyncIterator[Shape]:
        page, pages = 1, 1
        while page <= pages:
            items, pages = await self._page(name, filters, page)
            for item in items:
                yield self._value(shape, item)
            if not items:
                return
            page += 1

    async def _read_page(
        self, name: str, shape: type[Shape], filters: Mapping[str, object], number: int
    ) -> model.Page[Shape]:
        items, pages = await self._page(name, filters, number)
        found: list[Shape] = []
        for item in items:
            with suppress(ValueError):
                found.append(model.read(shape, item))
        return model.Page(items=tuple(found), pages=pages, unreadable=len(items) - len(found))

    async def _page(
        self, name: str, filters: Mapping[str, object], number: int
    ) -> tuple[list[Any], int]:
        """Return the items of one page, and how many pages there are."""
        given = {name: _text(value) for name, value in filters.items() if value not in {None, ""}}
        paging = {"page": str(number), "limit": str(PAGE_SIZE)}
        data = await self._call(name, query=given | paging)
        items = [self._contract.incoming(name, item) for item in _items(data)]
        return items, _page_count(data)

    async def _call(self, name: str, **request: Any) -> Any:
        route = self._contract.routes[name]
        for part in ("query", "body"):
            if part in request:
                request[part] = self._contract.outgoing(name, request[part])
        answer = await self._http.call(route, **request)
        if isinstance(answer, dict) and answer.get("success") is False:
            self._http.refuse(route, answer, 200)
        if isinstance(answer, dict) and "success" in answer and "data" in answer:
            return answer["data"]
        return answer

    def _value(self, shape: type[Shape], data: Any) -> Shape:
        try:
            return model.read(shape, data)
        except ValueError as error:
            raise PartnerUnavailableError(PARTNER, f"answered with {error}") from None


def _error_code(answer: Any) -> object:
    """Read the code, with or without envelope (reference/m2m.md 2.3, 2.4)."""
    if not isinstance(answer, dict):
        return None
    error = answer.get("error")
    return error.get("code") if isinstance(error, dict) else answer.get("code")


def _reason(reason: str) -> JsonObject:
    return {"reason": reason} if reason else {}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return instant(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _items(data: Any) -> list[Any]:
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise PartnerUnavailableError(PARTNER, "answered with a list that has no items")
    return items


def _page_count(data: Any) -> int:
    pagination = data.get("pagination")
    pages = pagination.get("totalPages") if isinstance(pagination, dict) else None
    return pages if isinstance(pages, int) else 1
