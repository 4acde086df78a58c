"""`GET /l/{code}`: from a short link to the widget, without telling the widget where from."""

from aiohttp import web

from lola.money.short_links import ShortLinks

GONE = """<!doctype html><html lang="es"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Lola</title>
<p>Este enlace ya no está disponible. Vuelve al chat y pide uno nuevo.</p>
<p lang="en">This link is no longer available. Go back to the chat and ask for a new one.</p></html>
"""
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}


def link_routes(short_links: ShortLinks) -> list[web.RouteDef]:
    """Make the route."""

    async def follow(request: web.Request) -> web.Response:
        url = await short_links.resolve(request.match_info["code"])
        if url is None:
            return web.Response(status=404, text=GONE, content_type="text/html", headers=HEADERS)
        return web.Response(status=302, headers={**HEADERS, "Location": url})

    return [web.get("/l/{code}", follow)]
