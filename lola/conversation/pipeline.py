"""The ordered list of stages that every turn passes, built once at start.

A stage sees the turn on the way in and the reply on the way out. It passes a turn on, or ends the
turn by returning an `Answer`: a value, not an exception, so that forgetting to handle it is
impossible. The outbound pass runs in reverse over the stages that saw the turn.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, Self, get_args, runtime_checkable

import structlog

from lola.domain.messages import Outbound
from lola.domain.turn import Answer, Turn
from lola.errors import PartnerUnavailableError
from lola.services import Services
from lola.telemetry import names

if TYPE_CHECKING:
    from lola.conversation.stages.parts import EngineParts

Kind = Literal["messages", "events", "taken_over", "opted_out"]
"""What a turn is about; the first that fits of: an event, messages of a sender who opted out,
messages while staff own the conversation, messages to the bot."""

MESSAGES: frozenset[Kind] = frozenset({"messages"})
KINDS: tuple[Kind, ...] = get_args(Kind)
EVERYTHING: frozenset[Kind] = frozenset(KINDS)

log = structlog.get_logger(__name__)


def kind_of(turn: Turn) -> Kind:
    """Return the one kind that a turn is of, as far as is known at this stage."""
    if turn.last.is_event:
        return "events"
    if turn.consent_answer is not None:
        return "opted_out"
    return "taken_over" if turn.ownership.owner == "human" else "messages"


@runtime_checkable
class Middleware(Protocol):
    """One stage. `name`, `sees` and `summary` are what `lola pipeline` prints.

    A stage that the MIDDLEWARE setting names also has a class method `build(services)`.
    """

    name: str
    summary: str

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Return the turn to go on with, or the answer that ends it."""
        ...

    async def outgoing(self, turn: Turn, messages: tuple[Outbound, ...]) -> tuple[Outbound, ...]:
        """Return what is to be said in place of `messages`."""
        ...


class Stage:
    """The base of a stage: it sees messages to the bot, and changes nothing.

    `protects` says why a stage cannot be removed. It must be ahead of the stages named in
    `ahead_of`; "*" means all of them.
    """

    name: str
    summary: str
    sees: ClassVar[frozenset[Kind]] = MESSAGES
    protects: ClassVar[str] = ""
    ahead_of: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def build(cls, services: Services) -> Self:  # noqa: ARG003 - what a stage may need
        """Build the stage from the services it needs; this one needs none."""
        return cls()

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Return the turn as it is."""
        return turn

    async def outgoing(
        self,
        turn: Turn,  # noqa: ARG002 - the protocol's signature
        messages: tuple[Outbound, ...],
    ) -> tuple[Outbound, ...]:
        """Return the messages as they are."""
        return messages


class BuiltIn(Stage):
    """The base of the engine's own stages (`lola.conversation.stages`)."""

    @classmethod
    def from_parts(cls, parts: "EngineParts") -> Self:  # noqa: ARG003 - what a stage may need
        """Build the stage from the engine's parts; this one needs none."""
        return cls()


OnOutage = Callable[[Turn, PartnerUnavailableError], Awaitable[Answer]]


class Pipeline:
    """The list. Its `repr` is the order of execution.

    `on_outage` answers a sender whose message met a partner's outage at any stage.
    """

    def __init__(self, stages: Sequence[Middleware], on_outage: OnOutage | None = None) -> None:
        self.stages = tuple(stages)
        self._on_outage = on_outage
        self._steps = tuple(
            (stage, getattr(stage, "sees", MESSAGES), isinstance(stage, BuiltIn))
            for stage in self.stages
        )

    def __repr__(self) -> str:
        return " → ".join(stage.name for stage in self.stages) or "(empty)"

    async def incoming(self, turn: Turn) -> tuple[Turn | Answer, tuple[Middleware, ...]]:
        """Run the inbound pass; return its result and the stages that saw the turn.

        Outside of messages to the bot a stage that is not built in may watch and add to the turn,
        and never speak. Only built-in stages change of which kind a turn is.
        """
        kind, seen = kind_of(turn), []
        for stage, sees, is_built_in in self._steps:
            if kind not in sees:
                continue
            seen.append(stage)
            result = await self._run(stage, turn, kind)
            if not is_built_in:
                result = _with_restored(result, turn)
            if isinstance(result, Answer):
                if is_built_in or kind == "messages":
                    return result, tuple(seen)
                log.warning(names.STAGE_ANSWER_DROPPED, stage=stage.name, kind=kind)
                result = result.turn
            turn = result
            if is_built_in:
                kind = kind_of(turn)
        return turn, tuple(seen)

    async def _run(self, stage: Middleware, turn: Turn, kind: Kind) -> Turn | Answer:
        try:
            return await stage.incoming(turn)
        except PartnerUnavailableError as error:
            if self._on_outage is None or kind != "messages":
                raise
            return await self._on_outage(turn, error)

    async def outgoing(
        self, turn: Turn, messages: tuple[Outbound, ...], seen: Sequence[Middleware]
    ) -> tuple[Outbound, ...]:
        """Run the outbound pass over the stages that saw the turn, last one first.

        Outside of messages to the bot, what a stage that is not built in returns is ignored.
        """
        is_plain = kind_of(turn) == "messages"
        for stage in reversed(seen):
            changed = await stage.outgoing(turn, messages)
            if is_plain or isinstance(stage, BuiltIn):
                messages = changed
        return messages


def _with_restored(result: Turn | Answer, before: Turn) -> Turn | Answer:
    """Return a stage's result with the owner and the consent that the engine found."""
    if isinstance(result, Answer):
        return replace(result, turn=_restored(result.turn, before))
    return _restored(result, before)


def _restored(turn: Turn, before: Turn) -> Turn:
    if turn.work is before.work and turn.consent_answer is before.consent_answer:
        return turn
    return turn.evolve(work=before.work, consent_answer=before.consent_answer)
