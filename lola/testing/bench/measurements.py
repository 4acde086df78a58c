"""The results of the measurements, and how times become figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from lola.channel.cost import Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Percentiles of times, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Percentiles":
        """Compute the percentiles of at least two times in seconds."""
        cuts = quantiles((value * 1000 for value in seconds), n=100, method="inclusive")
        return cls(p50=cuts[49], p95=cuts[94], p99=cuts[98])

    def ratio_to(self, other: "Percentiles") -> "Percentiles":
        """Return each figure divided by the other's."""
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
class CpuTime:
    """CPU seconds by kind of process."""

    gateway: float
    workers: float
    redis: float

    def __sub__(self, earlier: "CpuTime") -> "CpuTime":
        """Return the CPU time since `earlier`."""
        return CpuTime(
            gateway=self.gateway - earlier.gateway,
            workers=self.workers - earlier.workers,
            redis=self.redis - earlier.redis,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """All messages posted at once and answered by this many workers.

    There are fewer replies than messages when waiting messages were answered together.
    """

    name: str
    workers: int
    messages: int
    replies: int
    seconds: float
    cpu: CpuTime

    @property
    def per_second(self) -> float:
        """Messages per second, from the first post to the last answer."""
        return self.messages / self.seconds

    @property
    def replies_per_second(self) -> float:
        """Replies per second; unlike messages they cannot be merged."""
        return self.replies / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of the service per message, without Redis."""
        return (self.cpu.gateway + self.cpu.workers) / self.messages * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCost:
    """What one message of a sender of its own took in one version.

    Processor milliseconds of the service and of Redis, times from webhook in to send seen, messages
    per second when all come at once, and resident memory at the end.
    """

    name: str
    cpu_ms: float
    cpu_with_tool_ms: float
    redis_ms: float
    waits: Percentiles
    burst_per_second: float
    resident_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogues:
    """Few senders, many messages, each written after the reply to the one before."""

    senders: int
    messages: int
    first_tenth_ms: float
    last_tenth_ms: float

    @classmethod
    def of(cls, waits: Sequence[Sequence[float]]) -> "Dialogues":
        """Compute the medians of the first and last tenth; one sequence of seconds per sender."""
        tenth = max(1, len(waits[0]) // 10)
        return cls(
            senders=len(waits),
            messages=sum(map(len, waits)),
            first_tenth_ms=median(value for one in waits for value in one[:tenth]) * 1000,
            last_tenth_ms=median(value for one in waits for value in one[-tenth:]) * 1000,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTime:
    """CPU time of the offline model per turn, early and late in a conversation.

    `replayed` is the time of the same late turns when the whole window is read again.
    """

    senders: int
    early: Percentiles
    late: Percentiles
    replayed: Percentiles

    @property
    def times_less(self) -> float:
        """How many times less a late turn takes than reading the window again, at p95."""
        return self.replayed.p95 / self.late.p95

    @property
    def growth(self) -> float:
        """How much more a late turn takes than an early one, at the median."""
        return self.late.p50 / self.early.p50


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The time from exec to the ready line, and the resident memory of the idle process."""

    seconds: float
    resident_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCost:
    """What the messages of a returning sender's transfer cost on one channel, by its price table.

    `passed` says that the journey ended as it should.
    """

    channel: str
    billed: Bill
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run of all measurements. `paced` is from webhook in to send seen.

    The first of `costs` is this version.
    """

    acknowledgements: Acknowledgements
    costs: tuple[MessageCost, ...]
    start: Start
    paced_per_second: int
    paced: Percentiles
    bursts: tuple[Burst, ...]
    dialogues: Dialogues
    transfers: tuple[TransferCost, ...]
    turn_time: TurnTime
