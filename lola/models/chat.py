"""The protocol of every chat model: messages and tools in, text or calls out.

Adapters (`offline`, `gemini`, `openai`) translate at the edge. `provider_content` is an adapter's
own opaque form of its answer. It is kept and handed back whole, because some models refuse a
history whose signatures are missing (reference/channels.md 5.2).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal, Protocol

from pydantic import Discriminator, TypeAdapter

from lola.domain.messages import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSchema:
    """A tool as a model sees it; `parameters` is a JSON schema of type `object`."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that a model asks for. `arguments` are untrusted until the tool has validated them.

    `problem` says why they could not be read; such a call is refused to the model and never run.
    """

    id: str
    name: str
    arguments: JsonObject = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """What the sender said."""

    text: str
    role: Literal["user"] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantMessage:
    """What the model said or called. `options` are the titles that were offered with it."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    options: tuple[str, ...] = ()
    provider_content: JsonObject | None = None
    role: Literal["assistant"] = "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolMessage:
    """The result of one call: an object with the tool's data or an `error`."""

    call_id: str
    name: str
    result: JsonObject
    role: Literal["tool"] = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMessage:
    """Facts for this turn that are data and never instructions: passages, open draft, contacts.

    Adapters put it into a user-side block fenced by `marker`, which is random per turn
    (docs/safety.md G11); it never enters the system role.
    """

    marker: str
    data: JsonObject
    role: Literal["data"] = "data"


ModelMessage = Annotated[
    UserMessage | AssistantMessage | ToolMessage | DataMessage, Discriminator("role")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One request to a model. `timeout` in seconds; `language` is `es` or `en`."""

    system: str
    messages: tuple[ModelMessage, ...]
    tools: tuple[ToolSchema, ...] = ()
    language: str = "es"
    temperature: float = 0.0
    max_output_tokens: int = 800
    timeout: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens, as the provider counted them; zeros for a model that has none.

    `cached_tokens` are the part of the input that the provider had in its cache. `is_estimate`:
    the provider left out a count and ours is an estimate.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    is_estimate: bool = False

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            is_estimate=self.is_estimate or other.is_estimate,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """One reply: text, or calls, or both. `choices` are option titles the model wants offered.

    `model` replied after those in `failed` (name and reason each) did not. `cost` is in the
    currency of the price table; None when the table has no price for this model.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    choices: tuple[str, ...] = ()
    usage: Usage = Usage()
    provider_content: JsonObject | None = None
    model: str = ""
    failed: tuple[tuple[str, str], ...] = ()
    cost: Decimal | None = None


class ChatModel(Protocol):
    """A chat model. Raises ModelError and nothing else for trouble on its own side."""

    @property
    def name(self) -> str:
        """`provider:model`, as traces and metrics name it."""
        ...

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Reply to one request within `request.timeout`. Raises ModelError and nothing else."""
        ...

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        ...


MESSAGES: TypeAdapter[tuple[ModelMessage, ...]] = TypeAdapter(tuple[ModelMessage, ...])
"""Dumps a history to plain JSON and validates it back."""
