"""What a measurement came to, and the few sums that turn times into figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Percentiles of times, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Percentiles":
        """Answer the percentiles of at least two times in seconds."""
        cuts = quantiles((value * 1000 for value in seconds), n=100, method="inclusive")
        return cls(p50=cuts[49], p95=cuts[94], p99=cuts[98])

    def times(self, other: "Percentiles") -> "Percentiles":
        """Answer how many times the other each figure is."""
        return Percentiles(
            p50=self.p50 / other.p50, p95=self.p95 / other.p95, p99=self.p99 / other.p99
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgements:
    """Webhook to 200: ours, and a bare handler that does HMAC and one Redis script."""

    messages: int
    ours: Percentiles
    bare: Percentiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """CPU seconds by kind of process."""

    gateway: float
    workers: float
    redis: float

    def __sub__(self, earlier: "Spent") -> "Spent":
        """Answer what was spent since `earlier`."""
        return Spent(
            gateway=self.gateway - earlier.gateway,
            workers=self.workers - earlier.workers,
            redis=self.redis - earlier.redis,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Everything posted at once and answered by so many workers.

    `replies` are fewer than messages where what waited was answered together.
    """

    name: str
    workers: int
    messages: int
    replies: int
    seconds: float
    spent: Spent

    @property
    def per_second(self) -> float:
        """Messages per second, from the first post to the last answer."""
        return self.messages / self.seconds

    @property
    def replies_per_second(self) -> float:
        """Answers per second; unlike messages they cannot be merged."""
        return self.replies / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of the service per message, Redis left out."""
        return (self.spent.gateway + self.spent.workers) / self.messages * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogues:
    """Few senders, many messages, each written after the answer to the one before."""

    senders: int
    messages: int
    first_tenth_ms: float
    last_tenth_ms: float

    @classmethod
    def of(cls, rounds: Sequence[Sequence[float]]) -> "Dialogues":
        """Answer the medians of the first and last tenth; one sequence of seconds per sender."""
        tenth = max(1, len(rounds[0]) // 10)
        return cls(
            senders=len(rounds),
            messages=sum(map(len, rounds)),
            first_tenth_ms=median(value for one in rounds for value in one[:tenth]) * 1000,
            last_tenth_ms=median(value for one in rounds for value in one[-tenth:]) * 1000,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """From exec to the ready line, and what the idle process holds in memory."""

    seconds: float
    resident_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run of all measurements. `paced` is webhook in to send seen."""

    acknowledgements: Acknowledgements
    start: Start
    paced_per_second: int
    paced: Percentiles
    bursts: tuple[Burst, ...]
    dialogues: Dialogues
