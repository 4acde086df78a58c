"""Joins the messages of one turn, because providers charge for each message."""

from collections.abc import Iterable
from dataclasses import replace

from lola.domain.messages import CONTENT_LIMIT, Outbound, TextMessage


def joined(messages: Iterable[Outbound], limit: int = CONTENT_LIMIT) -> tuple[Outbound, ...]:
    """Return the messages with each plain text put in front of the next one, where both fit."""
    result: list[Outbound] = []
    for message in messages:
        before = result[-1] if result else None
        text = f"{before.content}\n\n{message.content}" if before else ""
        if isinstance(before, TextMessage) and len(text) <= limit:
            result[-1] = replace(message, content=text)
        else:
            result.append(message)
    return tuple(result)
