"""The scenario report: conversations that reached their goal, turns, wrong statements, calls.

Rows are counts and means over scenario results.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lola.testing.scenario_result import ScenarioResult
from lola.text.languages import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the report, over some conversations.

    `turns` is the mean number of the sender's turns to the goal; `plain_calls` and `tool_calls` are
    mean model calls per turn without and with tools. `billed` and `cost` are the mean messages that
    the provider bills and what they cost. A mean over nothing is None.
    """

    name: str
    played: int
    reached: int
    turns: float | None
    wrong: int
    plain_calls: float | None
    tool_calls: float | None
    billed: float | None
    cost: float | None

    @property
    def share(self) -> float:
        """The share that reached its goal, 0 to 1."""
        return self.reached / self.played if self.played else 0.0


def rows_of(results: Iterable[ScenarioResult]) -> list[Row]:
    """Return a row per language and ability, then one per language, then one for all.

    Scenarios without a goal are left out.
    """
    counted = [result for result in results if result.scenario.reach is not None]
    abilities = sorted({(one.scenario.language, one.scenario.ability) for one in counted})
    rows = [
        row_of(
            f"{language} · {ability}",
            [
                one
                for one in counted
                if (one.scenario.language, one.scenario.ability) == (language, ability)
            ],
        )
        for language, ability in abilities
    ]
    rows += [
        row_of(language, [one for one in counted if one.scenario.language == language])
        for language in LANGUAGES
        if any(one.scenario.language == language for one in counted)
    ]
    return [*rows, row_of("all", counted)]


def row_of(name: str, results: Sequence[ScenarioResult]) -> Row:
    """Return the row over these results."""
    reached = [result for result in results if is_reached(result)]
    return Row(
        name=name,
        played=len(results),
        reached=len(reached),
        turns=_mean(result.reached_in for result in reached),
        wrong=sum(len(result.wrong) for result in results),
        plain_calls=_mean(calls for result in results for calls in result.plain_calls),
        tool_calls=_mean(calls for result in results for calls in result.tool_calls),
        billed=_mean(result.billed.messages for result in reached),
        cost=_mean(float(result.billed.cost) for result in reached),
    )


def is_reached(result: ScenarioResult) -> bool:
    """Return whether the goal was reached without a failure."""
    return bool(result.reached_in) and not result.failures


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None
