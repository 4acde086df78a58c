"""The console's access control: sign-in, cross-site requests, and what a browser may load.

A route is closed unless its name is in `OPEN`. A request that changes something must carry the
sign-in's token, in a header or in the form; the cookie alone is not enough.
"""

import hmac

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from lola.console.context import CONSOLE, COOKIE, SIGN_IN
from lola.console.forms import form_of
from lola.console.roles import LEAST, NEEDS, may
from lola.errors import StoreUnavailableError
from lola.telemetry import names

log = structlog.get_logger(__name__)

OPEN = frozenset({"sign_in", "api_sign_in", "static"})
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the protective headers on every response; pages of staff are never cached."""
    response.headers.update(_HEADERS)
    is_static = request.match_info.route.resource is request.app.router["static"]
    response.headers["Cache-Control"] = "no-cache" if is_static else "no-store"


@web.middleware
async def require_sign_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let signed-in people through; redirect everybody else to the sign-in page (API: 401)."""
    try:
        return await _guarded(request, handler)
    except StoreUnavailableError:
        raise web.HTTPServiceUnavailable from None


async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    resource = request.match_info.route.resource
    name = (resource.name if resource else None) or ""
    sign_in = await request.app[CONSOLE].sign_ins.find(request.cookies.get(COOKIE, ""))
    if sign_in is not None:
        request[SIGN_IN] = sign_in
    if name in OPEN:
        return await handler(request)
    is_api = request.path.startswith(f"{request.app.router['queue'].url_for()}api/")
    if sign_in is None:
        if is_api or name.startswith("live_"):
            return web.json_response({"error": "signed_out"}, status=401)
        raise web.HTTPSeeOther(request.app.router["sign_in"].url_for())
    if request.method not in _SAFE and not same(await _token(request), sign_in.csrf):
        if is_api:
            return web.json_response({"error": "csrf"}, status=403)
        raise web.HTTPForbidden
    if resource is not None and not may(sign_in.account.role, name):
        log.warning(names.STAFF_REFUSED_BY_ROLE, staff=sign_in.name, action=name)
        needed = LEAST[NEEDS.get(name, "oversee")]
        if is_api:
            return web.json_response({"error": "role", "needs": needed}, status=403)
        raise web.HTTPForbidden
    return await handler(request)


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in constant time; an empty one never matches."""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


async def _token(request: web.Request) -> str:
    if token := request.headers.get(CSRF_HEADER):
        return token
    return (await form_of(request)).get("csrf", "")
