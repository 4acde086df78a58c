"""Outgoing messages in the parts that a channel can show, and as plain words.

The one place where a message gives way to a channel: what cannot be tapped becomes numbered lines
or written addresses, what is too long becomes several parts, and no option, link or word is ever
lost. It knows no channel by name, only capability records; markup and encodings are a connector's.
"""

import re
from dataclasses import replace

from lola.channel.contract import Capabilities, Tappable
from lola.domain.messages import (
    CONTENT_LIMIT,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Outbound,
    SelectMessage,
)

Part = str | ButtonsMessage | SelectMessage | LinkMessage
"""What one call to a provider carries: words, or a shape that the channel shows as it is."""

_BOLD = re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*")


def parts_of(message: Outbound, can: Capabilities) -> tuple[Part, ...]:
    """Return the message as parts within the channel's limits, in the order of sending."""
    content = with_bold(message.content, can.bold)
    match message:
        case ButtonsMessage() | SelectMessage():
            room = can.buttons if isinstance(message, ButtonsMessage) else can.lists
            if room and _options_fit(message, room):
                return _under(content, message, room)
        case LinkMessage() if can.links and _labels_fit(message, can.links):
            return _with_links(content, message, can.links, can.text)
    return split(as_text(message, bold=can.bold), can.text)


def as_text(message: Outbound, *, bold: str = "") -> str:
    """Return the whole message as text; `bold` is what the channel puts around bold words."""
    content = with_bold(message.content, bold)
    match message:
        case ButtonsMessage() | SelectMessage():
            options = (f"{n}. {option.title}" for n, option in enumerate(message.options, 1))
            return "\n".join((content, "", *options))
        case LinkMessage():
            return "\n".join((content, "", *map(link_line, message.links)))
        case _:
            return content


def link_line(link: LinkTarget) -> str:
    """Return a link as one line: its label, then its address."""
    return f"{link.text}: {link.url}"


def with_bold(text: str, mark: str) -> str:
    """Turn Markdown bold (`**x**`) into `mark` on both sides (reference/lola.md 7)."""
    return _BOLD.sub(rf"{mark}\1{mark}", text)


def units(text: str) -> int:
    """Return the length in UTF-16 units, which no provider's way of counting exceeds."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, limit: int) -> tuple[str, ...]:
    """Cut a text into parts of at most `limit` UTF-16 units, at the end of a line or a word."""
    parts: list[str] = []
    rest = text.strip()
    while rest:
        fitting = _fitting(rest, limit)
        if fitting < len(rest):
            # A border in the first half would waste a message; then the word is cut instead.
            borders = (rest.rfind(mark, fitting // 2, fitting + 1) for mark in "\n ")
            fitting = next((border for border in borders if border > 0), fitting)
        parts.append(rest[:fitting].rstrip())
        rest = rest[fitting:].lstrip()
    return tuple(parts)


def _fitting(text: str, limit: int) -> int:
    used = 0
    for position, character in enumerate(text):
        used += units(character)
        if used > limit:
            return max(position, 1)
    return len(text)


def _options_fit(message: ButtonsMessage | SelectMessage, room: Tappable) -> bool:
    return len(message.options) <= room.max_items and all(
        units(option.title) <= room.label and len(option.id.encode()) <= room.id
        for option in message.options
    )


def _labels_fit(message: LinkMessage, room: Tappable) -> bool:
    return all(units(link.text) <= room.label for link in message.links)


def _under(
    content: str, message: ButtonsMessage | SelectMessage | LinkMessage, room: Tappable
) -> tuple[Part, ...]:
    """Return the message with the end of its words; what has no room goes before it as text."""
    *before, last = split(content, min(room.body, CONTENT_LIMIT))
    return (*before, replace(message, content=last))


def _with_links(content: str, message: LinkMessage, room: Tappable, text: int) -> tuple[Part, ...]:
    """Return as many link buttons as fit; the other links are written under the words or after."""
    shown = replace(message, links=message.links[: room.max_items])
    lines = "\n".join(map(link_line, message.links[room.max_items :]))
    together = f"{content}\n\n{lines}".rstrip()
    if units(together) <= min(room.body, CONTENT_LIMIT):
        return (replace(shown, content=together),)
    return (*_under(content, shown, room), *split(lines, text))
