"""Returns what the metrics counted since the last time, for the daily statistics of the console."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry

from lola.telemetry import names

DAILY = frozenset(
    {
        names.METRIC_TURNS,
        names.METRIC_TURN_SECONDS,
        names.METRIC_STEPS,
        names.METRIC_GUARD_HITS,
        names.METRIC_MODEL_CALLS,
        names.METRIC_MODEL_SECONDS,
        names.METRIC_MODEL_COST,
        names.METRIC_BILLED,
        names.METRIC_MESSAGE_COST,
    }
)
_TOTALS = ("_total", "_sum", "_count")


class Counted:
    """Remembers the totals of a registry, so that each growth is returned once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._before: dict[str, float] = {}

    def growth(self) -> dict[str, float]:
        """Return name → growth since the last call, of what grew.

        A name is the sample's with its labels in their order: `lola_turns_total|route=send`.
        """
        totals = dict(_totals(self._registry))
        grown = {
            name: total - self._before.get(name, 0.0)
            for name, total in totals.items()
            if total != self._before.get(name, 0.0)
        }
        self._before = totals
        return grown


def _totals(registry: CollectorRegistry) -> Iterator[tuple[str, float]]:
    for family in registry.collect():
        if family.name in DAILY:
            for sample in family.samples:
                if sample.name.endswith(_TOTALS):
                    labels = (f"{name}={value}" for name, value in sample.labels.items())
                    yield "|".join((sample.name, *labels)), sample.value
