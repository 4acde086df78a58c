"""Plays every kill point: a process ends exactly there, is started again, and nothing is lost.

Each point has its own gateway, worker, channel and key names on one server, so that many are played
at once. The traffic makes every operation happen: a backlog that is too long for one turn, a
message whose first try fails, one that takes longer than a heartbeat, text about money.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

from lola.state import Connections
from reliability.broken import DESIGNS
from reliability.checker import Findings, check
from reliability.designs import observing
from reliability.fleet import Fleet
from reliability.gather import gathered, settled
from reliability.killpoints import EXIT_CODE, GATEWAY_OPERATIONS, KillPoint
from reliability.lines import LineClient
from reliability.processes import Role
from reliability.source import Source
from reliability.workload import Errand, Spoken, conversation_of, timers_of

_AT_ONCE: Final = 10
_ATTEMPTS: Final = 3
_DEATH_SECONDS: Final = 15.0
_PATIENCE_SECONDS: Final = 20.0
_HOLD_SECONDS: Final = 1.0
_LEASE_SECONDS: Final = 1.0
_BACKLOG: Final = 25
_SAID: Final[tuple[tuple[Errand, ...], ...]] = (
    ("long",),
    ("plain",) * _BACKLOG,
    ("fails_once", "plain", "money"),
    ("money", "plain"),
    ("timer", "plain"),
    ("announced", "plain"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointResult:
    """The result of one point. A point that was not reached proves nothing."""

    point: KillPoint
    reached: bool
    findings: Findings
    is_settled: bool
    messages: int
    resends: int
    dead_letters: int

    @property
    def kept(self) -> bool:
        """True when the process ended there and every promise was kept."""
        return self.reached and self.findings.kept and self.is_settled


async def play_points(
    points: Iterable[KillPoint], connections: Connections, url: str, folder: Path, seed: int
) -> tuple[PointResult, ...]:
    """Play points on one server, a few at a time. Call it from the main thread.

    A busy machine may finish a long turn before its heartbeat was due; such a point is tried again.
    """
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int, point: KillPoint) -> PointResult:
        async with room:
            for attempt in range(_ATTEMPTS):
                name = f"p{number}-{attempt}"
                place = folder / name
                place.mkdir()
                world = _World(point, connections, url, place, f"{seed}{name}")
                outcome = await world.play(Random(f"{seed} {name}"))  # noqa: S311 - no secret
                if outcome.reached or not outcome.findings.kept:
                    break
            return outcome

    return tuple(await asyncio.gather(*(one(*item) for item in enumerate(points))))


class _World:
    def __init__(
        self, point: KillPoint, connections: Connections, url: str, folder: Path, project: str
    ) -> None:
        self._point = point
        self._fleet = Fleet()
        self._design = DESIGNS["inbox"](
            observing(connections, project, _LEASE_SECONDS, _HOLD_SECONDS)
        )
        self._channel = Role(kind="channel", name="channel", folder=folder)
        self._gateway = Role(
            kind="gateway", name="g", folder=folder, redis_url=url, project=project
        )
        self._worker = replace(
            self._gateway,
            kind="worker",
            name="w",
            channel=self._channel.socket,
            lease_seconds=_LEASE_SECONDS,
            hold_seconds=_HOLD_SECONDS,
        )

    async def play(self, rng: Random) -> PointResult:
        gateway = LineClient(self._gateway.socket)
        conversations = [conversation_of(number) for number in range(len(_SAID))]
        spoken = [
            Spoken(sender=sender, message=f"s{sender}m{number}", errand=errand)
            for sender, errands in enumerate(_SAID)
            for number, errand in enumerate(errands)
        ]
        source = Source(spoken, [gateway], rng, _at_once)
        try:
            self._fleet.start("channel", self._channel)
            reached = await self._through_the_point(source)
            is_settled = await settled(self._design, conversations, _PATIENCE_SECONDS, lambda: 0)
        finally:
            await gateway.close()
            self._fleet.stop()
        history = await gathered(
            self._design,
            conversations,
            (*source.accepted, *timers_of(spoken)),
            self._channel.record,
        )
        return PointResult(
            point=self._point,
            reached=reached,
            findings=check(history),
            is_settled=is_settled,
            messages=len(spoken),
            resends=len(history.sent) - len({item.message for item in history.sent}),
            dead_letters=len(history.dead_replies) + len(history.dead_messages),
        )

    async def _through_the_point(self, source: Source) -> bool:
        """Deliver and work with the one process armed; replace it when it has ended."""
        if self._point.operation in GATEWAY_OPERATIONS:
            self._fleet.start("g", replace(self._gateway, kill_point=str(self._point)))
            delivering = asyncio.create_task(source.run())
            status = await self._fleet.ended("g", _DEATH_SECONDS)
            self._fleet.start("g", self._gateway)
            await delivering
        else:
            self._fleet.start("g", self._gateway)
            await source.run()
            armed = replace(
                self._worker,
                kill_point=str(self._point),
                stops_when_long=self._point.operation == "hand_back",
            )
            self._fleet.start("w", armed)
            status = await self._fleet.ended("w", _DEATH_SECONDS)
        if status is not None:
            self._fleet.start("w", self._worker)
        return status == EXIT_CODE


async def _at_once() -> None:
    """Do nothing: this source is not held back."""
