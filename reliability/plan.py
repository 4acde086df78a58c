"""The plan of a run, all of it derived from a seed: how much traffic, and which faults when.

A fault's time is counted in messages, not in seconds, so that a slow machine gets the same faults
at the same points of the work: accepted ones for a gateway, sent ones for everything else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from reliability.designs import DesignName
from reliability.proxy import NETWORK_FAULTS, NetworkFault
from reliability.workload import Spoken, traffic

FaultKind = Literal[
    "kill_worker", "kill_gateway", "pause_worker", "kill_server", "end_server", "cut_log", "network"
]

_SERVER_FAULTS: tuple[FaultKind, ...] = ("kill_server", "end_server", "cut_log")
_EVERY_GATEWAY = 5
_LAST = 0.95
_PAUSE_LEASES = 1.6
_NETWORK_SECONDS = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault after `at` messages. `pick` (0 to 1) chooses the process."""

    at: int
    kind: FaultKind
    pick: float
    seconds: float = 0.0
    network: NetworkFault | None = None
    target: Literal["redis", "channel"] = "redis"

    def __str__(self) -> str:
        detail = f" {self.network} {self.target}" if self.network else ""
        length = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.at}: {self.kind}{detail} {self.pick:.3f}{length}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run. Kills fall on workers and, every fifth, on gateways; `network` counts faults.

    `patience` is how many seconds without any progress end the run.
    """

    seed: int
    messages: int
    kills: int = 0
    pauses: int = 0
    restarts: int = 0
    network: int = 0
    drop_every: int = 0
    design: DesignName = "inbox"
    senders: int = 300
    gateways: int = 2
    workers: int = 3
    lease_seconds: float = 1.0
    hold_seconds: float = 3.0
    patience: float = 30.0

    def rng(self, purpose: str) -> Random:
        """Return the random numbers for one purpose: the same for the same seed."""
        return Random(f"{self.seed} {purpose}")  # noqa: S311 - faults are no secret

    def traffic(self) -> tuple[Spoken, ...]:
        """Return the messages of the run."""
        return traffic(
            self.rng("traffic"),
            self.messages,
            self.senders,
            is_inbox=self.design == "inbox",
        )

    def faults(self) -> tuple[Fault, ...]:
        """Return the faults in their order."""
        rng = self.rng("faults")
        faults = [
            *self._spread(rng, self.kills, self._kill),
            *self._spread(rng, self.pauses, self._pause),
            *self._spread(rng, self.restarts, self._restart),
            *self._spread(rng, self.network, self._network),
        ]
        return tuple(sorted(faults, key=lambda fault: fault.at))

    def __str__(self) -> str:
        return "\n".join((f"seed {self.seed}, {self.messages} messages", *map(str, self.faults())))

    def _spread(
        self, rng: Random, times: int, make: Callable[[int, int, float], Fault]
    ) -> list[Fault]:
        """Spread faults evenly over the run, each at a random point of its interval."""
        return [
            make(number, int((number + rng.random()) / times * _LAST * self.messages), rng.random())
            for number in range(times)
        ]

    def _kill(self, number: int, at: int, pick: float) -> Fault:
        is_gateway = number % _EVERY_GATEWAY == _EVERY_GATEWAY - 1
        kind: FaultKind = "kill_gateway" if is_gateway else "kill_worker"
        return Fault(at=at, kind=kind, pick=pick)

    def _pause(self, _: int, at: int, pick: float) -> Fault:
        seconds = self.lease_seconds * _PAUSE_LEASES
        return Fault(at=at, kind="pause_worker", pick=pick, seconds=seconds)

    def _restart(self, number: int, at: int, pick: float) -> Fault:
        return Fault(at=at, kind=_SERVER_FAULTS[number % len(_SERVER_FAULTS)], pick=pick)

    def _network(self, number: int, at: int, pick: float) -> Fault:
        fault = NETWORK_FAULTS[number % len(NETWORK_FAULTS)]
        is_channel = number // len(NETWORK_FAULTS) % 2
        return Fault(
            at=at,
            kind="network",
            pick=pick,
            seconds=_NETWORK_SECONDS,
            network=fault,
            target="channel" if is_channel else "redis",
        )
