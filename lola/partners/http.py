"""JSON over HTTP to a partner, with timeouts and safe retries.

A call returns parsed JSON, or raises PartnerRefusedError (a refusal with the partner's own code) or
PartnerUnavailableError (everything else). Error texts contain only the route's template and the
status: a filled path, a body or a partner's message may contain a telephone number.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn, Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from lola.errors import (
    PartnerAccessError,
    PartnerError,
    PartnerRefusedError,
    PartnerUnavailableError,
)

ATTEMPTS = 3
FIRST_PAUSE = 0.1
BODY_LIMIT = 2**20
JSON_TYPE = "application/json"
EMPTY_ANSWERS = frozenset({201, 204})
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")

ErrorCode = Callable[[Any], object]
"""Reads the partner's own code from an error body; any other value means that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A partner's route. `inferred`: no page of its documentation prints it, so it may be wrong.

    A call of an `is_public` route carries no credentials.
    """

    method: str
    path: str
    inferred: bool = False
    is_public: bool = False

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the path with every value percent-encoded, also `+` and `/`."""
        return self.path.format(**{name: quote(value, safe="") for name, value in values.items()})

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


Problem = Callable[[Route, int, Any], PartnerError | None]
"""Reads an error body of one partner by its status; None leaves it to the common rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request as it goes over the wire: the path below the base address, headers, body."""

    path: str
    headers: Mapping[str, str]
    body: bytes | None


class Transport(Protocol):
    """What happens to the JSON of a call on its way out, and to the bytes that come back."""

    def send(self, path: str, body: bytes | None) -> Outgoing:
        """Return the request for a filled path and its JSON; the key header is added later."""
        ...

    def receive(self, content_type: str, body: bytes) -> bytes:
        """Return the JSON of a response's body. Raises ValueError when it cannot be read."""
        ...


class PlainTransport:
    """Sends the JSON as it is."""

    def send(self, path: str, body: bytes | None) -> Outgoing:
        """Return the request unchanged."""
        headers = {} if body is None else {"Content-Type": JSON_TYPE}
        return Outgoing(path=path, headers=headers, body=body)

    def receive(self, content_type: str, body: bytes) -> bytes:  # noqa: ARG002 - any type is JSON
        """Return the body unchanged."""
        return body


PLAIN = PlainTransport()


Observe = Callable[[str, str, str, float], None]
"""Told of each call: partner, route template, outcome and seconds."""


def ignore(_partner: str, _route: str, _outcome: str, _seconds: float) -> None:
    """Do nothing with a call."""


def outcome_of(error: PartnerError) -> str:
    """Return the word for how a failed call ended, from a closed set."""
    if isinstance(error, PartnerAccessError):
        return "denied"
    return "refused" if isinstance(error, PartnerRefusedError) else "unavailable"


class _TransientError(PartnerUnavailableError):
    """A problem that a retry may solve. `untouched`: the partner did not process the request."""

    def __init__(
        self, partner: str, message: str, *, untouched: bool = False, after: float | None = None
    ) -> None:
        super().__init__(partner, message)
        self.untouched = untouched
        self.after = after


