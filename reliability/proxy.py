"""A TCP proxy that misbehaves on request, between workers and Redis or between workers and channel.

It does not read what it forwards. A fault is on until `heal`; what a client wrote before it closed
the connection still arrives afterwards, as it may on a real network.
"""

import asyncio
import socket
import struct
from contextlib import suppress
from random import Random
from typing import Final, Literal, get_args

NetworkFault = Literal["delay", "cut_before", "cut_after", "half_open", "slow", "reset"]
NETWORK_FAULTS: Final[tuple[NetworkFault, ...]] = get_args(NetworkFault)

_CHUNK = 64 * 1024
_DELAY_SECONDS = 0.1
_BYTE_SECONDS = 0.001
_CUT_SHARE = 0.3
_LINGER_NONE = struct.pack("ii", 1, 0)


class FaultProxy:
    """Listens on a loopback port and forwards to `upstream`, a unix socket's path or a port."""

    def __init__(self, upstream: str | int, rng: Random) -> None:
        self.port = 0
        self.broken = 0
        self._upstream = upstream
        self._rng = rng
        self._fault: NetworkFault | None = None
        self._healed = asyncio.Event()
        self._healed.set()
        self._links: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    def begin(self, fault: NetworkFault) -> None:
        """Misbehave from now on, on connections that are open as well as on new ones."""
        self._fault = fault
        self._healed.clear()
        if fault == "reset":
            for writer in tuple(self._writers):
                self._reset(writer)

    def heal(self) -> None:
        """Forward everything unchanged again."""
        self._fault = None
        self._healed.set()

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        self._server.close()
        self.heal()
        for task in self._links:
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in one
        self._links.add(task)
        try:
            await self._link(reader, writer)
        except asyncio.CancelledError:
            # Only `close` cancels; a stream server would report it as an error of the handler.
            return
        finally:
            writer.close()
            self._links.discard(task)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault == "reset":
            self._reset(writer)
            return
        try:
            if isinstance(self._upstream, str):
                up_reader, up_writer = await asyncio.open_unix_connection(self._upstream)
            else:
                up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            return
        ends = {writer, up_writer}
        self._writers |= ends
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, up_writer, ends, is_request=True))
                group.create_task(self._pump(up_reader, writer, ends, is_request=False))
        finally:
            self._writers -= ends
            up_writer.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: set[asyncio.StreamWriter],
        *,
        is_request: bool,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if not await self._forward(data, writer, is_request=is_request):
                    self.broken += 1
                    break
            else:
                # Everything that was written before the end of the stream is forwarded before it.
                await self._healed_from("half_open")
                if writer.can_write_eof():
                    writer.write_eof()
                if is_request:
                    return
        for end in ends:
            end.close()

    async def _forward(
        self, data: bytes, writer: asyncio.StreamWriter, *, is_request: bool
    ) -> bool:
        """Forward one chunk as the fault allows; False when the connection is to be cut."""
        cut = "cut_before" if is_request else "cut_after"
        if self._fault == cut and self._rng.random() < _CUT_SHARE:
            return False
        await self._healed_from("half_open")
        if self._fault == "delay":
            await asyncio.sleep(_DELAY_SECONDS)
        if self._fault == "slow":
            while data and self._fault == "slow":
                writer.write(data[:1])
                data = data[1:]
                await asyncio.sleep(_BYTE_SECONDS)
        writer.write(data)
        await writer.drain()
        return True

    async def _healed_from(self, fault: NetworkFault) -> None:
        if self._fault == fault:
            await self._healed.wait()

    def _reset(self, writer: asyncio.StreamWriter) -> None:
        """Close with a TCP reset instead of an orderly end."""
        if writer.transport.is_closing():
            return
        self.broken += 1
        transport_socket = writer.get_extra_info("socket")
        if transport_socket.family != socket.AF_UNIX:
            transport_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
        writer.transport.abort()
