"""What OpenAI's two wires share: arguments in every spelling, ids, counts, how answers end."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from lola.domain.messages import JsonObject
from lola.errors import ModelError
from lola.models.chat import ModelMessage, ModelReply, ModelRequest, ToolCall, Usage, UserMessage
from lola.models.tokens import usage_of
from lola.models.wire import taken_ids, unique_id, whole_sentences

_SURROGATES = re.compile("[\ud800-\udfff]")
# Deeper objects are no tool's arguments, and could not be kept with the turn.
_DEEPEST = 32


def json_text(value: object) -> str:
    """Return JSON in which accents stay readable: escapes would cost tokens."""
    return json.dumps(value, ensure_ascii=False, default=str)


def turn_start(messages: Sequence[ModelMessage]) -> int:
    """Return the place of the sender's newest message: from there on it is the current turn."""
    places = [place for place, item in enumerate(messages) if isinstance(item, UserMessage)]
    return places[-1] if places else 0


def read_calls(
    request: ModelRequest, wishes: Sequence[tuple[Any, Any, Any]]
) -> tuple[ToolCall, ...]:
    """Return calls from ids, names and arguments; each id is new in the whole request."""
    taken = taken_ids(request.messages)
    calls = []
    for wanted, name, raw in wishes:
        arguments, problem = read_arguments(raw)
        id_ = unique_id(wanted if isinstance(wanted, str) else None, taken)
        taken.add(id_)
        calls.append(
            ToolCall(id=id_, name=whole(str(name or "")), arguments=arguments, problem=problem)
        )
    return tuple(calls)


def read_arguments(raw: object) -> tuple[JsonObject, str]:
    """Return the arguments and what is wrong with them.

    They may be a JSON string, nothing at all, an object, or JSON written into JSON.
    """
    value = raw or {}
    try:
        for _ in range(2):
            if isinstance(value, str):
                value = json.loads(value, parse_constant=_no_number)
        # `\ud800` is legal JSON and no text: it could be neither kept nor sent on.
        if _SURROGATES.search(written := json_text(value)):
            value = json.loads(_SURROGATES.sub("\ufffd", written))
    except (ValueError, RecursionError):
        return {}, "the arguments are not valid JSON"
    if value is None:
        value = {}
    if not isinstance(value, dict):
        return {}, "the arguments are not a JSON object"
    return ({}, "the arguments are too deep") if _is_deep(value) else (value, "")


def whole(text: str) -> str:
    """Return a text without halves of characters, which could be neither kept nor sent on."""
    return _SURROGATES.sub("\ufffd", text)


def finished(
    request: ModelRequest,
    *,
    text: str,
    calls: tuple[ToolCall, ...],
    ending: str,
    is_whole: bool,
    kept: JsonObject | None,
    usage: Usage | None = None,
) -> ModelReply:
    """Return the reply; of an answer that was cut only whole sentences. Raises ModelError."""
    if not is_whole and not calls:
        text = whole_sentences(text)
    if not (text or calls):
        raise ModelError(f"openai gave no words: {ending}", reason="empty", retryable=True)
    reply = ModelReply(text=text, calls=calls, provider_content=kept)
    counted = usage or Usage()
    return ModelReply(
        text=text,
        calls=calls,
        provider_content=kept,
        usage=usage_of(
            request,
            reply,
            input_tokens=counted.input_tokens,
            output_tokens=counted.output_tokens,
            cached_tokens=counted.cached_tokens,
        ),
    )


def counted(usage: Any, of_input: str, of_output: str, details: str) -> Usage:
    """Return what the service counted; zero for what it left out or wrote as no number."""
    if not isinstance(usage, Mapping):
        return Usage()
    inner = usage.get(details)
    return Usage(
        input_tokens=_count(usage.get(of_input)),
        output_tokens=_count(usage.get(of_output)),
        cached_tokens=_count(inner.get("cached_tokens")) if isinstance(inner, Mapping) else 0,
    )


def ending_name(value: object) -> str:
    """Return an ending that may be logged: a short word, because a server may write anything."""
    text = str(value)
    return text if re.fullmatch(r"[A-Za-z_]{1,40}", text) else "unknown"


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _is_deep(value: object, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_is_deep(item, depth + 1) for item in inner)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
