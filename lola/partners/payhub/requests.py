"""Sends one request to RaaS and validates the shape of its response.

A response of another shape is an outage. The error names the wrong fields and never a value.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
from pydantic import TypeAdapter, ValidationError

from lola.errors import PartnerUnavailableError
from lola.partners.http import PLAIN, JsonClient, Transport
from lola.partners.payhub.errors import PARTNER
from lola.partners.payhub.routes import ROUTES

Shape = TypeVar("Shape")


class PayhubRequests:
    """Sends requests to one bank's PayHub. `timeout` is in seconds, retries included.

    `transport` is where a tenant's encryption of bodies goes.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        timeout: float,
        transport: Transport = PLAIN,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = JsonClient(
            http,
            partner=PARTNER,
            base_url=base_url,
            headers={"api_key": api_key},
            timeout=timeout,
            error_code=lambda body: body.get("code") if isinstance(body, dict) else None,
            transport=transport,
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
