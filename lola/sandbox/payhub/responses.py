"""Request and response bodies of PayHub's stand-in: JSON, and refusals with `reason`, `code`."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from lola.partners.http import decode, encode

PayhubHandler = Callable[[web.Request], Awaitable[web.Response]]


class PayhubRefusal(Exception):  # noqa: N818 - a response, raised
    """A documented error response (reference/raas.md 3); a few have no `code`."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"reason": reason, **({"code": code} if code else {})}


async def json_body(request: web.Request) -> Any:
    """Read the body, which must be a JSON object. Raises PayhubRefusal."""
    try:
        body = decode(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise PayhubRefusal(400, "ERROR_INVALID_SCHEMA", "The body is not a JSON object")
    return body


def json_response(body: object, status: int = 200) -> web.Response:
    """Build a JSON response; a Decimal becomes a number."""
    return web.Response(body=encode(body), content_type="application/json", status=status)
