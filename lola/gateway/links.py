"""`GET /l/{code}`: from a short link to the widget, without telling the widget where from."""

import base64
import hashlib

from aiohttp import web

from lola.money.short_links import ShortLinks

STYLE = """
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f4f1e9;color:#1c2733;
font:1.05rem/1.5 system-ui,sans-serif}main{max-width:22rem;margin:1rem;padding:1.5rem;
background:#fff;border-radius:1rem;border:1px solid #ddd8cc}p+p{color:#5a6472}
@media (prefers-color-scheme:dark){body{background:#12181f;color:#e8ecf0}main{background:#1b232c;
border-color:#2c3742}p+p{color:#9aa5b1}}
"""
GONE = f"""<!doctype html><html lang="es"><meta charset="utf-8"><title>Lola</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>
<main><p>Este enlace ya no está disponible. Vuelve al chat y pide uno nuevo.</p>
<p lang="en">This link is no longer available. Go back to the chat and ask for a new one.</p></main>
</html>
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'",
}


def link_routes(short_links: ShortLinks) -> list[web.RouteDef]:
    """Make the route."""

    async def follow(request: web.Request) -> web.Response:
        url = await short_links.resolve(request.match_info["code"])
        if url is None:
            return web.Response(status=404, text=GONE, content_type="text/html", headers=HEADERS)
        return web.Response(status=302, headers={**HEADERS, "Location": url})

    return [web.get("/l/{code}", follow)]
