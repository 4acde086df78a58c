"""From the days' totals to what the page of statistics shows. Pure.

A total's name is that of a metric with its labels: `lola_turns_total|route=send`
(`lola.telemetry.growth`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lola.domain.journey import STEPS
from lola.telemetry import names

Totals = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What answered, how often, and how long it took in the mean."""

    name: str
    turns: int
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """Requests to one model; `cost` is by the price table, in US dollars."""

    name: str
    calls: int
    failed: int
    milliseconds: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """Messages that a provider bills; `cost` is by the price table, in US dollars."""

    channel: str
    category: str
    messages: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What happened in some days. `resolved` is the share of conversations that needed no person;
    None when none began.
    """

    days: tuple[tuple[date, int], ...]
    steps: tuple[tuple[str, int], ...]
    persons: int
    resolved: float | None
    routes: tuple[Route, ...]
    models: tuple[ModelUse, ...]
    guards: tuple[tuple[str, int], ...]
    billed: tuple[Billed, ...]

    @property
    def cost(self) -> float:
        """What messages and models cost together, in US dollars."""
        return sum(one.cost for one in self.billed) + sum(one.cost for one in self.models)


def statistics_of(days: Sequence[date], totals: Sequence[Totals]) -> Statistics:
    """Return the statistics of some days from their totals, in the same order."""
    whole: dict[str, float] = defaultdict(float)
    for day in totals:
        for name, number in day.items():
            whole[name] += number
    steps = _counts(whole, names.METRIC_STEPS)
    begun, persons = steps.get("started", 0), steps.get("person", 0)
    return Statistics(
        days=tuple(
            (day, sum(_counts(one, names.METRIC_TURNS).values()))
            for day, one in zip(days, totals, strict=True)
        ),
        steps=tuple((step, steps.get(step, 0)) for step in STEPS if step != "person"),
        persons=persons,
        resolved=max(0.0, 1 - persons / begun) if begun else None,
        routes=_routes(whole),
        models=_models(whole),
        guards=_most(_counts(whole, names.METRIC_GUARD_HITS).items()),
        billed=_billed(whole),
    )


def _of(totals: Totals, name: str) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the label values and the number of each total of a metric."""
    for key, number in totals.items():
        metric, *labels = key.split("|")
        if metric == name:
            yield tuple(label.partition("=")[2] for label in labels), number


def _counts(totals: Totals, metric: str) -> dict[str, int]:
    """Return first label → count, of a metric with one label."""
    return {labels[0]: int(number) for labels, number in _of(totals, f"{metric}_total")}


def _most(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def _routes(totals: Totals) -> tuple[Route, ...]:
    seconds = {labels[0]: n for labels, n in _of(totals, f"{names.METRIC_TURN_SECONDS}_sum")}
    return tuple(
        Route(name=name, turns=count, milliseconds=_mean(seconds.get(name, 0.0), count))
        for name, count in _most(_counts(totals, names.METRIC_TURNS).items())
    )


def _models(totals: Totals) -> tuple[ModelUse, ...]:
    calls: dict[str, int] = defaultdict(int)
    failed: dict[str, int] = defaultdict(int)
    for (model, outcome), number in _of(totals, f"{names.METRIC_MODEL_CALLS}_total"):
        calls[model] += int(number)
        failed[model] += int(number) if outcome != "ok" else 0
    seconds = {labels[0]: n for labels, n in _of(totals, f"{names.METRIC_MODEL_SECONDS}_sum")}
    costs = {labels[0]: n for labels, n in _of(totals, f"{names.METRIC_MODEL_COST}_total")}
    return tuple(
        ModelUse(
            name=name,
            calls=count,
            failed=failed[name],
            milliseconds=_mean(seconds.get(name, 0.0), count),
            cost=costs.get(name, 0.0),
        )
        for name, count in _most(calls.items())
    )


def _billed(totals: Totals) -> tuple[Billed, ...]:
    messages: dict[tuple[str, str], float] = defaultdict(float)
    costs: dict[tuple[str, str], float] = defaultdict(float)
    for (channel, category, _), number in _of(totals, f"{names.METRIC_BILLED}_total"):
        messages[channel, category] += number
    for (channel, category, _), number in _of(totals, f"{names.METRIC_MESSAGE_COST}_total"):
        costs[channel, category] += number
    return tuple(
        Billed(
            channel=channel,
            category=category,
            messages=int(messages[channel, category]),
            cost=costs[channel, category],
        )
        for channel, category in sorted(messages)
    )


def _mean(seconds: float, count: int) -> float:
    return seconds / count * 1000 if count else 0.0
