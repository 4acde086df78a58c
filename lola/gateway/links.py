"""`GET /l/{code}`: redirects a short link to the widget, without a referrer.

The page gets a session that is created with the redirect. Programs that only draw a preview of the
link are not redirected: the partner would take them for the sender. Callers who try codes that do
not exist are limited. A valid code is never refused, because many senders may share an address.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

from aiohttp import web

from lola.domain.clock import Clock
from lola.domain.messages import JsonObject
from lola.money.page_sessions import SessionTokens
from lola.money.short_links import PATH, ShortLinks
from lola.safety.addresses import subscriber
from lola.state.rates import MINUTE, Rate, Rates

SESSION = "session"
MISSES = Rate(name="link_codes", count=20, seconds=MINUTE)
"""Wrong codes of one address."""
NONE: Mapping[str, str] = MappingProxyType({})
STYLE = """
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f4f1e9;color:#1c2733;
font:1.05rem/1.5 system-ui,sans-serif}main{max-width:22rem;margin:1rem;padding:1.5rem;
background:#fff;border-radius:1rem;border:1px solid #ddd8cc}p+p{color:#5a6472}
@media (prefers-color-scheme:dark){body{background:#12181f;color:#e8ecf0}main{background:#1b232c;
border-color:#2c3742}p+p{color:#9aa5b1}}
"""
PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Lola</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style>
<main><p>{es}</p><p lang="en">{en}</p></main></html>
"""
GONE = PAGE.format(
    style=STYLE,
    es="Este enlace ya no está disponible. Vuelve al chat y pide uno nuevo.",
    en="This link is no longer available. Go back to the chat and ask for a new one.",
)
PREVIEW = PAGE.format(
    style=STYLE,
    es="Un enlace seguro. Ábrelo tú desde el chat.",
    en="A secure link. Open it yourself from the chat.",
)
PREVIEWERS = re.compile(
    r"(?<!cu)bot\b|crawler|spider|preview|facebookexternalhit|^whatsapp/|embed",
    re.IGNORECASE,
)
"""Programs that fetch a link when it is written, not when it is tapped. A Cubot is a telephone."""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'"
    ),
}


def link_routes(
    short_links: ShortLinks, sessions: SessionTokens, rates: Rates, clock: Clock
) -> list[web.RouteDef]:
    """Build the routes."""

    async def follow(request: web.Request) -> web.Response:
        link = await short_links.resolve(request.match_info["code"])
        if link is None:
            missed = await rates.take(subscriber(request.remote or ""), MISSES)
            if missed.refused:
                return _page(429, GONE, {"Retry-After": str(ceil(missed.wait))})
            return _page(404, GONE)
        is_preview = request.method == "HEAD" or PREVIEWERS.search(
            request.headers.get("User-Agent", "")
        )
        if is_preview:
            return _page(200, PREVIEW)
        location = link.url
        if link.grant is not None:
            location = with_session(link.url, sessions.issue(link.grant, clock()))
        return web.Response(status=302, headers={**HEADERS, "Location": location})

    async def public_keys(_: web.Request) -> web.Response:
        keys: JsonObject = sessions.public_keys()
        return web.json_response(keys, headers={"Cache-Control": "max-age=300"})

    return [
        web.get(f"{PATH}{{code}}", follow),
        web.get("/.well-known/jwks.json", public_keys),
    ]


def with_session(url: str, token: str) -> str:
    """Return a widget's address with a session token in its query."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, f"{SESSION}={token}")))
    return urlunsplit(parts._replace(query=query))


def _page(status: int, text: str, headers: Mapping[str, str] = NONE) -> web.Response:
    return web.Response(
        status=status, text=text, content_type="text/html", headers={**HEADERS, **headers}
    )
