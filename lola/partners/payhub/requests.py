"""Sends one request to RaaS and validates the shape of its response.

A response of another shape is an outage. The error names the wrong fields and never a value.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
from pydantic import TypeAdapter, ValidationError

from lola.errors import PartnerError, PartnerUnavailableError
from lola.partners.http import PLAIN, JsonClient, Observe, Route, Transport, ignore
from lola.partners.payhub.errors import PARTNER, error_code, read_problem
from lola.partners.payhub.routes import ROUTES
from lola.partners.payhub.scopes import ROUTE_SCOPES, scopes_in

Shape = TypeVar("Shape")

WANTED = {ROUTES[name]: scopes for name, scopes in ROUTE_SCOPES.items()}


class PayhubRequests:
    """Sends requests to one bank's PayHub. `timeout` is in seconds, retries included.

    `transport` is where a tenant's encryption of bodies goes; `ssl_context` has the client
    certificate for the address that demands one (reference/raas.md 2.1). `scopes` are the key's, as
    configured or as the key itself says; None when neither is known.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        timeout: float,
        scopes: frozenset[str] | None = None,
        transport: Transport = PLAIN,
        ssl_context: ssl.SSLContext | None = None,
        observe: Observe = ignore,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.scopes = scopes_in(api_key) if scopes is None else scopes
        self.sleep = sleep
        self._http = JsonClient(
            http,
            partner=PARTNER,
            base_url=base_url,
            headers={"api_key": api_key},
            timeout=timeout,
            error_code=error_code,
            problem=_problem,
            transport=transport,
            ssl_context=ssl_context,
            observe=observe,
            sleep=sleep,
        )

    async def send(self, name: str, shape: TypeAdapter[Shape], **request: Any) -> Shape:
        """Call the route `name` with `path`, `query` and `body`. Raises PartnerError."""
        answer = await self._http.call(ROUTES[name], **request)
        try:
            return shape.validate_python(answer)
        except ValidationError as error:
            fields = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
            raise PartnerUnavailableError(
                PARTNER, f"{ROUTES[name]} answered another shape: {', '.join(fields) or 'body'}"
            ) from None


def _problem(route: Route, status: int, body: Any) -> PartnerError | None:
    return read_problem(route, status, body, WANTED[route])
