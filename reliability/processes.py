"""The processes of a chaos run: gateways, workers and the channel, each killable on its own.

They are forked from a small server process that has everything imported, so that a killed worker
is replaced within milliseconds. Each runs the production code; only its Redis client may be armed
with a kill point. They end with the process that started them.
"""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Literal

from lola.domain.messages import JsonObject
from lola.errors import StoreUnavailableError
from lola.state import connect
from lola.telemetry.logs import configure
from reliability.broken import DESIGNS
from reliability.channel import ChannelCourier, run_channel
from reliability.designs import Design, DesignName, Setting
from reliability.killpoints import KillPoint, Trigger, armed
from reliability.lines import serve_lines
from reliability.workload import Spoken

_COMMAND_SECONDS = 1.0
_CALL_SECONDS = 0.8
_SET_PARENT_DEATH_SIGNAL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One process. `channel` is a path or a loopback port; `kill_point` may be empty."""

    kind: Literal["gateway", "worker", "channel"]
    name: str
    folder: Path
    redis_url: str = ""
    project: str = "chaos"
    design: DesignName = "inbox"
    channel: str | int = ""
    lease_seconds: float = 1.0
    hold_seconds: float = 3.0
    kill_point: str = ""
    stops_when_long: bool = False
    drop_every: int = 0

    @property
    def socket(self) -> str:
        """The path of the socket on which a gateway or the channel listens."""
        return str(self.folder / f"{self.name}.sock")

    @property
    def record(self) -> Path:
        """The file in which the channel records what it was sent."""
        return self.folder / "sent.jsonl"

    @property
    def fenced(self) -> Path:
        """The file in which workers note late commits, one byte each."""
        return self.folder / "fenced"


def start(role: Role) -> BaseProcess:
    """Start a process; from the main thread only."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_run, args=(role,), name=role.name, daemon=True)
    process.start()
    return process


def _run(role: Role) -> None:
    _end_with_parent()
    configure("critical")
    # An earlier process was killed and could not clean up.
    Path(role.socket).unlink(missing_ok=True)
    runs = {"gateway": _gateway, "worker": _worker, "channel": _channel}
    asyncio.run(runs[role.kind](role))


def _end_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


async def _channel(role: Role) -> None:
    await run_channel(role.socket, role.record, drop_every=role.drop_every)


async def _gateway(role: Role) -> None:
    """Accept messages as the webhook does: stored, or refused so that they are sent again."""
    design = _design(role, _trigger(role), asyncio.Event())

    async def handle(request: JsonObject) -> JsonObject:
        try:
            stored = await design.enqueue(Spoken(**request["say"]).inbound())
        except StoreUnavailableError:
            return {"refused": True}
        return {"seq": stored.seq, "duplicate": stored.duplicate}

    server = await serve_lines(handle, path=role.socket)
    async with server:
        await server.serve_forever()


async def _worker(role: Role) -> None:
    trigger = _trigger(role)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    courier = ChannelCourier(role.channel, _CALL_SECONDS, trigger)
    await _design(role, trigger, stop).work(role.name, courier, stop)


def _trigger(role: Role) -> Trigger:
    return Trigger(KillPoint.parse(role.kill_point) if role.kill_point else None)


def _design(role: Role, trigger: Trigger, stop: asyncio.Event) -> Design:
    async def on_long() -> None:
        if role.stops_when_long:
            stop.set()

    def on_fenced() -> None:
        file = os.open(role.fenced, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, b".")
        os.close(file)

    setting = Setting(
        connections=armed(connect(role.redis_url, timeout_seconds=_COMMAND_SECONDS), trigger),
        project=role.project,
        lease_seconds=role.lease_seconds,
        hold_seconds=role.hold_seconds,
        on_long=on_long,
        on_fenced=on_fenced,
    )
    return DESIGNS[role.design](setting)
