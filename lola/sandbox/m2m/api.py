"""The HTTP side of the M2M Partner API's stand-in (reference/m2m.md 2 and 5).

Keys, rate limits, envelopes and error bodies. The rules of the domain are in
`lola.sandbox.m2m.platform`.
"""

import json
import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.partners.m2m.contract import ROUTES
from lola.sandbox.clock import SandboxClock
from lola.sandbox.m2m import request_schemas as schemas
from lola.sandbox.m2m import views
from lola.sandbox.m2m.errors import InvalidRequestError, RefusedError
from lola.sandbox.m2m.listing import Listing
from lola.sandbox.m2m.platform import Platform
from lola.sandbox.m2m.rows import Link, Partner, User

WINDOW_SECONDS = 60
CREATE_LIMIT = 100
OTHER_LIMIT = 1000
ALTERNATIVE_METHODS = {"update_settings": "PUT", "update_webhook_url": "PATCH"}
"""Updates whose method is inferred: the other likely one is accepted too (reference/m2m.md 9.1)."""

Item = TypeVar("Item")
_Handler = Callable[[web.Request, Partner], Awaitable[web.Response]]


class RateLimit:
    """A fixed window of one minute per key and kind of route (reference/m2m.md 2.7 and 9.3)."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, int], tuple[int, int]] = {}

    def take(self, key: str, limit: int) -> int:
        """Count a request; return 0, or the whole seconds until the next window."""
        now = self._clock().timestamp()
        window = int(now // WINDOW_SECONDS)
        known, count = self._windows.get((key, limit), (window, 0))
        count = count + 1 if known == window else 1
        self._windows[key, limit] = (window, count)
        return 0 if count <= limit else math.ceil((window + 1) * WINDOW_SECONDS - now)


class PartnerApi:
    """The partner routes."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._rate = RateLimit(platform.clock)

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Add the 22 operations below `prefix`."""
        handlers: dict[str, _Handler] = {
            "create_link": self._create_link,
            "list_links": self._list_links,
            "get_link": self._get_link,
            "revoke_link": self._revoke_link,
            "link_activity": self._link_activity,
            "profile": self._profile,
            "get_settings": self._get_settings,
            "update_settings": self._update_settings,
            "list_users": self._list_users,
            "get_user": self._get_user,
            "block_user": self._block_user,
            "unblock_user": self._unblock_user,
            "list_operations": self._list_operations,
            "get_operation": self._get_operation,
            "fulfill_data_request": self._fulfill_data_request,
            "cip_readiness": self._cip_readiness,
            "create_cip_ticket": self._create_cip_ticket,
            "get_webhook_config": self._get_webhook_config,
            "update_webhook_url": self._update_webhook_url,
            "list_deliveries": self._list_deliveries,
            "get_delivery": self._get_delivery,
            "regenerate_secret": self._regenerate_secret,
        }
        for name, route in ROUTES.items():
            limit = CREATE_LIMIT if name == "create_link" else OTHER_LIMIT
            guarded = self._guard(handlers[name], limit)
            app.router.add_route(route.method, prefix + route.path, guarded)
            if method := ALTERNATIVE_METHODS.get(name):
                app.router.add_route(method, prefix + route.path, guarded)

    def _guard(
        self, handler: _Handler, limit: int
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            key = request.headers.get("X-API-Key")
            if key is None:
                message = "Missing authentication. Provide X-API-Key or Bearer token."
                return _bare(401, "UNAUTHORIZED", message)
            partner = self._platform.partners.authenticate(key)
            if partner is None:
                return _bare(401, "INVALID_API_KEY", "Invalid or revoked API key")
            if partner.status == "suspended":
                message = "Partner account is suspended or not found"
                return _bare(403, "PARTNER_SUSPENDED", message)
            if self._platform.limits_requests and (wait := self._rate.take(key, limit)):
                return _failure(
                    RefusedError(429, "RATE_LIMIT_EXCEEDED", "Too many requests"),
                    headers={"Retry-After": str(wait)},
                )
            try:
                return await handler(request, partner)
            except RefusedError as error:
                return _failure(error)

        return guarded

    async def _create_link(self, request: web.Request, partner: Partner) -> web.Response:
        link = self._platform.create_link(partner, schemas.read_create(await _json(request)))
        return _success(views.created_view(link, self._platform.links.url(link)), status=201)

    async def _list_links(self, request: web.Request, partner: Partner) -> web.Response:
        query = schemas.check(schemas.LinkQuery, dict(request.query))
        filters = query.filters()
        if visibility := filters.pop("visibility", None):
            now = self._platform.now()
            filters["alive_at" if visibility == "active" else "over_at"] = now
        return _page(self._platform.links.list, partner, query, filters, self._link_item)

    async def _get_link(self, request: web.Request, partner: Partner) -> web.Response:
        return _success(self._platform.details(self._link(request, partner)))

    async def _revoke_link(self, request: web.Request, partner: Partner) -> web.Response:
        reason = schemas.read_reason(await _json(request, optional=True))
        link = self._platform.links.revoke(self._link(request, partner), reason)
        return _success(
            {"linkId": link.link_id, "status": link.status, "revokedAt": link.revoked_at}
        )

    async def _link_activity(self, request: web.Request, partner: Partner) -> web.Response:
        link = self._link(request, partner)
        return _success(views.activity_view(link, self._platform.activity.of(link.link_id)))

    async def _profile(self, _request: web.Request, partner: Partner) -> web.Response:
        return _success(views.profile_view(partner))

    async def _get_settings(self, _request: web.Request, partner: Partner) -> web.Response:
        return _success(views.settings_view(partner))

    async def _update_settings(self, request: web.Request, partner: Partner) -> web.Response:
        changes = schemas.read_settings(await _json(request))
        return _success(
            views.settings_view(self._platform.partners.update_settings(partner, changes))
        )

    async def _list_users(self, request: web.Request, partner: Partner) -> web.Response:
        query = schemas.check(schemas.UserQuery, dict(request.query))
        users = self._platform.users
        return _page(users.list, partner, query, query.filters(), views.user_view)

    async def _get_user(self, request: web.Request, partner: Partner) -> web.Response:
        users, user = self._platform.users, self._user(request, partner)
        return _success(views.user_details(user, users.data(user.user_id), users.stats(user)))

    async def _block_user(self, request: web.Request, partner: Partner) -> web.Response:
        reason = schemas.read_reason(await _json(request, optional=True), limited=True)
        user = self._platform.users.block(self._user(request, partner), reason)
        return _success(
            {
                "userId": user.user_id,
                "blocked": True,
                "blockedAt": user.blocked_at,
                "reason": user.blocked_reason,
            }
        )

    async def _unblock_user(self, request: web.Request, partner: Partner) -> web.Response:
        user = self._user(request, partner)
        self._platform.users.unblock(user)
        return _success({"userId": user.user_id, "blocked": False})

    async def _list_operations(self, request: web.Request, partner: Partner) -> web.Response:
        query = schemas.check(schemas.OperationQuery, dict(request.query))
        operations = self._platform.operations
        return _page(operations.list, partner, query, query.filters(), views.operation_view)

    async def _get_operation(self, request: web.Request, partner: Partner) -> web.Response:
        operations = self._platform.operations
        operation = operations.get_of(partner, request.match_info["operation_id"])
        timeline = operations.timeline(operation)
        return _success(views.operation_view(operation) | {"timeline": timeline})

    async def _fulfill_data_request(self, request: web.Request, partner: Partner) -> web.Response:
        reference, data = schemas.read_fulfill(await _json(request))
        done = self._platform.requests.fulfill(
            partner, request.match_info["request_id"], reference, data
        )
        return _success(
            {
                "dataRequestId": done.request_id,
                "status": "fulfilled",
                "linkId": done.link_id,
                "message": "User data received and merged successfully",
                "fulfilledAt": done.fulfilled_at,
            }
        )

    async def _cip_readiness(self, request: web.Request, partner: Partner) -> web.Response:
        link = self._link(request, partner)
        missing = self._platform.cip.missing(link)
        return _success(
            {"linkId": link.link_id, "ready": not missing, "missingFields": list(missing)}
        )

    async def _create_cip_ticket(self, request: web.Request, partner: Partner) -> web.Response:
        link_id = schemas.read_ticket(await _json(request))
        link = self._platform.links.get_of(partner, link_id)
        ticket = self._platform.cip.create_ticket(link)
        return _success(
            {
                "ticketId": ticket.ticket_id,
                "linkId": link.link_id,
                "status": ticket.status,
                "widgetUrl": self._platform.links.url(link),
                "expiresAt": link.expires_at,
                "createdAt": ticket.created_at,
            },
            status=201,
        )

    async def _get_webhook_config(self, _request: web.Request, partner: Partner) -> web.Response:
        return _success(views.webhook_view(partner))

    async def _update_webhook_url(self, request: web.Request, partner: Partner) -> web.Response:
        url = schemas.read_webhook(await _json(request))
        return _success(views.webhook_view(self._platform.partners.set_webhook_url(partner, url)))

    async def _list_deliveries(self, request: web.Request, partner: Partner) -> web.Response:
        query = schemas.check(schemas.DeliveryQuery, dict(request.query))
        deliveries = self._platform.deliveries
        return _page(deliveries.list, partner, query, query.filters(), views.delivery_view)

    async def _get_delivery(self, request: web.Request, partner: Partner) -> web.Response:
        delivery = self._platform.deliveries.get_of(partner, request.match_info["delivery_id"])
        payload = json.loads(delivery.payload)
        return _success(views.delivery_view(delivery) | {"payload": payload})

    async def _regenerate_secret(self, _request: web.Request, partner: Partner) -> web.Response:
        # The only documented success without an envelope (reference/m2m.md 5.21).
        return web.json_response(
            {
                "webhookSecret": self._platform.partners.regenerate_secret(partner),
                "message": "Copy this secret now. You will not be able to see it again.",
            }
        )

    def _link(self, request: web.Request, partner: Partner) -> Link:
        return self._platform.links.get_of(partner, request.match_info["link_id"])

    def _user(self, request: web.Request, partner: Partner) -> User:
        return self._platform.users.get_of(partner, request.match_info["user_id"])

    def _link_item(self, link: Link) -> JsonObject:
        data = self._platform.users.data(link.user_id)
        return views.link_view(link, self._platform.links.url(link), data)


def _page(
    listing: Listing[Item],
    partner: Partner,
    query: schemas.ListQuery,
    filters: dict[str, object],
    view: Callable[[Item], JsonObject],
) -> web.Response:
    page = listing.page(query.page, query.limit, partner=partner.partner_id, **filters)
    items = [view(item) for item in page.items]
    return _success({"items": items, "pagination": page.pagination()})


async def _json(request: web.Request, *, optional: bool = False) -> Any:
    raw = await request.read()
    if optional and not raw:
        return {}
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidRequestError("The body is not JSON") from None


def _success(data: JsonObject, status: int = 200) -> web.Response:
    return web.json_response({"success": True, "data": data}, status=status)


def _failure(error: RefusedError, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(
        {"success": False, "error": {"code": error.code, "message": str(error)}},
        status=error.status,
        headers=headers,
    )


def _bare(status: int, code: str, message: str) -> web.Response:
    """Build an authentication error, documented without the envelope (reference/m2m.md 2.3)."""
    return web.json_response({"code": code, "message": message}, status=status)
