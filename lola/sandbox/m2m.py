"""The M2M Partner API's stand-in: the HTTP side of magic links (reference/m2m.md 2, 5.1-5.4).

Keys, limits, envelopes, pages and error bodies as documented. It decides nothing about a link's
life: that is `lola.sandbox.links`.
"""

import hmac
import json
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from lola.messages import JsonObject
from lola.partners.http import Route
from lola.partners.m2m import ROUTES
from lola.sandbox._m2m_wire import (
    InvalidRequestError,
    ListQuery,
    mask_user_data,
    read_create,
    read_list,
    read_revoke,
)
from lola.sandbox.clock import SandboxClock
from lola.sandbox.links import LinkGoneError, Links

WINDOW_SECONDS = 60
CREATE_LIMIT = 100
OTHER_LIMIT = 1000
ITEM_FIELDS = (
    "linkId",
    "referenceId",
    "status",
    "url",
    "expiresAt",
    "createdAt",
    "openedAt",
    "userId",
    "operationId",
)
CREATED_FIELDS = ("linkId", "referenceId", "status", "url", "token", "expiresAt", "createdAt")
DETAIL_FIELDS = (
    "flow",
    "theme",
    "language",
    "callbackUrl",
    "metadata",
    "revokedAt",
    "revokeReason",
)
OPERATION_FIELDS = ("operationId", "status", "amount", "createdAt")

_Handler = Callable[[web.Request], Awaitable[web.Response]]


class RateLimit:
    """A fixed one-minute window per key and kind of route (reference/m2m.md 2.7 and 9.3)."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._windows: dict[str, tuple[int, int]] = {}

    def take(self, kind: str, limit: int) -> int:
        """Count a request; answer 0, or the whole seconds until the next window."""
        now = self._clock().timestamp()
        window = int(now // WINDOW_SECONDS)
        known, count = self._windows.get(kind, (window, 0))
        count = count + 1 if known == window else 1
        self._windows[kind] = (window, count)
        return 0 if count <= limit else math.ceil((window + 1) * WINDOW_SECONDS - now)


class M2MStub:
    """The partner routes of one account."""

    def __init__(self, *, links: Links, clock: SandboxClock, api_key: str) -> None:
        self._links = links
        self._clock = clock
        self._api_key = api_key
        self.suspended = False
        self._rate = RateLimit(clock)

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Hang the routes below `prefix`."""
        for name, handler in (
            ("create_link", self._create),
            ("list_links", self._list),
            ("get_link", self._details),
            ("revoke_link", self._revoke),
        ):
            route: Route = ROUTES[name]
            limit = CREATE_LIMIT if name == "create_link" else OTHER_LIMIT
            app.router.add_route(route.method, prefix + route.path, self._guard(handler, limit))

    def _guard(self, handler: _Handler, limit: int) -> _Handler:
        async def guarded(request: web.Request) -> web.Response:
            if refusal := self._authenticate(request):
                return refusal
            if wait := self._rate.take(str(limit), limit):
                return _failure(
                    429,
                    "RATE_LIMIT_EXCEEDED",
                    "Too many requests",
                    headers={"Retry-After": str(wait)},
                )
            try:
                return await handler(request)
            except InvalidRequestError as error:
                return _failure(400, "INVALID_REQUEST", str(error))

        return guarded

    def _authenticate(self, request: web.Request) -> web.Response | None:
        """Answer the bare refusal of reference/m2m.md 2.3, or None for a good key."""
        given = request.headers.get("X-API-Key")
        if given is None:
            return _bare(
                401, "UNAUTHORIZED", "Missing authentication. Provide X-API-Key or Bearer token."
            )
        raw = given.encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(raw, self._api_key.encode()):
            return _bare(401, "INVALID_API_KEY", "Invalid or revoked API key")
        if self.suspended:
            return _bare(403, "PARTNER_SUSPENDED", "Partner account is suspended or not found")
        return None

    async def _create(self, request: web.Request) -> web.Response:
        body = read_create(await _json(request))
        link = self._links.create(body)
        if link is None:
            return _failure(
                409, "ACTIVE_LINK_EXISTS", "An active link already exists for this user"
            )
        return _success({name: link[name] for name in CREATED_FIELDS}, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        query = read_list(dict(request.query))
        found = [link for link in self._links.all() if self._matches(link, query)]
        start = (query.page - 1) * query.limit
        return _success(
            {
                "items": [_item(link) for link in found[start : start + query.limit]],
                "pagination": {
                    "page": query.page,
                    "limit": query.limit,
                    "total": len(found),
                    "totalPages": math.ceil(len(found) / query.limit),
                },
            }
        )

    async def _details(self, request: web.Request) -> web.Response:
        link = self._links.find(request.match_info["link_id"])
        return _unknown() if link is None else _success(self._detail(link))

    async def _revoke(self, request: web.Request) -> web.Response:
        reason = read_revoke(await _json(request, optional=True))
        link = self._links.find(request.match_info["link_id"])
        if link is None:
            return _unknown()
        try:
            link = self._links.revoke(link, reason)
        except LinkGoneError as error:
            return _failure(409, "INVALID_REQUEST", f"The link is {error.state}")
        return _success({name: link[name] for name in ("linkId", "status", "revokedAt")})

    def _detail(self, link: JsonObject) -> JsonObject:
        operation = self._links.operation(link["operationId"] or "")
        user = self._links.user(link["referenceId"])
        return _item(link) | {
            **{name: link[name] for name in DETAIL_FIELDS},
            "user": {name: user[name] for name in ("userId", "cipStatus", "blocked")},
            "operation": operation
            and {name: operation[name] for name in OPERATION_FIELDS if name in operation},
        }

    def _matches(self, link: JsonObject, query: ListQuery) -> bool:
        created = datetime.fromisoformat(link["createdAt"])
        expired, revoked = self._links.is_expired(link), link["status"] == "revoked"
        return (
            query.reference_id in {None, link["referenceId"]}
            and query.status in {None, link["status"]}
            and (query.created_from is None or created >= _utc(query.created_from))
            and (query.created_to is None or created <= _utc(query.created_to))
            and (query.visibility is None or not revoked)
            and (query.visibility is None or expired == (query.visibility == "expired"))
        )


def _utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _item(link: JsonObject) -> JsonObject:
    shown = {name: link[name] for name in ITEM_FIELDS if link[name] is not None}
    data = mask_user_data(link["userData"])
    return shown | ({"userData": data} if data else {})


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


def _failure(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    return web.json_response(
        {"success": False, "error": {"code": code, "message": message}},
        status=status,
        headers=headers,
    )


def _bare(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)


def _unknown() -> web.Response:
    return _failure(404, "RESOURCE_NOT_FOUND", "Resource not found")
