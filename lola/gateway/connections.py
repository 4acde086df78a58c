"""Closes connections that hold a place without asking for anything, and limits how many there are.

aiohttp has no deadline for headers or for a whole request. Each connection has a deadline for what
it does now: sending headers, sending a body, waiting for the next request, being answered. Where
there are too many, the one that has waited longest makes room for the new one, so that a client
with many slow connections closes its own. Streams of server-sent events have no deadline of their
own, but they count.
"""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import Any, Literal, cast

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from lola.gateway.callers import Network, networks
from lola.gateway.hardening import RequestHandler
from lola.safety.addresses import subscriber
from lola.settings import Settings

SHARE_OF_FILES = 2
"""One half of the process's open files is for clients; Redis, partners and models need the rest."""
MOST = 10_000
BACKLOG = 1_024
"""Connections that the system keeps until they are accepted: a burst must not be dropped there."""
KEEP_LONGER = 5.0
_EVENT_STREAM = "text/event-stream"

Doing = Literal["headers", "body", "answer", "idle", "stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """Seconds that each step may take, and the number of connections."""

    header_seconds: float
    body_seconds: float
    idle_seconds: float
    request_seconds: float
    per_address: int
    total: int


def most_connections(wanted: int) -> int:
    """Return `wanted`, or less where the process may not open that many files; 0: all it may."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = MOST if files == resource.RLIM_INFINITY else max(1, files // SHARE_OF_FILES)
    return min(wanted or MOST, possible)


class Connections:
    """The open connections of one gateway. `trusted` proxies have no limit per address.

    `on_closed` gets what each connection that is closed here was doing.
    """

    def __init__(
        self,
        limits: ConnectionLimits,
        trusted: tuple[Network, ...] = (),
        on_closed: Callable[[Doing], None] = lambda _: None,
    ) -> None:
        self._limits = limits
        self._trusted = trusted
        self.on_closed = on_closed
        # Both are ordered by when the connections began what they do now.
        self._open: dict[asyncio.BaseTransport, _Connection] = {}
        self._of_address: dict[str, dict[asyncio.BaseTransport, _Connection]] = {}

    def __iter__(self) -> Iterator["_Connection"]:
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)

    def guarded(self, server: Callable[[], Any]) -> Callable[[], asyncio.Protocol]:
        """Return the protocol factory to listen with, around aiohttp's own."""
        return lambda: _Connection(self, server())

    def add_to(self, app: web.Application) -> None:
        """Follow the requests of an application and of all that is mounted in it."""
        app.middlewares.insert(0, self._follow())
        app.on_response_prepare.append(self._on_response)

    def enter(self, connection: "_Connection", transport: asyncio.Transport) -> bool:
        """Count a new connection; return False when there is no room for it."""
        address = connection.address
        of_address = self._of_address.setdefault(address, {})
        limit = self._limits.total if self._is_trusted(address) else self._limits.per_address
        has_room = (len(of_address) < limit or _close_longest_waiting(of_address)) and (
            len(self._open) < self._limits.total or _close_longest_waiting(self._open)
        )
        of_address = self._of_address.setdefault(address, {})
        of_address[transport] = self._open[transport] = connection
        self.begin(connection, "headers")
        return has_room

    def leave(self, connection: "_Connection", transport: asyncio.BaseTransport) -> None:
        """Forget a connection that is closed or being closed."""
        self._open.pop(transport, None)
        of_address = self._of_address.get(connection.address, {})
        of_address.pop(transport, None)
        if not of_address:
            self._of_address.pop(connection.address, None)

    def begin(self, connection: "_Connection", doing: Doing) -> None:
        """Note what a connection does now, and set the deadline for it."""
        seconds = {
            "headers": self._limits.header_seconds,
            "body": self._limits.body_seconds,
            "answer": self._limits.request_seconds,
            "idle": self._limits.idle_seconds,
            "stream": None,
        }[doing]
        connection.begin(doing, seconds)
        for kept in (self._open, self._of_address.get(connection.address, {})):
            if connection.transport in kept:
                kept[connection.transport] = kept.pop(connection.transport)

    def _follow(self) -> Middleware:
        @web.middleware
        async def follow(request: web.Request, handler: Handler) -> web.StreamResponse:
            connection = self._open.get(request.transport) if request.transport else None
            if connection is None:
                # Its client closed it at once; a request that came in full still counts.
                is_whole = not request.body_exists or request.content.is_eof()
                return await handler(request) if is_whole else web.Response(status=408)
            self.begin(connection, "body" if request.body_exists else "answer")
            request.content.on_eof(lambda: self._body_read(connection))
            try:
                return await handler(request)
            except (ConnectionError, RuntimeError):
                # aiohttp raises the second where a closed connection is read.
                if request.transport is not None and not request.transport.is_closing():
                    raise
                # The client is gone, or was too slow and closed by us: the answer reaches no one.
                return web.Response(status=408)
            finally:
                self.begin(connection, "idle")

        return follow

    def _body_read(self, connection: "_Connection") -> None:
        if connection.doing == "body":
            self.begin(connection, "answer")

    async def _on_response(self, request: web.Request, response: web.StreamResponse) -> None:
        connection = self._open.get(request.transport) if request.transport else None
        if connection is not None and response.content_type == _EVENT_STREAM:
            self.begin(connection, "stream")

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._trusted)