class JsonClient:
    """Calls one partner. `timeout` is the seconds that a call may take, retries included.

    A request is retried only where that is safe: a GET, or one that the partner did not process (no
    connection, 429). A POST whose outcome is unknown is never retried here. `ssl_context` has the
    client certificate of a partner that demands one.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        partner: str,
        base_url: str,
        headers: Mapping[str, str],
        timeout: float,
        error_code: ErrorCode,
        problem: Problem = lambda _route, _status, _body: None,
        transport: Transport = PLAIN,
        ssl_context: ssl.SSLContext | None = None,
        observe: Observe = ignore,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._partner = partner
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._timeout = timeout
        self._error_code = error_code
        self._problem = problem
        self._transport = transport
        self._observe = observe
        self._ssl = ssl_context if ssl_context is not None else True
        self._sleep = sleep

    async def call(
        self,
        route: Route,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the JSON of a 2xx, or None for a 201 or 204 without a body.

        Fractions are Decimal. Raises PartnerError.
        """
        encoded = None if body is None else encode(body)
        request = self._transport.send(route.fill(path or {}), encoded)
        url = URL(self._base_url + request.path, encoded=True)
        if query:
            url = url.with_query(query)
        begun, outcome = asyncio.get_running_loop().time(), "ok"
        try:
            return await self._timed(route, url, request)
        except PartnerError as error:
            outcome = outcome_of(error)
            raise
        finally:
            seconds = asyncio.get_running_loop().time() - begun
            self._observe(self._partner, str(route), outcome, seconds)

    async def _timed(self, route: Route, url: URL, request: Outgoing) -> Any:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._try(route, url, request)
        except TimeoutError:
            raise PartnerUnavailableError(
                self._partner, f"{route} gave no answer within {self._timeout:g} s"
            ) from None

    async def _try(self, route: Route, url: URL, request: Outgoing) -> Any:
        pause = FIRST_PAUSE
        deadline = asyncio.get_running_loop().time() + self._timeout
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._send(route, url, request)
            except _TransientError as problem:
                if not (problem.untouched or route.method == "GET"):
                    raise
                pause = problem.after if problem.after is not None else pause
                if pause >= deadline - asyncio.get_running_loop().time():
                    raise
            await self._sleep(pause)
            pause *= 2
        return await self._send(route, url, request)

    async def _send(self, route: Route, url: URL, request: Outgoing) -> Any:
        headers = {**({} if route.is_public else self._headers), **request.headers}
        try:
            async with self._session.request(
                route.method,
                url,
                headers=headers,
                data=request.body,
                ssl=self._ssl,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None),
            ) as response:
                raw = await _read(response)
        except aiohttp.ClientConnectorError:
            raise _TransientError(
                self._partner, f"{route}: no connection", untouched=True
            ) from None
        except aiohttp.ClientError as error:
            raise _TransientError(
                self._partner, f"{route}: connection broke ({type(error).__name__})"
            ) from None
        return self._interpret(route, response, raw)

    def _interpret(self, route: Route, response: aiohttp.ClientResponse, raw: bytes | None) -> Any:
        status = response.status
        problem = f"{route} answered {status}"
        if status in EMPTY_ANSWERS and raw == b"":
            return None
        if status == 429:
            after = _seconds(response.headers.get("Retry-After"))
            raise _TransientError(self._partner, problem, untouched=True, after=after)
        try:
            answer = decode(self._transport.receive(response.content_type, raw or b""))
        except ValueError:
            if status >= 500:
                raise _TransientError(self._partner, problem) from None
            raise PartnerUnavailableError(self._partner, f"{problem} without JSON") from None
        if status >= 400 and (known := self._problem(route, status, answer)):
            raise known
        if status >= 500:
            raise _TransientError(self._partner, problem)
        if 200 <= status < 300:
            return answer
        if status >= 400:
            self.refuse(route, answer, status)
        raise PartnerUnavailableError(self._partner, problem)

    def refuse(self, route: Route, answer: Any, status: int) -> NoReturn:
        """Raise PartnerRefusedError with the partner's code, also an unknown one.

        Without a well-formed code, raise PartnerUnavailableError: the response came from a proxy
        in between, or is broken.
        """
        code = self._error_code(answer)
        if not (isinstance(code, str) and CODE.fullmatch(code)):
            raise PartnerUnavailableError(
                self._partner, f"{route} answered {status} without an error code"
            )
        raise PartnerRefusedError(
            self._partner, f"{route} answered {status}", partner_code=code, status=status
        )


def encode(value: Any) -> bytes:
    """Return JSON; a Decimal becomes a number with the same digits (exact up to 15)."""
    return json.dumps(value, default=json_number, separators=(",", ":")).encode()


def decode(raw: bytes | None) -> Any:
    """Return parsed JSON with Decimal fractions. Raises ValueError, also for NaN and Infinity."""
    if raw is None:
        raise ValueError("too long")
    try:
        return json.loads(raw.decode(), parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def json_number(value: object) -> int | float:
    """Return the JSON number of a Decimal; raises TypeError for anything else."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not JSON")
    return int(value) if value == value.to_integral_value() else float(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """Return the body, or None when it is longer than BODY_LIMIT."""
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > BODY_LIMIT:
            return None
    return bytes(raw)


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isascii() and header.isdigit() else None
