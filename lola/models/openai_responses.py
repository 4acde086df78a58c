"""OpenAI's Responses API: the only one with which its newest models take tools.

Nothing is stored at the provider. What a model thought comes back encrypted and is handed back
within the turn, as the API asks for models that call tools (reference/surprises.md 1.2).
"""

from collections.abc import Iterator, Mapping, Sequence
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
from lola.models.openai_client import error_for, error_inside
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

ENCRYPTED = "reasoning.encrypted_content"
# The API refuses a smaller limit.
LEAST_OUTPUT = 16

_FILTERED = "content_filter"
# The codes of a failed answer that are no fault of the service; `server_error` and new ones are.
_STATUS_OF_CODE = {"rate_limit_exceeded": 429, "data_residency_mismatch": 400}


class ResponsesWire:
    """Requests and answers of `POST /responses` for one model."""

    path = "/responses"

    def __init__(self, name: str, model: str, family: Family) -> None:
        self._name = name
        self._model = model
        self._family = family

    def request(self, request: ModelRequest) -> JsonObject:
        """Return the body. Raises ModelError when there is nothing to answer."""
        items = list(self._items(request.messages))
        if not items:
            raise ModelError("there is nothing to answer")
        options: JsonObject = {
            "model": self._model,
            "instructions": request.system,
            "input": items,
            "max_output_tokens": max(LEAST_OUTPUT, request.max_output_tokens),
            "store": False,
        }
        if self._family.sampling:
            # A model that takes a temperature does not think, and refuses what is about thinking.
            options["temperature"] = request.temperature
        else:
            options["include"] = [ENCRYPTED]
            if self._family.effort:
                options["reasoning"] = {"effort": self._family.effort}
        if request.tools:
            options["tools"] = [_declaration(tool) for tool in request.tools]
        return options

    def read(self, request: ModelRequest, body: JsonObject) -> ModelReply:
        """Return what the model answered. Raises ModelError for no usable answer."""
        status = body.get("status") or "completed"
        if status == "failed":
            raise _failure(body.get("error"))
        if not body.get("output") and (error := error_inside(body)):
            raise error
        details = body.get("incomplete_details")
        why = details.get("reason") if isinstance(details, Mapping) else None
        items = [item for item in body["output"] if isinstance(item, dict)]
        parts = [part for item in _messages(items) for part in item.get("content") or ()]
        if why == _FILTERED or any(part.get("type") == "refusal" for part in parts):
            raise ModelError("openai blocked the answer", reason="blocked")
        wishes = [item for item in items if item.get("type") == "function_call"]
        calls = read_calls(
            request,
            [(wish.get("call_id"), wish.get("name"), wish.get("arguments")) for wish in wishes],
        )
        text = "".join(part["text"] for part in parts if part.get("type") == "output_text")
        return finished(
            request,
            text=without_thoughts(whole(text)),
            calls=calls,
            ending=ending_name(why or status),
            is_whole=status == "completed",
            kept=self._kept(items, calls),
            usage=counted(
                body.get("usage"), "input_tokens", "output_tokens", "input_tokens_details"
            ),
        )

    def _kept(self, items: Sequence[JsonObject], calls: Sequence[ToolCall]) -> JsonObject | None:
        """Return the thoughts and calls for the rest of the turn, without text beside them."""
        if not calls:
            return None
        ids = iter(calls)
        kept: list[JsonObject] = []
        for item in items:
            if item.get("type") == "reasoning":
                kept.append(_reasoning(item))
            elif item.get("type") == "function_call":
                kept.append({**_given(item, ("id",)), **_wish(next(ids))})
        return {"model": self._name, "items": kept}

    def _items(self, messages: Sequence[ModelMessage]) -> Iterator[JsonObject]:
        newest = turn_start(messages)
        for place, message in enumerate(messages):
            match message:
                case UserMessage(text=text) if text:
                    yield {"role": "user", "content": text}
                case DataMessage():
                    yield {"role": "user", "content": fenced(message)}
                case ToolMessage():
                    output = json_text(message.result)
                    yield {
                        "type": "function_call_output",
                        "call_id": message.call_id,
                        "output": output,
                    }
                case AssistantMessage():
                    yield from self._assistant(message, is_current=place > newest)

    def _assistant(self, message: AssistantMessage, *, is_current: bool) -> Iterator[JsonObject]:
        if text := spoken(message):
            yield {"role": "assistant", "content": text}
        kept = message.provider_content or {}
        # Thoughts are for the turn in which they were thought, and for their own model.
        if is_current and kept.get("model") == self._name:
            yield from kept["items"]
        else:
            yield from map(_wish, message.calls)


def _declaration(tool: ToolSchema) -> JsonObject:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        # Stated: the API's default demands schemas in which no property is optional.
        "strict": False,
    }


def _wish(call: ToolCall) -> JsonObject:
    return {
        "type": "function_call",
        "call_id": call.id,
        "name": call.name,
        "arguments": json_text(call.arguments),
    }


def _reasoning(item: JsonObject) -> JsonObject:
    """Return a thought as the API takes it back; it refuses fields that are only in answers."""
    given = _given(item, ("id", "encrypted_content"))
    # Servers that do not encrypt write the thought itself.
    content = {} if "encrypted_content" in given else _given(item, ("content",))
    return {"type": "reasoning", "summary": item.get("summary") or [], **given, **content}


def _given(found: Mapping[str, Any], names: Sequence[str]) -> JsonObject:
    return {name: found[name] for name in names if found.get(name)}


def _messages(items: Sequence[JsonObject]) -> list[JsonObject]:
    """Return the messages; of commentary and final answer only the final answer."""
    said = [item for item in items if item.get("type") == "message"]
    return [item for item in said if item.get("phase") != "commentary"] or said


def _failure(error: object) -> ModelError:
    code = error.get("code") if isinstance(error, Mapping) else None
    return error_for(_STATUS_OF_CODE.get(str(code), 500), (code,))
