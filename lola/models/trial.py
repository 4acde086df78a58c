"""One turn with a tool, asked of one model as a conversation asks it.

For `lola doctor` and `lola models try`: it sends what a turn sends (a tool, the limits, the
deadline), so that a request which the provider refuses is found before a sender meets it.
"""

from dataclasses import dataclass

from lola.errors import ModelError
from lola.models.chat import (
    AssistantMessage,
    ChatModel,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.settings import Settings

_TOOL = ToolSchema(
    name="look_up_rate",
    description="Return today's exchange rate from US dollars to a currency.",
    parameters={
        "type": "object",
        "properties": {"currency": {"type": "string", "description": "Three letters."}},
        "required": ["currency"],
        "additionalProperties": False,
    },
)
_SYSTEM = "Call look_up_rate once, then answer in one short sentence with the rate."
_QUESTION = UserMessage(text="What is today's rate to GTQ?")
_RATE = {"currency": "GTQ", "rate": "7.70"}

_SENTENCES = {
    "timeout": "did not answer within {seconds:g} seconds",
    "unreachable": "cannot be reached: check the address, the network and the proxy",
    "busy": "is over its limit: ask the provider for more, or try later",
    "broken": "failed on the provider's side",
    "denied": "was denied: check the key or the credentials, their rights and the model's name",
    "refused": "refused what a turn sends: see `lola models`, the model may take other parameters",
    "blocked": "was stopped by the provider's content filter at a harmless question",
    "empty": "answered nothing: raise MAX_OUTPUT_TOKENS if it thinks before it answers",
    "unreadable": "answered in a form that cannot be read: check the address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one turn. `said` is a sentence for an operator."""

    name: str
    ok: bool
    said: str


async def try_model(model: ChatModel, settings: Settings, *, seconds: float) -> Trial:
    """Ask a model one turn with a tool. Never raises ModelError: the trial says what failed."""
    asked: list[ModelMessage] = [_QUESTION]
    try:
        first = await _ask(model, settings, asked, seconds)
        if not first.calls:
            return Trial(name=model.name, ok=True, said="answers, without calling the tool")
        asked.append(AssistantMessage(calls=first.calls, provider_content=first.provider_content))
        asked += [
            ToolMessage(call_id=call.id, name=call.name, result=_RATE) for call in first.calls
        ]
        last = await _ask(model, settings, asked, seconds)
    except ModelError as error:
        sentence = _SENTENCES.get(error.reason, "failed").format(seconds=seconds)
        said = f"{sentence} ({error.args[0]})"
        return Trial(name=model.name, ok=False, said=said)
    if any(call.name != _TOOL.name or call.problem for call in first.calls):
        return Trial(name=model.name, ok=False, said="calls a tool that was not offered")
    tokens = first.usage.total_tokens + last.usage.total_tokens
    return Trial(name=model.name, ok=True, said=f"calls a tool and answers, {tokens} tokens")


async def _ask(
    model: ChatModel, settings: Settings, asked: list[ModelMessage], seconds: float
) -> ModelReply:
    return await model.complete(
        ModelRequest(
            system=_SYSTEM,
            messages=tuple(asked),
            tools=(_TOOL,),
            language="en",
            max_output_tokens=settings.max_output_tokens,
            timeout=seconds,
        )
    )
