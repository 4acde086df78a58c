"""What OpenAI refuses on its two wires: the rules of the loopback servers.

Written from reports on the service (reference/surprises.md 1.2, 1.7) and from the SDK's own types,
never from the product's table, so that an error there fails a test.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Body = Mapping[str, Any]

_SHARED = {
    "model", "metadata", "parallel_tool_calls", "prompt_cache_key", "prompt_cache_options",
    "safety_identifier", "service_tier", "store", "stream", "temperature", "tool_choice", "tools",
    "top_logprobs", "top_p", "user",
}  # fmt: skip
_CHAT = _SHARED | {
    "messages", "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens",
    "max_tokens", "modalities", "n", "presence_penalty", "reasoning_effort", "response_format",
    "seed", "stop", "stream_options", "verbosity",
}  # fmt: skip
_RESPONSES = _SHARED | {
    "background", "conversation", "include", "input", "instructions", "max_output_tokens",
    "max_tool_calls", "previous_response_id", "prompt", "reasoning", "text", "truncation",
}  # fmt: skip
_MESSAGE = {
    "system": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "assistant": {"role", "content", "name", "refusal", "tool_calls"},
    "tool": {"role", "content", "tool_call_id"},
}
_ITEM = {
    "message": {"type", "role", "content", "phase"},
    "reasoning": {"type", "id", "summary", "encrypted_content", "content"},
    "function_call": {"type", "id", "call_id", "name", "arguments"},
    "function_call_output": {"type", "id", "call_id", "output"},
}
_FUNCTION = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")


def version(model: str) -> tuple[int, ...]:
    """Return the version of a GPT; the o-series thinks like GPT-5; other names are old models."""
    if re.match(r"o\d", model):
        return (5,)
    found = re.match(r"gpt-(\d+)(?:\.(\d+))?", model)
    return tuple(int(part or 0) for part in found.groups()) if found else (0, 0)


def efforts(model: str) -> set[str]:
    """Return the reasoning efforts that a model knows, none for one that does not think."""
    number = version(model)
    if number < (5,):
        return set()
    knows_none = not {"terra", "luna"}.isdisjoint(model.split("-"))
    if model.startswith("gpt-6-astra") or (number >= (6, 1) and not knows_none):
        return {"low", "medium", "high"}
    if model.startswith("o"):
        return {"low", "medium", "high"}
    return {"minimal" if number < (5, 1) else "none", "low", "medium", "high"}


def chat_refusal(body: Body) -> str:
    """Return why chat completions refuse a request, empty for one that they take."""
    model, effort = body["model"], body.get("reasoning_effort")
    checks = (
        _unknown(body, _CHAT, "Unrecognized request argument supplied"),
        _sampling(model, body),
        _chat_only(model, body),
        _effort(model, effort, "reasoning_effort"),
        _tools_with_effort(model, bool(body.get("tools")), effort),
        _functions([tool.get("function", {}) for tool in body.get("tools", ())]),
        _chat_messages(body["messages"]),
    )
    return next((problem for check in checks for problem in check), "")


def responses_refusal(body: Body, issued: Mapping[str, str], calls: Mapping[str, str]) -> str:
    """Return why the Responses API refuses a request, empty for one that it takes.

    `issued` are the encrypted thoughts by id, `calls` the thoughts by the id of the call that
    needs them.
    """
    model = body["model"]
    reasoning = body.get("reasoning") or {}
    checks = (
        _unknown(body, _RESPONSES, "Unknown parameter"),
        _sampling(model, body),
        _responses_only(model, body),
        _effort(model, reasoning.get("effort"), "reasoning.effort"),
        _functions(body.get("tools", ())),
        _items(body["input"]),
        _thoughts(body["input"], issued, calls),
    )
    return next((problem for check in checks for problem in check), "")


def _unknown(body: Body, known: set[str], words: str) -> Iterator[str]:
    yield from (f"{words}: '{name}'." for name in body if name not in known)


def _sampling(model: str, body: Body) -> Iterator[str]:
    for name in ("temperature", "top_p"):
        if name in body and version(model) >= (5,):
            yield f"Unsupported parameter: '{name}' is not supported with this model."


def _chat_only(model: str, body: Body) -> Iterator[str]:
    if {"pro", "codex"} & set(model.split("-")):
        yield "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
    if "max_tokens" in body and version(model) >= (5,):
        yield "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."


def _responses_only(model: str, body: Body) -> Iterator[str]:
    if body.get("max_output_tokens", 16) < 16:
        yield "Invalid 'max_output_tokens': integer below minimum value."
    if version(model) < (5,) and "reasoning.encrypted_content" in body.get("include", ()):
        yield "Encrypted content is not supported with this model."
    for tool in body.get("tools", ()):
        if tool.get("strict", True):
            yield "Invalid schema: 'required' must include every key in properties."


def _effort(model: str, effort: str | None, place: str) -> Iterator[str]:
    if effort is not None and effort not in efforts(model):
        yield f"Unsupported value: '{place}' does not support '{effort}' with this model."


def _tools_with_effort(model: str, has_tools: bool, effort: str | None) -> Iterator[str]:
    number = version(model)
    refusal = f"Function tools with reasoning_effort are not supported for {model}: use Responses."
    if not has_tools or number < (5, 4):
        return
    if (
        "none" not in efforts(model)
        or effort not in {None, "none"}
        or (effort is None and number >= (5, 6))
    ):
        yield refusal


def _functions(functions: Sequence[Body]) -> Iterator[str]:
    for function in functions:
        if not _FUNCTION.match(function.get("name", "")):
            yield f"Invalid function name: {function.get('name')!r}"
        if function.get("parameters", {}).get("type") != "object":
            yield "Invalid schema for function: schema must be a JSON Schema of 'type: \"object\"'"


def _chat_messages(messages: Sequence[Body]) -> Iterator[str]:
    open_calls: list[str] = []
    for place, message in enumerate(messages):
        yield from (
            f"Unknown parameter: 'messages[{place}].{name}'."
            for name in message
            if name not in _MESSAGE[message["role"]]
        )
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                yield "a tool message answers no call"
                return
            if not isinstance(message["content"], str):
                yield "a tool message is no string"
            open_calls.remove(message["tool_call_id"])
        elif open_calls:
            yield "tool_calls must be followed by tool messages"
        elif message.get("content") is None and not message.get("tool_calls"):
            yield f"Invalid value for 'content': messages[{place}] is null"
        for call in message.get("tool_calls", ()):
            yield from _chat_call(place, call)
            open_calls.append(call["id"])
    if open_calls:
        yield "tool_calls must be followed by tool messages"


def _chat_call(place: int, call: Body) -> Iterator[str]:
    if set(call) != {"id", "type", "function"}:
        yield f"Unknown parameter: 'messages[{place}].tool_calls[0]'"
    json.loads(call["function"]["arguments"])


def _items(items: Sequence[Body]) -> Iterator[str]:
    open_calls: list[str] = []
    for place, item in enumerate(items):
        kind = item.get("type", "message")
        for name, value in item.items():
            if name not in _ITEM[kind] or value is None:
                yield f"Unknown parameter: 'input[{place}].{name}'."
        if kind == "function_call":
            json.loads(item["arguments"])
            open_calls.append(item["call_id"])
        elif kind == "function_call_output":
            if item["call_id"] not in open_calls:
                yield f"No tool call found for function call output with call_id {item['call_id']}."
                return
            if not isinstance(item["output"], str | list):
                yield "Invalid type for 'output'"
            open_calls.remove(item["call_id"])
        elif kind == "message" and open_calls:
            yield f"No tool output found for function call {open_calls[0]}."
    if open_calls:
        yield f"No tool output found for function call {open_calls[0]}."


def _thoughts(
    items: Sequence[Body], issued: Mapping[str, str], calls: Mapping[str, str]
) -> Iterator[str]:
    """A thought comes back unchanged with its call; in the current turn none may be missing."""
    newest = max(
        (place for place, item in enumerate(items) if item.get("role") == "user"), default=0
    )
    seen: set[str] = set()
    for place, item in enumerate(items):
        kind = item.get("type", "message")
        if kind == "reasoning":
            following = items[place + 1].get("type") if place + 1 < len(items) else None
            if following not in {"function_call", "message"}:
                yield f"Item '{item['id']}' of type 'reasoning' has no required following item."
            if item["id"] not in issued:
                yield f"Item with id '{item['id']}' not found: 'store' is set to false."
            elif issued[item["id"]] != item.get("encrypted_content"):
                yield "invalid_encrypted_content: could not be decrypted or parsed."
            seen.add(item["id"])
        elif kind == "function_call":
            needed = calls.get(item.get("id", "")) or calls.get(item["call_id"])
            if needed and needed not in seen and (place > newest or "id" in item):
                yield f"Item of type 'function_call' lacks its required 'reasoning' item: {needed}."
