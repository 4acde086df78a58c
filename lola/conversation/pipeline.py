"""The ordered middleware chain, built once at start.

A stage sees the turn on the way in and the answer on the way out. It hands on a turn, or ends the
turn early by answering an `Answer`: a value, not an exception, so that forgetting to handle it is
impossible. The outbound pass runs in reverse over the stages that saw the turn, whoever answered.
"""

from collections.abc import Sequence
from typing import Protocol, Self, runtime_checkable

from lola.domain.messages import Outbound
from lola.domain.turn import Answer, Turn
from lola.services import Services


@runtime_checkable
class Middleware(Protocol):
    """One stage. `name` and `summary` are what `lola pipeline` prints."""

    name: str
    summary: str

    @classmethod
    def build(cls, services: Services) -> Self:
        """Make the stage from the services it needs."""
        ...

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Enrich the turn, or end it with an answer."""
        ...

    async def outgoing(self, turn: Turn, messages: tuple[Outbound, ...]) -> tuple[Outbound, ...]:
        """Look at, or change, what is about to be said."""
        ...


class Stage:
    """A base with an outbound pass that changes nothing, for stages that only look inward."""

    async def outgoing(
        self,
        turn: Turn,  # noqa: ARG002 - the protocol's signature
        messages: tuple[Outbound, ...],
    ) -> tuple[Outbound, ...]:
        """Leave the answer as it is."""
        return messages


class Pipeline:
    """The chain. Its `repr` is the order of execution."""

    def __init__(self, stages: Sequence[Middleware]) -> None:
        self.stages = tuple(stages)

    def __repr__(self) -> str:
        return " → ".join(stage.name for stage in self.stages) or "(empty)"

    async def incoming(self, turn: Turn) -> tuple[Turn | Answer, int]:
        """Run the inbound pass; answers the result and how many stages saw the turn."""
        for position, stage in enumerate(self.stages, start=1):
            result = await stage.incoming(turn)
            if isinstance(result, Answer):
                return result, position
            turn = result
        return turn, len(self.stages)

    async def outgoing(
        self, turn: Turn, messages: tuple[Outbound, ...], seen_by: int
    ) -> tuple[Outbound, ...]:
        """Run the outbound pass over the first `seen_by` stages, last one first."""
        for stage in reversed(self.stages[:seen_by]):
            messages = await stage.outgoing(turn, messages)
        return messages
