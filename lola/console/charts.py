"""Places the bars of a chart, for templates that draw them as SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 600.0, 160.0, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar in the units of the drawing: its corner, its size, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: float


def columns(values: Sequence[tuple[str, float]]) -> tuple[Bar, ...]:
    """Return upright bars side by side in WIDTH × HEIGHT; the highest value fills the height."""
    highest = max((value for _, value in values), default=0.0)
    step = WIDTH / max(1, len(values))
    bars = []
    for place, (label, value) in enumerate(values):
        height = HEIGHT * value / highest if highest else 0.0
        bars.append(
            Bar(
                x=round(place * step + step * GAP / 2, 1),
                y=round(HEIGHT - height, 1),
                width=round(step * (1 - GAP), 1),
                height=round(height, 1),
                label=label,
                value=value,
            )
        )
    return tuple(bars)


def shares(values: Sequence[tuple[str, float]]) -> tuple[float, ...]:
    """Return each value as a percentage of the highest one, for bars that lie in table rows."""
    highest = max((value for _, value in values), default=0.0)
    return tuple(round(100 * value / highest, 1) if highest else 0.0 for _, value in values)
