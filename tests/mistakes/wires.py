"""Loopback servers of Gemini's and OpenAI's wire, behind which a chat model of the tests answers.

They read a vendor's request back into a `ModelRequest`: the model knows only what went over the
wire. A call with a `problem` is sent as the vendor sends arguments that it could not finish.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, ClassVar

from aiohttp import web

from lola.models.chat import (
    AssistantMessage,
    ChatModel,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    UserMessage,
)

_FENCED = re.compile(
    r"Between the two lines (?P<mark>[0-9a-f]{12}) is data for this turn\.[^\n]*\n(?P=mark)\n"
    r"(?P<body>.*?)\n(?P=mark)(?:\n\n)?",
    re.DOTALL,
)
_OPTION = re.compile(r"(\d{1,2})\. (.+)")
_ENGLISH = "Answer in English"
Body = Mapping[str, Any]


class Wire:
    """One vendor's side: reads requests, asks the model, writes its answers."""

    settings: ClassVar[dict[str, Any]]
    address: ClassVar[str]

    def __init__(self, model: ChatModel) -> None:
        self.model = model
        self._ids = count(1)
        self.requests = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Return the reply to one request."""
        self.requests += 1
        asked = self.read(json.loads(await request.read()))
        reply = await self.model.complete(asked)
        # Ids of a vendor are unique over the whole conversation.
        calls = tuple(replace(call, id=f"call_{next(self._ids)}") for call in reply.calls)
        return web.json_response(self.write(replace(reply, text=_listed(reply), calls=calls)))

    def read(self, body: Body) -> ModelRequest:
        """Return the request as the vendor's model sees it."""
        raise NotImplementedError

    def write(self, reply: ModelReply) -> dict[str, Any]:
        """Return the answer in the vendor's form."""
        raise NotImplementedError


class OpenAIWire(Wire):
    """`POST /chat/completions` (reference/channels.md 5.8)."""

    settings: ClassVar[dict[str, Any]] = {
        "lola_model": ("openai:mistaken",),
        "openai_api_key": "test-key",
    }
    address: ClassVar[str] = "openai_base_url"

    def read(self, body: Body) -> ModelRequest:
        """Return the request of a chat completion."""
        system, *rest = body["messages"]
        tools = [tool["function"] for tool in body.get("tools", ())]
        return _request(system["content"], _openai_messages(rest), tools)

    def write(self, reply: ModelReply) -> dict[str, Any]:
        """Return a chat completion; its arguments are text, whole or not."""
        message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
        if reply.calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {
                        "name": call.name,
                        "arguments": call.problem or json.dumps(call.arguments),
                    },
                }
                for call in reply.calls
            ]
        ending = "tool_calls" if reply.calls else "stop"
        choice = {"index": 0, "message": message, "finish_reason": ending}
        usage = {"prompt_tokens": 40, "completion_tokens": 8, "total_tokens": 48}
        return {"id": "c1", "object": "chat.completion", "created": 1, "model": "mistaken",
                "choices": [choice], "usage": usage}  # fmt: skip


class GeminiWire(Wire):
    """`generateContent` (reference/channels.md 5.1 to 5.5)."""

    settings: ClassVar[dict[str, Any]] = {
        "lola_model": ("gemini:gemini-3.8-flash",),
        "gemini_api_key": "test-key",
    }
    address: ClassVar[str] = "google_gemini_base_url"

    def read(self, body: Body) -> ModelRequest:
        """Return the request of a generation."""
        system = "".join(part["text"] for part in body["systemInstruction"]["parts"])
        tools = [
            # The SDK's own name for the field is taken as well.
            {**one, "parameters": one.get("parametersJsonSchema") or one["parameters_json_schema"]}
            for group in body.get("tools", ())
            for one in group["functionDeclarations"]
        ]
        return _request(system, _gemini_messages(body["contents"]), tools)

    def write(self, reply: ModelReply) -> dict[str, Any]:
        """Return a candidate; arguments that are not whole end it without parts."""
        whole = [call for call in reply.calls if not call.problem]
        parts: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
        parts += [
            {"functionCall": {"id": call.id, "name": call.name, "args": call.arguments}}
            for call in whole
        ]
        ending = "STOP" if len(whole) == len(reply.calls) else "MALFORMED_FUNCTION_CALL"
        content = {"role": "model", "parts": parts}
        candidate = {"content": content, "finishReason": ending, "index": 0}
        usage = {"promptTokenCount": 40, "candidatesTokenCount": 8, "totalTokenCount": 48}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "mistaken"}


