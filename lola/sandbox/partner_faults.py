"""ChannelFaults of the stand-in partners: the next calls fail in the way that a tester asked for.

`500` is the partner's own error body; `404` and `garbage` (status 200) are HTML pages of a proxy in
between. In these cases nothing is carried out. With `timeout` the request is carried out and the
response never comes, which is the worst case for the caller.
"""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from aiohttp import web
from aiohttp.typedefs import Handler

Partner = Literal["m2m", "payhub", "request_money"]
Fault = Literal["500", "timeout", "garbage", "404"]
PARTNERS: tuple[Partner, ...] = get_args(Partner)

INTERNAL_ERROR: Mapping[str, object] = MappingProxyType(
    {
        "m2m": {
            "success": False,
            "error": {"code": "INTERNAL_SERVER_ERROR", "message": "Internal server error"},
        },
        "payhub": {
            "reason": "An unhandled error has occurred",
            "code": "ERROR_INTERNAL_SERVER_ERROR",
        },
        "request_money": {"message": "Internal server error"},
    }
)
PAGE = "<!doctype html><title>gateway</title><h1>Something in between answered</h1>"


class PartnerFaults:
    """The pending faults of each partner, in order."""

    def __init__(self) -> None:
        self._pending: dict[Partner, list[Fault]] = {partner: [] for partner in PARTNERS}
        self._released = asyncio.Event()

    def add(self, partner: Partner, fault: Fault, times: int = 1) -> None:
        """Add a fault for the next `times` calls."""
        self._pending[partner] += [fault] * times

    def pending(self) -> dict[Partner, list[Fault]]:
        """Return the faults that have not happened yet."""
        return {partner: list(faults) for partner, faults in self._pending.items()}

    def clear(self) -> None:
        """Remove all pending faults."""
        for faults in self._pending.values():
            faults.clear()

    def release(self) -> None:
        """End every call that is held back by `timeout`, so that the server can stop."""
        self._released.set()

    async def answer(
        self, partner: Partner, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Handle a call to a partner, with the next fault if there is one."""
        faults = self._pending[partner]
        match faults.pop(0) if faults else None:
            case "500":
                return web.json_response(INTERNAL_ERROR[partner], status=500)
            case "404":
                return web.Response(text=PAGE, content_type="text/html", status=404)
            case "garbage":
                return web.Response(text=PAGE, content_type="text/html")
            case "timeout":
                response = await handler(request)
                await self._released.wait()
                return response
        return await handler(request)
