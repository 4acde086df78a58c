"""The result of a turn, before it is turned into effects."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from lola.agent.result import AgentResult, ToolTrace
from lola.channel.rendering import as_text
from lola.delivery.model import Author, Timer
from lola.domain.messages import Outbound
from lola.domain.turn import Answer, Turn
from lola.models.chat import AssistantMessage, ModelMessage, UserMessage
from lola.models.meter import Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult(Answer):
    """An answer with everything that the engine's own stages know of it. Exactly one per turn.

    `route` is an agent's name, or the name of what answered instead (`command`, `event` …).
    `agent` labels the agent's files (`name@version+digest`); `meter` is what its models used.
    `announced` was said while the turn was still running. `remember` is what models will see of
    this turn. The messages are not sent after `valid_until`. `later` are timers to set. `stages`
    are those that saw the turn, in order.
    """

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
    valid_until: datetime | None = None
    later: tuple[Timer, ...] = ()
    stages: tuple[str, ...] = ()


def no_reply(turn: Turn, route: str) -> TurnResult:
    """Build a result that says nothing; what the sender wrote is remembered."""
    return TurnResult(turn=turn, route=route, remember=_from_sender(turn))


def reply_with(turn: Turn, route: str, *messages: Outbound, author: Author = "bot") -> TurnResult:
    """Build a result with messages written by code; models will see them as said."""
    said = tuple(
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
        remember=(*_from_sender(turn), *said),
    )


def agent_reply(route: str, result: AgentResult, messages: tuple[Outbound, ...]) -> TurnResult:
    """Build the result of an agent whose text has its final form in `messages`."""
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


def as_result(answer: Answer) -> TurnResult:
    """Complete the answer of a bank's own stage to a result."""
    if isinstance(answer, TurnResult):
        return answer
    result = reply_with(answer.turn, answer.route, *answer.messages)
    return replace(result, escalate=answer.escalate, boundary=answer.boundary)


def _from_sender(turn: Turn) -> tuple[ModelMessage, ...]:
    return (UserMessage(text=turn.text),) if turn.text else ()
