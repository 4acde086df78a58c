"""OpenAI's chat completions behind the `ChatModel` protocol, and every server that speaks them.

OpenAI itself, and with another address vLLM, Ollama, llama.cpp, LiteLLM and their kin, whose
answers leave out or misspell what OpenAI's never do. This module translates and nothing else: it
never runs a tool, never retries, and puts neither keys nor texts into errors. The vendor's SDK is
imported when the model is made (reference/channels.md 5.8).
"""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError, ModelError
from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    Usage,
    UserMessage,
)
from lola.models.tokens import estimate_usage
from lola.models.wire import (
    fenced,
    refusal,
    spoken,
    unique_id,
    whole_sentences,
)

if TYPE_CHECKING:
    import openai

# Models that think first: they take no temperature, and as little thinking as possible is asked.
_REASONING = re.compile(r"^(o\d|gpt-5)")
# Servers without a reasoning parser leave the thoughts in the answer.
_THOUGHTS = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
_FILTERED = "content_filter"


class OpenAIModel:
    """One model of OpenAI, or of a compatible server at `base_url` (which may need no key).

    Raises ConfigurationError when it has neither a key nor an address.
    """

    def __init__(self, model: str, *, api_key: str = "", base_url: str = "") -> None:
        if not api_key and not base_url:
            raise ConfigurationError("OPENAI_API_KEY", "is required for an openai model")
        import openai

        self.name = f"openai:{model}"
        self._model = model
        self._sdk = openai
        self._api_key = api_key or "none"
        self._base_url = base_url
        self._client: openai.AsyncOpenAI | None = None

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer one request within `request.timeout`. Raises ModelError."""
        messages = list(_merged(_messages(request.messages)))
        if not messages:
            raise ModelError("there is nothing to answer")
        system = {"role": "system", "content": request.system}
        sdk = self._sdk
        try:
            async with asyncio.timeout(request.timeout):
                completion = await self._opened().chat.completions.create(
                    messages=[system, *messages],  # type: ignore[list-item]
                    timeout=request.timeout,
                    **self._options(request),
                )
            return _reply(request, completion)
        except sdk.APIStatusError as error:
            if error.code == _FILTERED:
                raise ModelError("openai blocked the prompt", reason="blocked") from None
            after = error.response.headers.get("retry-after")
            raise refusal("openai", error.status_code, after) from None
        except (sdk.APITimeoutError, TimeoutError):
            raise ModelError("openai ran out of time", reason="timeout", retryable=True) from None
        except sdk.APIConnectionError:
            raise ModelError(
                "openai cannot be reached", reason="unreachable", retryable=True
            ) from None
        except (sdk.OpenAIError, ValueError, TypeError, AttributeError, IndexError) as error:
            # The SDK builds its objects without checking them: a wrong shape shows when it is read.
            raise ModelError(
                f"openai's answer cannot be read: {type(error).__name__}",
                reason="unreadable",
                retryable=True,
            ) from None

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _opened(self) -> "openai.AsyncOpenAI":
        """Answer the client, made at first need because its connections belong to the loop."""
        if self._client is None:
            self._client = self._sdk.AsyncOpenAI(
                api_key=self._api_key,
                base_url=self._base_url or None,
                # Stated: else the SDK tries three times and waits for minutes.
                max_retries=0,
            )
        return self._client

    def _options(self, request: ModelRequest) -> dict[str, Any]:
        # Compatible servers know the older name; OpenAI's newer models refuse it.
        limit = "max_tokens" if self._base_url else "max_completion_tokens"
        options: dict[str, Any] = {"model": self._model, limit: request.max_output_tokens}
        if _REASONING.match(self._model):
            options["reasoning_effort"] = "low"
        else:
            options["temperature"] = request.temperature
        if request.tools:
            options["tools"] = [_declaration(tool) for tool in request.tools]
        return options


def _declaration(tool: ToolSchema) -> JsonObject:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def _messages(messages: Iterable[ModelMessage]) -> Iterator[JsonObject]:
    for message in messages:
        match message:
            case UserMessage(text=text) if text:
                yield {"role": "user", "content": text}
            case DataMessage():
                yield {"role": "user", "content": fenced(message)}
            case ToolMessage():
                content = json.dumps(message.result, ensure_ascii=False, default=str)
                yield {"role": "tool", "tool_call_id": message.call_id, "content": content}
            case AssistantMessage(calls=calls) if calls:
                wishes = [_wish(call) for call in calls]
                yield {"role": "assistant", "content": spoken(message), "tool_calls": wishes}
            case AssistantMessage() if text := spoken(message):
                yield {"role": "assistant", "content": text}


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
    arguments = json.dumps(call.arguments, ensure_ascii=False, default=str)
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }


def _reply(request: ModelRequest, completion: Any) -> ModelReply:
    if not completion.choices:
        raise ModelError("openai gave no choice", reason="empty", retryable=True)
    choice = completion.choices[0]
    ending, message = choice.finish_reason or "stop", choice.message
    if ending == _FILTERED or message.refusal:
        raise ModelError("openai blocked the answer", reason="blocked")
    calls = _calls(message.tool_calls or ())
    text = _words(message.content)
    if ending == "length" and not calls:
        text = whole_sentences(text)
    if not (text or calls):
        raise ModelError(f"openai gave no words: {ending}", reason="empty", retryable=True)
    reply = ModelReply(text=text, calls=calls)
    usage = _usage(completion.usage) or estimate_usage(request, reply)
    return ModelReply(text=text, calls=calls, usage=usage)


def _words(content: object) -> str:
    """Text may be null, a string, or a list of parts."""
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is not None and not isinstance(content, str):
        raise ValueError("content is no text")
    return _THOUGHTS.sub("", content or "").strip()


def _calls(wishes: Sequence[Any]) -> tuple[ToolCall, ...]:
    calls: dict[str, ToolCall] = {}
    for wish in wishes:
        arguments, problem = _arguments(wish.function.arguments)
        name = unique_id(wish.id, calls)
        calls[name] = ToolCall(
            id=name, name=wish.function.name or "", arguments=arguments, problem=problem
        )
    return tuple(calls.values())


def _arguments(raw: object) -> tuple[JsonObject, str]:
    """Read arguments: a JSON string, nothing at all, an object, or JSON written into JSON."""
    value = raw or {}
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                return {}, "the arguments are not valid JSON"
    if value is None:
        value = {}
    return (value, "") if isinstance(value, dict) else ({}, "the arguments are not a JSON object")


def _usage(counted: Any) -> Usage | None:
    if counted is None or counted.prompt_tokens is None:
        return None
    details = getattr(counted, "prompt_tokens_details", None)
    return Usage(
        input_tokens=counted.prompt_tokens,
        output_tokens=counted.completion_tokens or 0,
        cached_tokens=getattr(details, "cached_tokens", None) or 0,
    )
