"""What a turn came to, before it is turned into effects."""

from dataclasses import dataclass, field
from datetime import datetime

from lola.agent.result import AgentResult, ToolTrace
from lola.channel.rendering import as_text
from lola.delivery.model import Author, Ownership, Timer
from lola.domain.messages import Outbound
from lola.domain.turn import Turn
from lola.models.chat import AssistantMessage, ModelMessage, UserMessage
from lola.models.meter import Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """Exactly one per turn. No messages means: silence, on purpose, with the reason in `route`.

    `route` is an agent's name, or what answered instead (`command`, `notice`, `event`, `human` …).
    `agent` labels the agent's texts (`name@version+digest`), `meter` says what its models took.
    `announced` was said while the turn was still running.
    `boundary` makes the model's memory start afresh after this turn. After `valid_until` the words
    would be wrong, and are not sent any more.
    """

    turn: Turn
    route: str
    messages: tuple[Outbound, ...] = ()
    author: Author = "bot"
    staff: str = ""
    money: bool = False
    tools: tuple[ToolTrace, ...] = ()
    passages: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    agent: str = ""
    meter: Meter = field(default_factory=Meter)
    announced: tuple[Outbound, ...] = ()
    remember: tuple[ModelMessage, ...] = ()
    escalate: Ownership | None = None
    boundary: bool = False
    valid_until: datetime | None = None
    later: tuple[Timer, ...] = ()


def silence(turn: Turn, route: str) -> TurnResult:
    """Nothing is said; what the sender wrote is kept."""
    return TurnResult(turn=turn, route=route, remember=_heard(turn))


def said(turn: Turn, route: str, *messages: Outbound, author: Author = "bot") -> TurnResult:
    """Words written by code. The model will see them in its memory as said."""
    spoken = tuple(
        AssistantMessage(
            text=as_text(message),
            options=tuple(option.title for option in getattr(message, "options", ())),
        )
        for message in messages
    )
    return TurnResult(
        turn=turn,
        route=route,
        messages=messages,
        author=author,
        remember=(*_heard(turn), *spoken),
    )


def from_agent(route: str, result: AgentResult, messages: tuple[Outbound, ...]) -> TurnResult:
    """An agent's result with its words in their final shape."""
    return TurnResult(
        turn=result.turn,
        route=route,
        messages=messages,
        money=result.money,
        tools=result.tools,
        passages=result.passages,
        findings=result.findings,
        remember=result.messages,
    )


def _heard(turn: Turn) -> tuple[ModelMessage, ...]:
    return (UserMessage(text=turn.text),) if turn.text else ()
