"""A deployment of several processes: sandbox, gateways and workers on one Redis."""

import asyncio
import os
import shlex
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Self

import aiohttp

from lola.domain.clock import system_clock
from lola.state import EmbeddedValkey
from lola.testing.whatsapp import WhatsAppDevice, received_from_graph

START_SECONDS = 240


class Fleet:
    """Starts `lola` processes that share a Redis and a sandbox."""

    def __init__(self, data: Path, **environment: str) -> None:
        self._data = data
        self._redis = EmbeddedValkey(data / "redis")
        self._processes: list[Process] = []
        self._errors = (data / "stderr.log").open("ab")
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "LOLA_DATA": str(data / "shared"),
            **environment,
        }
        self.redis_url = ""
        self.sandbox = ""

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession()
        self.redis_url = await self._redis.start()
        self._environment["REDIS_URL"] = self.redis_url
        process = await self._start("sandbox", "--port", "0")
        self.sandbox = await self._said(process, "listening on ", exports=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.kill()
                await process.wait()
        await self.http.close()
        await self._redis.stop()
        self._errors.close()

    async def gateway(self, **environment: str) -> tuple[Process, str]:
        """Start a gateway and return it and its address."""
        process = await self._start("serve", "--role", "gateway", "--port", "0", **environment)
        return process, await self._said(process, "listening on ")

    async def worker(self, **environment: str) -> Process:
        """Start a worker, and wait until it works."""
        process = await self._start("serve", "--role", "worker", **environment)
        await self._said(process, "working")
        return process

    async def end(self, process: Process) -> int:
        """Stop a process as an operator would and return its exit status."""
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_SECONDS):
            return await process.wait()

    @property
    def account(self) -> str:
        """The bank's WhatsApp number."""
        return self._environment["PHONE_NUMBER_ID"]

    def device(self, url: str, number: str) -> WhatsAppDevice:
        """A WhatsApp user whose webhooks reach this gateway."""
        secret = self._environment["WHATSAPP_APP_SECRET"]
        return WhatsAppDevice(self.http, url, secret, self.account, number, "Ana", system_clock)

    async def delivered(self, number: str, count: int) -> list[str]:
        """The texts that reached a user, once there are so many."""
        query = {"to": number, "count": str(count), "seconds": "120"}
        url = f"{self.sandbox}/control/graph/messages"
        async with self.http.get(url, params=query) as response:
            items = (await response.json())["items"]
        return [received_from_graph(item["message"]).text for item in items]

    def logs(self) -> str:
        """What all processes wrote to stderr."""
        return (self._data / "stderr.log").read_text()

    async def _start(self, *arguments: str, **environment: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lola", *arguments,
            cwd=self._data, env={**self._environment, **environment},
            stdout=PIPE, stderr=self._errors,
        )  # fmt: skip
        self._processes.append(process)
        return process

    async def _said(self, process: Process, wanted: str, *, exports: bool = False) -> str:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            while line := (await process.stdout.readline()).decode():
                if exports and line.startswith("export "):
                    name, _, value = shlex.split(line)[1].partition("=")
                    self._environment[name] = value
                if line.startswith(wanted):
                    return line.split()[-1]
        raise AssertionError(self.logs()[-2000:])
