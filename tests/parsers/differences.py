"""Compares what two parsers read, and judges what differs by the reasons that are written down.

`differences.toml` has a reason for each known difference; one without a reason is a fault, and so
is a reason for a difference that no longer occurs.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parsers.samples import Facts

REASONS = Path(__file__).with_name("differences.toml")

Place = tuple[str, str]
"""A sample's id, and the field that differs; `event` where one side reads another kind of thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the two sides read at one place."""

    place: Place
    ours: Any
    theirs: Any


def compare(sample: str, ours: list[Facts], theirs: list[Facts]) -> list[Difference]:
    """Return the fields that differ; where the number or the kinds of events do, only those."""
    kinds = [[facts.get("kind") for facts in side] for side in (ours, theirs)]
    if kinds[0] != kinds[1]:
        return [Difference(place=(sample, "event"), ours=kinds[0], theirs=kinds[1])]
    return [
        Difference(place=(sample, name), ours=mine.get(name), theirs=other.get(name))
        for mine, other in zip(ours, theirs, strict=True)
        for name in sorted({*mine, *other})
        if mine.get(name) != other.get(name)
    ]


def reasons(path: Path = REASONS) -> dict[Place, str]:
    """Return the reason of each known difference. Raises ValueError for a place told twice."""
    found: dict[Place, str] = {}
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["difference"]:
        for sample in row["samples"]:
            place = (sample, row["field"])
            if place in found:
                raise ValueError(f"two reasons for {place}")
            found[place] = row["reason"]
    return found


def faults(found: Iterable[Difference], known: Mapping[Place, str]) -> list[str]:
    """Return a line for each difference without a reason and each reason without a difference."""
    seen = {difference.place: difference for difference in found}
    unlisted = [
        f"{' '.join(place)}: not listed: ours {seen[place].ours!r}, theirs {seen[place].theirs!r}"
        for place in seen
        if place not in known
    ]
    gone = [f"{' '.join(place)}: listed, but both agree" for place in known if place not in seen]
    return [*unlisted, *gone]
