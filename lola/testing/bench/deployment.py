"""A service as an operator runs it, in separate processes whose CPU time is measured.

One Valkey, one sandbox for the partners, one gateway and some workers. The channel and the model
are servers of the measuring process. Linux only: times come from /proc.
"""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Self

import aiohttp

import lola
from lola.domain.clock import system_clock
from lola.state import EmbeddedValkey, connect
from lola.testing.bench.measurements import CpuTime, Start
from lola.testing.whatsapp import WhatsAppDevice

ACCOUNT = "700000000000001"
APP_SECRET = "bench-app-secret"  # noqa: S105 - both ends of the loopback are ours
READY_SECONDS = 240
_READY = re.compile(r"listening on (\S+)|working")
# The folder that holds the running package, whatever the interpreter has installed.
_THIS = Path(lola.__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A `lola …` process that has printed its ready line."""

    def __init__(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        self._process = process
        self.seconds = seconds
        self.url = ""
        self.exports: dict[str, str] = {}

    @classmethod
    async def start(
        cls, *arguments: str, folder: Path, environment: Mapping[str, str], module: str = "lola"
    ) -> Self:
        """Start it and wait for its ready line. Raises TimeoutError, or RuntimeError if it ends."""
        started = perf_counter()
        with (folder / "stderr.log").open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *arguments, cwd=folder, env=dict(environment),
                stdout=asyncio.subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        self = cls(process, 0.0)
        async with asyncio.timeout(READY_SECONDS):
            await self._ready()
        self.seconds = perf_counter() - started
        return self

    async def _ready(self) -> None:
        output = self._process.stdout
        while output is not None and (line := (await output.readline()).decode()):
            if line.startswith("export "):
                # The sandbox prints settings in the form that a shell reads.
                name, _, value = shlex.split(line)[1].partition("=")
                self.exports[name] = value
            if ready := _READY.match(line):
                self.url = ready[1] or ""
                return
        raise RuntimeError("a process of the bench ended before it was ready")

    async def stop(self) -> None:
        """Terminate it and wait for its end."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.communicate()

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far."""
        return cpu_seconds(self._process.pid)

    @property
    def resident_mib(self) -> float:
        """Resident memory now."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def gemini_at(url: str) -> dict[str, str]:
    """Return the settings of a model behind Gemini's wire."""
    return {
        "LOLA_MODEL": "gemini:bench",
        "GEMINI_API_KEY": "bench",
        "GOOGLE_GEMINI_BASE_URL": url,
    }


def openai_at(url: str) -> dict[str, str]:
    """Return the settings of a model behind OpenAI's wire."""
    return {"LOLA_MODEL": "openai:bench", "OPENAI_API_KEY": "bench", "OPENAI_BASE_URL": url}


class Deployment:
    """`workers` 0 is one process for everything. `model` are its settings; None is offline.

    `code` is the checkout of another version that runs in the place of this one, and `module` the
    module that runs in the place of a single process.
    """

    def __init__(
        self,
        folder: Path,
        graph_url: str,
        *,
        workers: int,
        model: Mapping[str, str] | None = None,
        code: Path | None = None,
        module: str = "lola",
    ) -> None:
        self._folder = folder
        self._graph_url = graph_url
        self._worker_count = workers
        self._model = model or {"LOLA_MODEL": "offline"}
        self._code = code or _THIS
        self._module = module
        self._stack = AsyncExitStack()
        self._workers: list[Process] = []
        self._redis_pid = 0

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        valkey = EmbeddedValkey(self._folder / "valkey")
        redis_url = await valkey.start()
        self._stack.push_async_callback(valkey.stop)
        self.connections = connect(redis_url)
        self._stack.push_async_callback(self.connections.close)
        info = await self.connections.commands.info("server")
        self._redis_pid = int(info["process_id"])
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        base = self._environment(redis_url)
        sandbox = await self._process(base, "sandbox", "--port", "0")
        environment = {**sandbox.exports, **base}
        roles = ("gateway",) if self._worker_count else ("all",)
        self._gateway = await self._process(
            environment, *_serve(*roles), "--port", "0", module=self._module
        )
        for _ in range(self._worker_count):
            self._workers.append(await self._process(environment, *_serve("worker")))

    def _environment(self, redis_url: str) -> dict[str, str]:
        # Settings in the caller's environment must not affect the measured service.
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        kept["PYTHONPATH"] = str(self._code)
        return (
            kept
            | dict(self._model)
            | {
                "REDIS_URL": redis_url,
                "LOLA_DATA": str(self._folder / "data"),
                # Its own stub of WhatsApp counts as a real channel.
                "ALLOW_UNSAFE": "phone_faker,open_commands,local_secrets,offline_model",
                # Its senders write much faster than people do, and always the same.
                "MESSAGES_PER_MINUTE": "0",
                "LOOP_REPLIES": "0",
                "WHATSAPP_GRAPH_URL": self._graph_url,
                "TOKEN_WHATSAPP": "bench",
                "PHONE_NUMBER_ID": ACCOUNT,
                "WHATSAPP_APP_SECRET": APP_SECRET,
                "VERIFY_TOKEN_WHATSAPP": "bench",
            }
        )

    async def _process(
        self, environment: Mapping[str, str], *arguments: str, module: str = "lola"
    ) -> Process:
        process = await Process.start(
            *arguments, folder=self._folder, environment=environment, module=module
        )
        self._stack.push_async_callback(process.stop)
        return process

    def device(self, number: str) -> WhatsAppDevice:
        """Return a sender's device; `number` is digits."""
        return WhatsAppDevice(
            self._http, self._gateway.url, APP_SECRET, ACCOUNT, number, "Bench", system_clock
        )

    def cpu_time(self) -> CpuTime:
        """Return the CPU time of every process so far; a single process counts as a worker."""
        gateway = self._gateway.cpu_seconds
        redis = cpu_seconds(self._redis_pid)
        if not self._workers:
            return CpuTime(gateway=0.0, workers=gateway, redis=redis)
        workers = sum(worker.cpu_seconds for worker in self._workers)
        return CpuTime(gateway=gateway, workers=workers, redis=redis)

    @property
    def resident_mib(self) -> float:
        """Resident memory of the gateway, or of the single process, now."""
        return self._gateway.resident_mib

    def start_measurement(self) -> Start:
        """Return the gateway's time to ready and its resident memory now."""
        return Start(seconds=self._gateway.seconds, resident_mib=self.resident_mib)


def cpu_seconds(pid: int) -> float:
    """Return a process's user and system time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _serve(role: str) -> tuple[str, ...]:
    return "serve", "--role", role
