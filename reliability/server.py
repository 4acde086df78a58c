"""A Valkey server that can be killed, ended and started again on the same data.

It is the embedded server with its production supervision; only the signals come from here.
"""

import asyncio
import os
import signal
from pathlib import Path
from random import Random
from typing import Literal

from lola.state import EmbeddedValkey, connect

# A write that was under way when the server ended: it was not acknowledged.
_UNFINISHED = b"*3\r\n$3\r\nSET\r\n$5\r\nchaos\r\n$80\r\n" + b"x" * 80 + b"\r\n"
_MAX_CUT = 64


class Server:
    """One server and its data folder."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "valkey"
        self._embedded = EmbeddedValkey(self._data)
        self.url = ""

    async def start(self) -> str:
        """Start the server and return its URL."""
        self.url = await self._embedded.start()
        return self.url

    async def stop(self) -> None:
        """End it for good."""
        await self._embedded.stop()

    async def restart(
        self, how: Literal["kill_server", "end_server", "cut_log"], rng: Random
    ) -> None:
        """End the server and start it again; `cut_log` also truncates the end of its log."""
        if how != "end_server":
            os.kill(await self._pid(), signal.SIGKILL)
        await self._embedded.stop()
        if how == "cut_log":
            await asyncio.to_thread(self._tear, rng.randint(1, _MAX_CUT))
        await self._embedded.start()

    async def _pid(self) -> int:
        connections = connect(self.url)
        try:
            return int((await connections.commands.info("server"))["process_id"])
        finally:
            await connections.close()

    def _tear(self, size: int) -> None:
        """Leave an unfinished write at the end of the log, short of its last `size` bytes."""
        newest = max(
            (self._data / "appendonlydir").glob("*.incr.aof"),
            key=lambda path: int(path.name.split(".")[-3]),
        )
        with newest.open("ab") as log:
            log.write(_UNFINISHED[:-size])
