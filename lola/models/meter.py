"""What the models of one turn took: which replied, which failed, calls, tokens and cost.

There is one meter per turn, filled while the turn runs, so that what a failed turn spent is known.
"""

from collections.abc import Sequence
from decimal import Decimal

from lola.domain.messages import JsonObject
from lola.models.chat import ModelReply, Usage


class Meter:
    """Counts the replies of one turn. `cost` is None until a model with a price has replied."""

    def __init__(self) -> None:
        self.calls = 0
        self.usage = Usage()
        self.cost: Decimal | None = None
        self.models: list[str] = []
        self.failed: list[tuple[str, str]] = []

    def answered(self, reply: ModelReply) -> None:
        """Add a reply, and the models that failed before it."""
        self.calls += 1
        self.usage += reply.usage
        self.failed_over(reply.failed)
        if reply.model and reply.model not in self.models:
            self.models.append(reply.model)
        if reply.cost is not None:
            self.cost = (self.cost or Decimal(0)) + reply.cost

    def add(self, other: "Meter") -> None:
        """Add what another meter counted for the same turn."""
        self.calls += other.calls
        self.usage += other.usage
        self.failed += other.failed
        self.models += [name for name in other.models if name not in self.models]
        if other.cost is not None:
            self.cost = (self.cost or Decimal(0)) + other.cost

    def failed_over(self, failed: Sequence[tuple[str, str]]) -> None:
        """Add models that gave no reply, each with its reason."""
        self.failed += failed

    def to_json(self) -> JsonObject:
        """Return the figures for a turn's record."""
        return {
            "models": self.models,
            "calls": self.calls,
            "input_tokens": self.usage.input_tokens,
            "cached_tokens": self.usage.cached_tokens,
            "output_tokens": self.usage.output_tokens,
            "is_estimate": self.usage.is_estimate,
            "cost": None if self.cost is None else str(self.cost),
            "failed": [list(pair) for pair in self.failed],
        }