class _Connection(asyncio.Protocol):
    """One client's connection: passes everything on to aiohttp's handler, and keeps the time."""

    def __init__(self, connections: Connections, handler: Any) -> None:
        self._connections = connections
        self._handler = handler
        self._deadline: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport | None = None
        self.address = ""
        self.doing: Doing = "headers"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.address = subscriber(str(peer[0]) if isinstance(peer, tuple) and peer else "")
        self._handler.connection_made(transport)
        if not self._connections.enter(self, self.transport):
            self.close()

    def data_received(self, data: bytes) -> None:
        if self.doing == "idle":
            self._connections.begin(self, "headers")
        self._handler.data_received(data)

    def eof_received(self) -> bool | None:
        return self._handler.eof_received()  # type: ignore[no-any-return]

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        self._handler.connection_lost(exc)

    def begin(self, doing: Doing, seconds: float | None) -> None:
        """Set the deadline for what the client does now; None for no deadline."""
        self.doing = doing
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None and self.transport is not None and not self.transport.is_closing():
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(seconds, self.close)

    @property
    def waits(self) -> bool:
        """Return whether the client owes us something, rather than we an answer to it."""
        return self.doing in {"headers", "body", "idle"}

    def close(self) -> None:
        """Close at once: what a slow client has not read yet is not sent."""
        if self.transport is not None:
            if not self.transport.is_closing():
                self._connections.on_closed(self.doing)
            self.transport.abort()
        self._forget()

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self.transport is not None:
            self._connections.leave(self, self.transport)


def _close_longest_waiting(connections: dict[asyncio.BaseTransport, _Connection]) -> bool:
    longest = next((item for item in connections.values() if item.waits), None)
    if longest is None:
        return False
    longest.close()
    return True


@asynccontextmanager
async def serving(
    app: web.Application,
    listener: socket.socket,
    settings: Settings,
    on_closed: Callable[[Doing], None] = lambda _: None,
) -> AsyncIterator[Connections]:
    """Serve an application on a bound socket, with the limits of the settings."""
    total = most_connections(settings.max_connections)
    limits = ConnectionLimits(
        header_seconds=settings.client_header_seconds,
        body_seconds=settings.client_body_seconds,
        idle_seconds=settings.client_idle_seconds,
        request_seconds=settings.client_request_seconds,
        per_address=min(settings.connections_per_address, total),
        total=total,
    )
    trusted = networks("TRUSTED_PROXIES", settings.trusted_proxies)
    connections = Connections(limits, trusted, on_closed)
    connections.add_to(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        if runner.server is None:
            raise RuntimeError("the runner has no server after its setup")
        loop = asyncio.get_running_loop()
        handler = partial(
            RequestHandler,
            runner.server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type] # as the runner passes it on
            # An encoded body is refused, and never unpacked before that.
            auto_decompress=False,
            # aiohttp's own deadline comes after ours, which is counted.
            keepalive_timeout=settings.client_idle_seconds + KEEP_LONGER,
            max_line_size=settings.max_header_bytes,
            max_field_size=settings.max_header_bytes,
        )
        server = await loop.create_server(connections.guarded(handler), sock=listener)
        # asyncio takes its own backlog as the number to accept in one go, so it keeps the small
        # one: what a connection has sent is read before it could make room for many newer ones.
        listener.listen(BACKLOG)
        try:
            yield connections
        finally:
            server.close()
    finally:
        await runner.cleanup()
