"""Calls the Request Money API: create a request, and read its public status.

It has no state. The API key is in a header and in no log, error or representation.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import aiohttp
from pydantic import ValidationError

from lola.errors import PartnerError, PartnerRefusedError, PartnerUnavailableError
from lola.partners.http import CODE, JsonClient, Route
from lola.partners.request_money.model import MoneyOperation, NewRequest

PARTNER = "request_money"
ROUTES: Mapping[str, Route] = MappingProxyType(
    {
        "create": Route(method="POST", path="/v1/request-money"),
        "status": Route(method="GET", path="/v1/request-money/{reference}"),
    }
)
"""The paths contain `/v1`: a base address is the host only (reference/request-api.md 2)."""
CODES: Mapping[int, str] = MappingProxyType(
    {
        400: "BadRequestException",
        403: "FORBIDDEN",
        404: "not_found",
        422: "UnprocessableEntityException",
    }
)
"""Status → our code where the body names none; the names are those of reference/request-api.md 7.6
as far as it has one.
"""
NO_SUCH_REQUEST = 404
PROBE = "00000000"
"""A reference that is well formed and that we never make: `lola doctor` asks for it."""


class RequestMoneyClient:
    """The two public calls. `timeout` is in seconds per call, retries of a GET included.

    `ssl_context` has a custom CA or a client certificate, where a gateway demands one.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        timeout: float,
        ssl_context: ssl.SSLContext | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = JsonClient(
            http,
            partner=PARTNER,
            base_url=base_url.rstrip("/").removesuffix("/v1"),
            headers={"X-API-Key": api_key},
            timeout=timeout,
            error_code=lambda _: None,
            problem=_problem,
            ssl_context=ssl_context,
            sleep=sleep,
        )

    async def create(self, request: NewRequest) -> MoneyOperation:
        """Create a request for money. Raises PartnerError.

        It is never repeated here: after PartnerUnavailableError `find` tells what became of it.
        """
        found = _operation(await self._http.call(ROUTES["create"], body=request.to_json()))
        if found.reference_id != request.reference_id:
            raise PartnerUnavailableError(PARTNER, "the answer is about another request")
        return found

    async def status(self, reference: str) -> MoneyOperation:
        """Return a request of this account. Raises PartnerError."""
        found = _operation(await self._http.call(ROUTES["status"], path={"reference": reference}))
        if found.reference_id != reference:
            raise PartnerUnavailableError(PARTNER, "the answer is about another request")
        return found

    async def find(self, reference: str) -> MoneyOperation | None:
        """Return a request of this account, or None when there is none. Raises PartnerError."""
        try:
            return await self.status(reference)
        except PartnerRefusedError as error:
            if error.status != NO_SUCH_REQUEST:
                raise
            return None


def _operation(answer: Any) -> MoneyOperation:
    try:
        return MoneyOperation.model_validate(answer)
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
        raise PartnerUnavailableError(
            PARTNER, f"answered another shape: {', '.join(fields) or 'body'}"
        ) from None


def _problem(route: Route, status: int, body: Any) -> PartnerError | None:
    """Read an error body: a machine code where there is one, and never its text.

    A wrong key is an outage for the sender. A status that is not documented is left to the common
    rules, and so is a body that is no object.
    """
    if status == 401:
        return PartnerUnavailableError(
            PARTNER, f"{route} answered 401", hint="REQUEST_MONEY_API_KEY is missing or wrong"
        )
    if status not in CODES or not isinstance(body, dict):
        return None
    named = (body.get("error"), body.get("code"))
    code = next((name for name in named if isinstance(name, str) and CODE.fullmatch(name)), "")
    details = body.get("details")
    fields = (
        sorted(name for name in details if isinstance(name, str))
        if isinstance(details, dict)
        else []
    )
    listed = f" ({', '.join(field for field in fields if CODE.fullmatch(field))})" if fields else ""
    return PartnerRefusedError(
        PARTNER,
        f"{route} answered {status}{listed}",
        partner_code=code or CODES[status],
        status=status,
    )
