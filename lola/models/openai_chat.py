"""OpenAI's chat completions, which vLLM, Ollama, llama.cpp, LiteLLM and others speak as well.

Their answers leave out or misspell what OpenAI's never do (reference/channels.md 5.8).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lola.domain.messages import JsonObject
from lola.errors import ModelError
from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.models.families import Family
from lola.models.openai_client import error_inside
from lola.models.openai_shared import (
    counted,
    ending_name,
    finished,
    json_text,
    read_calls,
    turn_start,
    whole,
)
from lola.models.thoughts import without_thoughts
from lola.models.wire import fenced, spoken

_FILTERED = "content_filter"
# The first three are OpenAI's; other servers write the name of the template's last token.
_WHOLE = frozenset({"stop", "tool_calls", "function_call", "eos", "eos_token", "end_turn"})
# What endpoints want back within the turn: the thoughts of DeepSeek and Kimi, of OpenRouter and of
# LiteLLM; and beside each call the signature of Gemini, directly or through LiteLLM.
_OF_MESSAGE = ("reasoning_content", "reasoning_details", "thinking_blocks", "reasoning_items")
_OF_CALL = ("extra_content", "provider_specific_fields")
# Gemini accepts this as the signature of calls that it did not make (reference/channels.md 5.2).
_NO_SIGNATURE = {"google": {"thought_signature": "skip_thought_signature_validator"}}


class ChatWire:
    """Requests and answers of `POST /chat/completions` for one model."""

    path = "/chat/completions"

    def __init__(self, name: str, model: str, family: Family) -> None:
        self._name = name
        self._model = model
        self._family = family
        # OpenAI's own newer models refuse the older name; many servers know only that one.
        self._is_openai = family.provider == "openai" and (
            bool(family.series) or family.api == "responses"
        )
        self._limit = "max_completion_tokens" if self._is_openai else "max_tokens"

    def request(self, request: ModelRequest) -> JsonObject:
        """Return the body. Raises ModelError when there is nothing to answer."""
        messages = list(_merged(self._messages(request.messages)))
        if not messages:
            raise ModelError("there is nothing to answer")
        options: JsonObject = {
            "model": self._model,
            self._limit: request.max_output_tokens,
            "messages": [{"role": "system", "content": request.system}, *messages],
        }
        if self._is_openai:
            # Stated: a gateway may hand the request on to the Responses API, which stores.
            options["store"] = False
        if self._family.sampling:
            options["temperature"] = request.temperature
        if self._family.effort:
            options["reasoning_effort"] = self._family.effort
        if request.tools:
            options["tools"] = [_declaration(tool) for tool in request.tools]
        return options

    def read(self, request: ModelRequest, body: JsonObject) -> ModelReply:
        """Return what the model answered. Raises ModelError for no usable answer."""
        choices = body.get("choices")
        if not choices:
            raise error_inside(body) or ModelError(
                "openai gave no choice", reason="empty", retryable=True
            )
        ending, message = choices[0].get("finish_reason") or "stop", choices[0]["message"]
        if ending == _FILTERED or message.get("refusal"):
            raise ModelError("openai blocked the answer", reason="blocked")
        wishes = message.get("tool_calls") or ()
        calls = read_calls(
            request,
            [(wish.get("id"), *_named(wish.get("function") or {})) for wish in wishes],
        )
        return finished(
            request,
            text=without_thoughts(whole(_text(message.get("content")))),
            calls=calls,
            ending=ending_name(ending),
            is_whole=ending in _WHOLE,
            kept=self._kept(message, calls, wishes),
            usage=counted(
                body.get("usage"), "prompt_tokens", "completion_tokens", "prompt_tokens_details"
            ),
        )

    def _kept(
        self, message: JsonObject, calls: Sequence[ToolCall], wishes: Sequence[JsonObject]
    ) -> JsonObject | None:
        """Return what the endpoint wants back beside the calls, None when it gave nothing."""
        of_calls = {
            call.id: extra
            for call, wish in zip(calls, wishes, strict=True)
            if (extra := _given(wish, _OF_CALL))
        }
        of_message = _given(message, _OF_MESSAGE) if calls else {}
        if not (of_calls or of_message):
            return None
        return {"model": self._name, "message": of_message, "calls": of_calls}

    def _messages(self, messages: Sequence[ModelMessage]) -> Iterator[JsonObject]:
        newest = turn_start(messages)
        for place, message in enumerate(messages):
            match message:
                case UserMessage(text=text) if text:
                    yield {"role": "user", "content": text}
                case DataMessage():
                    yield {"role": "user", "content": fenced(message)}
                case ToolMessage():
                    content = json_text(message.result)
                    yield {"role": "tool", "tool_call_id": message.call_id, "content": content}
                case AssistantMessage(calls=calls) if calls:
                    yield self._with_calls(message, is_current=place > newest)
                case AssistantMessage() if text := spoken(message):
                    yield {"role": "assistant", "content": text}

    def _with_calls(self, message: AssistantMessage, *, is_current: bool) -> JsonObject:
        kept = message.provider_content or {}
        if kept.get("model") != self._name:
            kept = {}
        of_calls = kept.get("calls", {})
        wishes = [{**_wish(call), **of_calls.get(call.id, {})} for call in message.calls]
        if self._family.provider == "gemini" and not of_calls:
            wishes[0]["extra_content"] = _NO_SIGNATURE
        said = spoken(message) or None
        of_message = kept.get("message", {}) if is_current else {}
        return {"role": "assistant", "content": said, "tool_calls": wishes, **of_message}


def _declaration(tool: ToolSchema) -> JsonObject:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def _merged(messages: Iterable[JsonObject]) -> Iterator[JsonObject]:
    """Join neighbours of one role: many servers' chat templates demand that roles alternate."""
    held: JsonObject | None = None
    for message in messages:
        is_plain = set(message) == {"role", "content"}
        if held is not None and is_plain and held["role"] == message["role"]:
            held = {**held, "content": f"{held['content']}\n\n{message['content']}"}
            continue
        if held is not None:
            yield held
        held = message if is_plain else None
        if not is_plain:
            yield message
    if held is not None:
        yield held


def _wish(call: ToolCall) -> JsonObject:
    function = {"name": call.name, "arguments": json_text(call.arguments)}
    return {"id": call.id, "type": "function", "function": function}


def _named(function: Mapping[str, Any]) -> tuple[Any, Any]:
    return function.get("name"), function.get("arguments")


def _given(found: Mapping[str, Any], names: Sequence[str]) -> JsonObject:
    return {name: found[name] for name in names if found.get(name)}


def _text(content: object) -> str:
    """Return the text of null, a string, or a list of parts."""
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is not None and not isinstance(content, str):
        raise TypeError("content is no text")
    return content or ""
