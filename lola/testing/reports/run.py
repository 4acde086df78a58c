"""One run of scenario files as it is written to JSON, and what changed since another run."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from lola.errors import ConfigurationError
from lola.testing.scenario_report import is_reached
from lola.testing.scenario_result import ScenarioResult

_ADDRESS = re.compile(r"https?://\S+")
Change = Literal["fails now", "passes now", "new", "gone", "says something else"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Part):
    """One line of a transcript. `who` is `sender`, `lola`, `page`, `staff` or `time`."""

    who: str
    text: str
    options: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def __str__(self) -> str:
        titles = f" [{' · '.join(self.options)}]" if self.options else ""
        # Addresses and their tokens are new in each run.
        return f"{self.who}: {_ADDRESS.sub('(address)', self.text)}{titles}"


class Played(_Part):
    """One scenario of a run. `place` is its file and line; `reached` is None without a goal."""

    name: str
    place: str
    channel: str
    language: str
    passed: bool
    failures: tuple[str, ...]
    wrong: tuple[str, ...]
    not_run: int
    turns: int
    reached: bool | None
    messages: int
    cost: Decimal
    seconds: float
    lines: tuple[Said, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same scenario in another run."""
        return self.name, self.channel

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that keeps it from passing."""
        return (*self.failures, *self.wrong)

    @classmethod
    def of(cls, result: ScenarioResult) -> Self:
        """Return a result as it is written."""
        scenario = result.scenario
        return cls(
            name=scenario.name,
            place=scenario.place().removesuffix(": "),
            channel=result.channel,
            language=scenario.language,
            passed=result.passed,
            failures=tuple(result.failures),
            wrong=tuple(result.wrong),
            not_run=result.not_run,
            turns=result.turns,
            reached=None if scenario.reach is None else is_reached(result),
            messages=result.billed.messages,
            cost=result.billed.cost,
            seconds=round(result.seconds, 3),
            lines=tuple(
                Said(who=one.who, text=one.text, options=one.options, links=one.links)
                for one in result.lines
            ),
        )


class Run(_Part):
    """A whole run."""

    started_at: datetime
    scenarios: tuple[Played, ...]

    @property
    def passed(self) -> int:
        """How many scenarios passed."""
        return sum(one.passed for one in self.scenarios)

    @property
    def seconds(self) -> float:
        """How long all scenarios took."""
        return sum(one.seconds for one in self.scenarios)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read a run that was written before; None when there is none.

        Raises ConfigurationError for a file that is something else.
        """
        if not path.exists():
            return None
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            raise ConfigurationError(str(path), "holds no run of scenarios") from None


class Changed(_Part):
    """How one scenario differs from the run before; `diff` are the lines of its transcript."""

    name: str
    channel: str
    change: Change
    diff: tuple[str, ...] = ()


def run_of(results: Iterable[ScenarioResult], started_at: datetime) -> Run:
    """Return results as one run."""
    return Run(started_at=started_at, scenarios=tuple(map(Played.of, results)))


def changes(before: Run, now: Run) -> Iterator[Changed]:
    """Yield every scenario that differs between two runs, in the order of the newer one."""
    earlier = {one.key: one for one in before.scenarios}
    for one in now.scenarios:
        last = earlier.pop(one.key, None)
        change = _change(last, one)
        if change is not None:
            diff = tuple(_diff(last, one)) if last else ()
            yield Changed(name=one.name, channel=one.channel, change=change, diff=diff)
    for last in earlier.values():
        yield Changed(name=last.name, channel=last.channel, change="gone")


def _change(last: Played | None, now: Played) -> Change | None:
    if last is None:
        return "new"
    if last.passed is not now.passed:
        return "passes now" if now.passed else "fails now"
    return "says something else" if any(_diff(last, now)) else None


def _diff(last: Played, now: Played) -> Iterator[str]:
    before, after = ([str(line) for line in one.lines] for one in (last, now))
    # The first two lines are names of files, which a transcript has none of.
    yield from list(unified_diff(before, after, lineterm="", n=1))[2:]
