"""The sizes of the runs: on every push, and nightly (docs/reliability.md)."""

from dataclasses import dataclass
from typing import Final, Literal

from reliability.broken import BROKEN
from reliability.designs import DesignName
from reliability.plan import Plan

TierName = Literal["push", "nightly"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The runs of one tier. `points` is how often each kill point is played."""

    runs: tuple[tuple[str, Plan], ...]
    controls: tuple[tuple[str, Plan], ...]
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    messages: int
    kills: int
    pauses: int
    restarts: int
    network: int
    dropping: int
    points: int


_SIZES: Final[dict[TierName, _Size]] = {
    "push": _Size(
        messages=5_000, kills=50, pauses=10, restarts=3, network=12, dropping=500, points=1
    ),
    "nightly": _Size(
        messages=200_000, kills=2_000, pauses=200, restarts=200, network=120, dropping=5_000,
        points=20,
    ),
}  # fmt: skip
_PER_RESTART: Final = 100
_PER_NETWORK_FAULT: Final = 50


def tier(name: TierName, seed: int, *, messages: int = 0, kills: int = 0) -> Tier:
    """Return a tier; `messages` and `kills` scale its first run, 0 leaves them as they are."""
    size = _SIZES[name]
    return Tier(
        runs=(
            (
                "kills and pauses",
                Plan(
                    seed=seed,
                    messages=messages or size.messages,
                    kills=kills or size.kills,
                    pauses=size.pauses,
                ),
            ),
            (
                "server restarts",
                Plan(
                    seed=seed,
                    messages=max(800, size.restarts * _PER_RESTART),
                    kills=size.restarts,
                    restarts=size.restarts,
                ),
            ),
            (
                "network faults",
                Plan(
                    seed=seed,
                    messages=size.network * _PER_NETWORK_FAULT,
                    network=size.network,
                ),
            ),
            (
                "dropped answers",
                Plan(seed=seed, messages=size.dropping, drop_every=3, hold_seconds=0.3),
            ),
        ),
        controls=tuple((title, control(design, seed)) for design, title in BROKEN.items()),
        points=size.points,
    )


def control(design: DesignName, seed: int) -> Plan:
    """Return the run that a broken design must fail: few senders, so that turns often collide."""
    return Plan(
        seed=seed,
        messages=500,
        kills=15,
        pauses=2,
        senders=40,
        design=design,
        patience=2.5,
    )
