"""Estimates of tokens: before a request, and for servers that do not count.

They are on the high side, because budgets set them aside. A model's own counts correct them.
"""

import json
import re
from collections.abc import Iterable
from math import ceil

from lola.domain.messages import JsonObject
from lola.models.chat import (
    AssistantMessage,
    ChatModel,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolMessage,
    Usage,
)

# Characters per token by kind of text: Spanish prose 2.88 to 4.26 by tokenizer, an informal SMS
# 2.9, tool results as JSON 2.1 (reference/surprises.md 1.10); declarations of tools take 3.1.
_PROSE = 3.0
_DATA = 2.1
# Roles and separators around each message.
_PER_MESSAGE = 4
# Beyond Latin letters and accents (emoji, other scripts) a character is a token or more.
_BEYOND_LATIN = re.compile("[^\\u0000-\\u024f]+")

_LEARNING = 0.2
_LEAST_SCALE, _MOST_SCALE = 0.5, 4.0


class TokenScale:
    """What a model's own counts were to our estimates, lately. 1 until it has counted."""

    def __init__(self) -> None:
        self.value = 1.0

    def learn(self, estimated: int, counted: int) -> None:
        """Move towards what the provider counted for a request of that estimate."""
        if estimated > 0 and counted > 0:
            ratio = min(max(counted / estimated, _LEAST_SCALE), _MOST_SCALE)
            self.value += _LEARNING * (ratio - self.value)


def estimate_tokens(text: str, characters: float = _PROSE) -> int:
    """Return about how many tokens a text takes, prose unless `characters` per token say else."""
    others = 0 if text.isascii() else sum(map(len, _BEYOND_LATIN.findall(text)))
    return others + ceil((len(text) - others) / characters)


def estimate_messages(messages: Iterable[ModelMessage]) -> int:
    """Return about how many tokens a conversation takes."""
    return sum(_PER_MESSAGE + _message(message) for message in messages)


def estimate_request(request: ModelRequest) -> int:
    """Return about how many input tokens a request takes: system text, tools and messages."""
    tools = sum(
        estimate_tokens(tool.name + tool.description + _plain(tool.parameters))
        for tool in request.tools
    )
    return estimate_tokens(request.system) + tools + estimate_messages(request.messages)


def estimate_input(model: ChatModel, request: ModelRequest) -> int:
    """Return about how many input tokens a model will count, by what it counted lately."""
    scale: float = getattr(model, "token_scale", 1.0)
    return ceil(estimate_request(request) * scale)


def estimate_reply(reply: ModelReply) -> int:
    """Return about how many output tokens an answer took."""
    return estimate_tokens(reply.text) + sum(
        estimate_tokens(call.name + _plain(call.arguments), _DATA) for call in reply.calls
    )


def usage_of(
    request: ModelRequest,
    reply: ModelReply,
    *,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    cached_tokens: int | None = None,
) -> Usage:
    """Return what a provider counted, with an estimate for each count that it left out.

    An answer without counts must not be free: a sender's budget would never fill.
    """
    return Usage(
        input_tokens=input_tokens or estimate_request(request),
        output_tokens=output_tokens or estimate_reply(reply),
        cached_tokens=cached_tokens or 0,
        is_estimate=not (input_tokens and output_tokens),
    )


def _message(message: ModelMessage) -> int:
    match message:
        case AssistantMessage():
            said = "\n".join((message.text, *message.options))
            calls = (call.name + _plain(call.arguments) for call in message.calls)
            return estimate_tokens(said) + sum(estimate_tokens(call, _DATA) for call in calls)
        case ToolMessage():
            return estimate_tokens(message.name + _plain(message.result), _DATA)
        case DataMessage():
            return estimate_tokens(_plain(message.data), _DATA)
        case _:
            return estimate_tokens(message.text)


def _plain(data: JsonObject) -> str:
    return json.dumps(data, ensure_ascii=False, default=str)
