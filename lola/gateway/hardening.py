"""What holds for every request and response of the gateway, the console's routes too.

Bodies have a limit and no encoding; responses have protective headers; errors have a text of our
own, which says nothing of a library, a path or what was sent.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from lola.errors import StoreUnavailableError
from lola.telemetry import names

SERVER = "lola"
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
)
"""On each response that does not say otherwise."""
TEXTS: Mapping[int, str] = MappingProxyType(
    {
        400: "The request cannot be read.\n",
        403: "This is not allowed.\n",
        404: "There is nothing here.\n",
        405: "This method is not allowed here.\n",
        408: "The request took too long.\n",
        413: "The request is too large.\n",
        415: "This kind of content is not accepted.\n",
        500: "Something went wrong. It was noted.\n",
        503: "This is not possible right now. Please try again.\n",
    }
)

log = structlog.get_logger(__name__)


def hardened(max_body: int) -> Middleware:
    """Return the middleware; `max_body` is in bytes, for routes that set no limit of their own."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
            return refusal(415)
        try:
            return await handler(request.clone(client_max_size=max_body))
        except web.HTTPException as error:
            if error.status < 400:
                raise
            allowed = error.headers.getall(hdrs.ALLOW, ())
            return refusal(error.status, {hdrs.ALLOW: ", ".join(allowed)} if allowed else {})
        except StoreUnavailableError as error:
            log.warning(names.STORE_UNAVAILABLE, code=error.code)
            return refusal(503)
        except (ConnectionError, RuntimeError) as error:
            # The client is gone, or its connection was closed for its slowness.
            if request.transport is None or request.transport.is_closing():
                raise
            return _failed(error)
        except Exception as error:  # noqa: BLE001 - the last line: what is said must not depend on the fault
            return _failed(error)

    return guard


def refusal(status: int, headers: Mapping[str, str] = MappingProxyType({})) -> web.Response:
    """Return an error with our own text."""
    text = TEXTS.get(status) or f"{HTTPStatus(status).phrase}.\n"
    return web.Response(status=status, text=text, headers=headers)


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Put the protective headers on a response that has none of its own."""
    response.headers[hdrs.SERVER] = SERVER
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


class RequestHandler(web.RequestHandler):
    """aiohttp's handler of one connection, with our own text for what is no valid request."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the library's words, perhaps the client's
    ) -> web.StreamResponse:
        """Return the error and end the connection."""
        log.warning(names.REQUEST_UNREADABLE, status=status, error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("part of a response was sent already")
        response = refusal(status, {**HEADERS, hdrs.SERVER: SERVER})
        response.force_close()
        return response


def _failed(error: Exception) -> web.Response:
    log.error(names.REQUEST_FAILED, exc_info=error)
    return refusal(500)
