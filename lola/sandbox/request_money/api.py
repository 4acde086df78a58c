"""The HTTP side of the Request Money stand-in (reference/request-api.md 4) and its document."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import hdrs, web

from lola.domain.messages import JsonObject
from lola.partners.http import decode, encode
from lola.sandbox.request_money.platform import RequestMoneyPlatform
from lola.sandbox.request_money.refusals import RequestRefusal, unauthorized
from lola.sandbox.request_money.schemas import check_reference

DOCUMENT = Path(__file__).with_name("openapi.json")
REFERENCE = "referenceId"
INTERNAL = "/v1/internal/remittances/status"

Call = Callable[[web.Request, JsonObject], Awaitable[web.Response]]


class RequestMoneyApi:
    """The two public calls, the internal status update, and the OpenAPI document."""

    def __init__(self, platform: RequestMoneyPlatform) -> None:
        self._platform = platform
        self._prefix = ""

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Add the routes below `prefix`."""
        self._prefix = prefix
        add = app.router.add_route
        add("POST", f"{prefix}/v1/request-money", self._of_partner(self._create))
        add("GET", f"{prefix}/v1/request-money/{{reference}}", self._of_partner(self._read))
        add("PATCH", f"{prefix}{INTERNAL}", self._update)
        add("GET", f"{prefix}/openapi.json", self._document)

    def _of_partner(self, call: Call) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            partner = self._platform.authenticate(request.headers.get("X-API-Key", ""))
            if partner is None:
                return _refused(unauthorized())
            return await call(request, partner)

        return guarded

    async def _create(self, request: web.Request, partner: JsonObject) -> web.Response:
        body = await _body(request)
        try:
            return _json(self._platform.create(partner, body), 201)
        except Exception as error:  # noqa: BLE001 - any fault is a documented event
            return self._failed(request, partner, error, body)

    async def _read(self, request: web.Request, partner: JsonObject) -> web.Response:
        """Return the public status; no error of this call is reported by a webhook."""
        try:
            reference = check_reference(request.match_info["reference"])
            return _json(self._platform.read(partner, reference))
        except RequestRefusal as refusal:
            return _refused(refusal)

    async def _update(self, request: web.Request) -> web.Response:
        given = request.headers.get(hdrs.AUTHORIZATION, "")
        if not self._platform.opens_status(given.removeprefix("Bearer ")):
            return _refused(unauthorized())
        body = await _body(request)
        partner = self._platform.partner(_text(body, "partnerId"))
        try:
            return _json(self._platform.update(body))
        except Exception as error:  # noqa: BLE001 - any fault is a documented event
            return self._failed(request, partner, error, body)

    async def _document(self, _request: web.Request) -> web.Response:
        return web.Response(body=DOCUMENT.read_bytes(), content_type="application/json")

    def _failed(
        self,
        request: web.Request,
        partner: JsonObject | None,
        error: Exception,
        body: JsonObject | None,
    ) -> web.Response:
        """Return the response of a failed call, after reporting it to the partner."""
        refusal = error if isinstance(error, RequestRefusal) else None
        if refusal is None:
            refusal = RequestRefusal(500, "Error", "Internal server error")
        if partner is not None:
            self._platform.note_error(
                partner,
                refusal,
                path=request.path.removeprefix(self._prefix),
                method=request.method,
                reference=_text(body, REFERENCE),
            )
        return _refused(refusal)


def document() -> JsonObject:
    """Return the OpenAPI document."""
    found: JsonObject = json.loads(DOCUMENT.read_text())
    return found


async def _body(request: web.Request) -> JsonObject | None:
    try:
        # Through JSON again: a Decimal is no JSON for the store.
        body = json.loads(encode(decode(await request.read())))
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _text(body: JsonObject | None, name: str) -> str:
    value = (body or {}).get(name)
    return value if isinstance(value, str) else ""


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=encode(body), content_type="application/json", status=status)


def _refused(refusal: RequestRefusal) -> web.Response:
    return _json(refusal.body, refusal.status)
