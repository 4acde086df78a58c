"""Plays a plan: starts all processes, injects the planned faults, waits for the end, checks.

The run itself judges nothing: it collects the three histories and gives them to the checker.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from lola.state import Connections, connect
from reliability.broken import DESIGNS
from reliability.channel import count
from reliability.checker import Findings, check
from reliability.designs import observing
from reliability.fleet import Fleet
from reliability.gather import gathered, settled
from reliability.lines import LineClient
from reliability.plan import Fault, Plan
from reliability.processes import Role
from reliability.proxy import FaultProxy
from reliability.server import Server
from reliability.source import Source
from reliability.workload import conversation_of, timers_of

PROJECT: Final = "chaos"
_AHEAD: Final = 300
_POLL_SECONDS: Final = 0.02
_HELD_BACK_SECONDS: Final = 0.2

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """The result of a run. `deaths` are processes that ended without having been killed."""

    plan: Plan
    findings: Findings
    figures: Counter[str]
    seconds: float
    deaths: tuple[str, ...] = ()
    is_settled: bool = True

    @property
    def kept(self) -> bool:
        """True when every promise was kept and all work was done."""
        return self.findings.kept and self.is_settled and not self.deaths

    def explain(self) -> str:
        """Return the text that a person needs to see and repeat a failure."""
        return "\n".join(
            (
                *self.findings.lines(),
                *self.deaths,
                "" if self.is_settled else "the run did not finish its work",
                str(dict(self.figures)),
                str(self.plan),
            )
        )


async def play(plan: Plan, folder: Path, on_progress: Progress | None = None) -> RunResult:
    """Play one plan in an empty folder with a short path. Call it from the main thread."""
    started = monotonic()
    server = Server(folder)
    await server.start()
    try:
        connections = connect(server.url)
        run = _Run(plan, folder, server, connections, on_progress or (lambda _: None))
        try:
            return await run.play(started)
        finally:
            await connections.close()
    finally:
        await server.stop()


class _Run:
    def __init__(
        self,
        plan: Plan,
        folder: Path,
        server: Server,
        connections: Connections,
        on_progress: Progress,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._server = server
        self._connections = connections
        self._on_progress = on_progress
        self._rng = plan.rng("run")
        self._fleet = Fleet()
        self._figures: Counter[str] = Counter()
        self._proxies: dict[str, FaultProxy] = {}
        self._sent = 0
        self._pauses: set[asyncio.Task[None]] = set()
        self._design = DESIGNS[plan.design](
            observing(connections, PROJECT, plan.lease_seconds, plan.hold_seconds)
        )
        self._conversations = [conversation_of(number) for number in range(plan.senders)]

    async def play(self, started: float) -> RunResult:
        spoken = self._plan.traffic()
        async with self._everything() as (gateways, channel):
            source = Source(spoken, gateways, self._rng, self._held_back)
            self._source = source
            watching = asyncio.create_task(self._watch(channel))
            try:
                delivering = asyncio.create_task(source.run())
                await self._break_all(delivering)
                await delivering
                await asyncio.gather(*self._pauses)
                is_settled = await settled(
                    self._design, self._conversations, self._plan.patience, lambda: self._sent
                )
            finally:
                watching.cancel()
            history = await gathered(
                self._design,
                self._conversations,
                (*source.accepted, *timers_of(spoken)),
                self._role("channel", "channel").record,
            )
        self._figures.update(
            offers=source.offers,
            redelivered=source.redeliveries,
            sends=len(history.sent),
            resends=len(history.sent) - len({item.message for item in history.sent}),
            dead_letters=len(history.dead_replies) + len(history.dead_messages),
            fenced=_size(self._role("worker", "").fenced),
            broken_connections=sum(proxy.broken for proxy in self._proxies.values()),
        )
        return RunResult(
            plan=self._plan,
            findings=check(history),
            figures=self._figures,
            seconds=monotonic() - started,
            deaths=tuple(self._fleet.deaths),
            is_settled=is_settled,
        )

    @asynccontextmanager
    async def _everything(self) -> AsyncIterator[tuple[list[LineClient], LineClient]]:
        plan = self._plan
        channel = Role(
            kind="channel", name="channel", folder=self._folder, drop_every=plan.drop_every
        )
        if plan.network:
            path = self._server.url.removeprefix("unix://")
            self._proxies = {
                "redis": FaultProxy(path, self._rng),
                "channel": FaultProxy(channel.socket, self._rng),
            }
            for proxy in self._proxies.values():
                await proxy.start()
        clients: list[LineClient] = []
        try:
            self._fleet.start("channel", channel)
            for number in range(plan.gateways):
                role = self._role("gateway", f"g{number}")
                self._fleet.start(role.name, role)
                clients.append(LineClient(role.socket))
            for number in range(plan.workers):
                role = self._role("worker", f"w{number}")
                self._fleet.start(role.name, role)
            clients.append(LineClient(channel.socket))
            yield clients[:-1], clients[-1]
        finally:
            for client in clients:
                await client.close()
            self._fleet.stop()
            for proxy in self._proxies.values():
                await proxy.close()

    def _role(self, kind: str, name: str) -> Role:
        channel = str(self._folder / "channel.sock")
        has_proxies = bool(self._proxies)
        return Role(
            kind=kind,  # type: ignore[arg-type]
            name=name,
            folder=self._folder,
            project=PROJECT,
            design=self._plan.design,
            redis_url=(
                f"redis://127.0.0.1:{self._proxies['redis'].port}"
                if has_proxies
                else self._server.url
            ),
            channel=self._proxies["channel"].port if has_proxies else channel,
            lease_seconds=self._plan.lease_seconds,
            hold_seconds=self._plan.hold_seconds,
        )

    async def _watch(self, channel: LineClient) -> None:
        while True:
            self._sent = await count(channel)
            self._on_progress(self._sent)
            await asyncio.sleep(_POLL_SECONDS)

    async def _held_back(self) -> None:
        """Wait while deliveries are far ahead of sends, for a short time at most."""
        until = monotonic() + _HELD_BACK_SECONDS
        while (  # noqa: ASYNC110 - the channel can only be polled
            len(self._source.accepted) - self._sent > _AHEAD and monotonic() < until
        ):
            await asyncio.sleep(_POLL_SECONDS)

    async def _break_all(self, delivering: asyncio.Task[None]) -> None:
        """Inject gateway faults by accepted messages, all others by sent ones."""
        faults = self._plan.faults()
        of_gateways = [fault for fault in faults if fault.kind == "kill_gateway"]
        others = [fault for fault in faults if fault.kind != "kill_gateway"]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._break_gateways(of_gateways, delivering))
            group.create_task(self._break_others(others, delivering))

    async def _break_gateways(
        self, faults: Iterable[Fault], delivering: asyncio.Task[None]
    ) -> None:
        moved = self._source.moved
        for fault in faults:
            while len(self._source.accepted) < fault.at and not delivering.done():
                moved.clear()
                await moved.wait()
            await self._break(fault)

    async def _break_others(self, faults: Iterable[Fault], delivering: asyncio.Task[None]) -> None:
        for fault in faults:
            while self._sent < fault.at and not delivering.done():  # noqa: ASYNC110 - as above
                await asyncio.sleep(_POLL_SECONDS)
            # Not always right after a poll: anywhere inside the work.
            await asyncio.sleep(self._rng.random() * _POLL_SECONDS)
            await self._break(fault)

    async def _break(self, fault: Fault) -> None:
        self._figures[fault.kind] += 1
        match fault.kind:
            case "kill_worker" | "kill_gateway":
                kind = fault.kind.removeprefix("kill_")
                # A gateway's address is its name, so only workers come back under a new one.
                keeps_name = kind == "gateway" or int(fault.pick * 1000) % 2 == 0
                self._fleet.kill(self._pick(kind, fault.pick), keeps_name=keeps_name)
            case "pause_worker":
                slot = self._pick("worker", fault.pick)
                task = asyncio.create_task(self._fleet.pause(slot, fault.seconds))
                self._pauses.add(task)
            case "kill_server" | "end_server" | "cut_log":
                await self._server.restart(fault.kind, self._rng)
            case "network":
                proxy = self._proxies[fault.target]
                if fault.network is not None:
                    proxy.begin(fault.network)
                await asyncio.sleep(fault.seconds)
                proxy.heal()

    def _pick(self, kind: str, pick: float) -> str:
        slots = self._fleet.slots(kind)
        return slots[int(pick * 1_000_003) % len(slots)]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
