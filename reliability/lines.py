"""One JSON object per line over a socket: how the processes of a chaos run talk to each other.

It distinguishes a request that certainly was not sent (`NotSentError`) from one that was sent and
got no answer (`NoAnswerError`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

from lola.domain.messages import JsonObject

Handler = Callable[[JsonObject], Awaitable[JsonObject | None]]
"""Returns the answer to a request; None closes the connection without one."""


class NotSentError(Exception):
    """There is no connection, so the request was not sent."""


class NoAnswerError(Exception):
    """The request was sent, and no answer came."""


async def serve_lines(handler: Handler, *, path: str = "", port: int = 0) -> asyncio.Server:
    """Listen on a unix socket, or on a loopback port when no path is given."""
    running: set[asyncio.Task[None]] = set()

    async def answer(line: bytes, writer: asyncio.StreamWriter) -> None:
        request = json.loads(line)
        result = await handler(request)
        if result is None:
            writer.close()
            return
        with suppress(ConnectionError):
            writer.write(json.dumps({"n": request["n"], **result}).encode() + b"\n")
            await writer.drain()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while (line := await reader.readline()).endswith(b"\n"):
                task = asyncio.create_task(answer(line, writer))
                running.add(task)
                task.add_done_callback(running.discard)
        writer.close()

    if path:
        return await asyncio.start_unix_server(connected, path)
    return await asyncio.start_server(connected, "127.0.0.1", port)


class LineClient:
    """Many requests at once over one connection, which is made again when it breaks.

    `address` is a path of a unix socket or a loopback port.
    """

    def __init__(self, address: str | int) -> None:
        self._address = address
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[JsonObject]] = {}
        self._number = 0
        self._connecting = asyncio.Lock()

    async def call(self, request: JsonObject, seconds: float) -> JsonObject:
        """Send a request and return its answer. Raises NotSentError or NoAnswerError."""
        try:
            async with asyncio.timeout(seconds):
                writer = await self._connected()
        except (OSError, TimeoutError):
            raise NotSentError from None
        self._number += 1
        number = self._number
        future: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            writer.write(json.dumps({"n": number, **request}).encode() + b"\n")
            async with asyncio.timeout(seconds):
                return await future
        except (OSError, TimeoutError):
            self.drop()
            raise NoAnswerError from None
        finally:
            self._waiting.pop(number, None)

    def drop(self) -> None:
        """Drop the connection; calls that wait for an answer fail."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError())
                # Its caller may have been cancelled meanwhile; the error is then of no interest.
                future.exception()

    async def close(self) -> None:
        """Drop the connection and wait until the reader has ended."""
        self.drop()
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    async def _connected(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None:
                if isinstance(self._address, str):
                    reader, writer = await asyncio.open_unix_connection(self._address)
                else:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._address)
                self._writer = writer
                self._reading = asyncio.create_task(self._read(reader, writer))
            return self._writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while (line := await reader.readline()).endswith(b"\n"):
                answer = json.loads(line)
                future = self._waiting.get(answer.pop("n"))
                if future is not None and not future.done():
                    future.set_result(answer)
        if self._writer is writer:
            self.drop()