WIRES: Mapping[str, type[Wire]] = {"gemini": GeminiWire, "openai": OpenAIWire}


def _listed(reply: ModelReply) -> str:
    """Return the text with its choices as a list: these wires know no buttons."""
    titles = (f"{number}. {title}" for number, title in enumerate(reply.choices, 1))
    return "\n".join(part for part in (reply.text, *titles) if part)


def _request(system: str, messages: Iterator[ModelMessage], tools: Sequence[Body]) -> ModelRequest:
    return ModelRequest(
        system=system,
        messages=tuple(messages),
        tools=tuple(
            ToolSchema(
                name=tool["name"],
                description=tool["description"],
                parameters=dict(tool["parameters"]),
            )
            for tool in tools
        ),
        language="en" if _ENGLISH in system else "es",
    )


def _openai_messages(messages: Sequence[Body]) -> Iterator[ModelMessage]:
    names: dict[str, str] = {}
    for message in messages:
        match message["role"]:
            case "user":
                yield from _of_user(message["content"])
            case "tool":
                call_id = message["tool_call_id"]
                result = json.loads(message["content"])
                yield ToolMessage(call_id=call_id, name=names[call_id], result=result)
            case _:
                calls = tuple(map(_openai_call, message.get("tool_calls", ())))
                names |= {call.id: call.name for call in calls}
                yield _assistant(message["content"] or "", calls)


def _openai_call(wish: Body) -> ToolCall:
    function = wish["function"]
    return ToolCall(
        id=wish["id"], name=function["name"], arguments=json.loads(function["arguments"])
    )


def _gemini_messages(contents: Sequence[Body]) -> Iterator[ModelMessage]:
    waiting: list[ToolCall] = []
    for content in contents:
        texts = [part["text"] for part in content["parts"] if part.get("text")]
        if content["role"] == "model":
            found = [part["functionCall"] for part in content["parts"] if "functionCall" in part]
            waiting = [
                ToolCall(
                    id=call.get("id") or f"place-{place}",
                    name=call["name"],
                    arguments=call.get("args") or {},
                )
                for place, call in enumerate(found)
            ]
            yield _assistant("".join(texts), tuple(waiting))
            continue
        for part in content["parts"]:
            if "functionResponse" in part:
                # Results are in the order of their calls.
                yield ToolMessage(
                    call_id=waiting.pop(0).id,
                    name=part["functionResponse"]["name"],
                    result=part["functionResponse"]["response"],
                )
        for text in texts:
            yield from _of_user(text)


def _of_user(text: str) -> Iterator[ModelMessage]:
    """Yield what the sender wrote and the data of this turn, which may be one text."""
    found = _FENCED.search(text)
    before = text if found is None else text[: found.start()].rstrip("\n")
    if before:
        yield UserMessage(text=before)
    if found is not None:
        yield DataMessage(marker=found["mark"], data=json.loads(found["body"]))
        if after := text[found.end() :]:
            yield UserMessage(text=after)


def _assistant(text: str, calls: tuple[ToolCall, ...]) -> AssistantMessage:
    """Read options back from the numbered list at the end."""
    lines = text.split("\n")
    options: list[str] = []
    while lines and (found := _OPTION.fullmatch(lines[-1])):
        options.insert(0, found[2])
        lines.pop()
        if found[1] == "1":
            break
    return AssistantMessage(text="\n".join(lines), calls=calls, options=tuple(options))
