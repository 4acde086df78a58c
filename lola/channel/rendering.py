"""Cuts outgoing messages into parts within a channel's limits, or into plain text.

Buttons and rows that a channel lacks become numbered lines, links become written addresses, and a
long text becomes several parts; no option, link or word is lost. Only capability records are read
here; markup and encodings are the connector's.
"""

import re
from dataclasses import replace

from lola.channel.contract import Capabilities, ItemLimits
from lola.domain.messages import (
    CONTENT_LIMIT,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Outbound,
    SelectMessage,
)

Part = str | ButtonsMessage | SelectMessage | LinkMessage
"""The content of one call to a provider: a text, or a shape that the channel shows as it is."""

_LINK = re.compile(r"https?://\S+")
_OPENING = re.compile(r"\*\*(?=\S)")
_CLOSING = re.compile(r"(?<=\S)\*\*")


def parts_of(message: Outbound, capabilities: Capabilities) -> tuple[Part, ...]:
    """Return the message as parts within the channel's limits, in the order of sending."""
    content = with_bold(message.content, capabilities.bold)
    match message:
        case ButtonsMessage() | SelectMessage():
            limits = (
                capabilities.buttons if isinstance(message, ButtonsMessage) else capabilities.lists
            )
            if limits and _options_fit(message, limits):
                return _under(content, message, limits)
        case LinkMessage() if capabilities.links and _labels_fit(message, capabilities.links):
            return _with_links(content, message, capabilities.links, capabilities.text)
    return split(as_text(message, bold=capabilities.bold), capabilities.text)


def as_text(message: Outbound, *, bold: str = "") -> str:
    """Return the whole message as text; `bold` is the channel's mark around bold text."""
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
    return "\n".join(_line_with_bold(line, mark) for line in text.split("\n"))


def _line_with_bold(line: str, mark: str) -> str:
    parts: list[str] = []
    position = 0
    while (opening := _OPENING.search(line, position)) and (
        closing := _CLOSING.search(line, opening.end() + 1)
    ):
        parts += line[position : opening.start()], mark
        parts += line[opening.end() : closing.start()], mark
        position = closing.end()
    return "".join((*parts, line[position:]))


def units(text: str) -> int:
    """Return the length in UTF-16 units; no provider counts more."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, limit: int) -> tuple[str, ...]:
    """Cut a text into parts of at most `limit` UTF-16 units, at the end of a line or a word.

    A link is never cut, unless it is longer than `limit` itself.
    """
    parts: list[str] = []
    rest = text.strip()
    while rest:
        fitting = _fitting(rest, limit)
        if fitting < len(rest):
            # A cut in the first half would waste a message, so then the word is cut instead.
            ends = (rest.rfind(mark, fitting // 2, fitting + 1) for mark in "\n ")
            fitting = next((end for end in ends if end > 0), before_link(rest, fitting))
        parts.append(rest[:fitting].rstrip())
        rest = rest[fitting:].lstrip()
    return tuple(parts)


def before_link(text: str, place: int) -> int:
    """Return the start of the link that a cut at `place` would divide, else `place`."""
    inside = (link for link in _LINK.finditer(text) if link.start() < place < link.end())
    return next((link.start() for link in inside if link.start()), place)


def _fitting(text: str, limit: int) -> int:
    used = 0
    for position, character in enumerate(text):
        used += units(character)
        if used > limit:
            return max(position, 1)
    return len(text)


def _options_fit(message: ButtonsMessage | SelectMessage, limits: ItemLimits) -> bool:
    return len(message.options) <= limits.max_items and all(
        units(option.title) <= limits.label and len(option.id.encode()) <= limits.id
        for option in message.options
    )


def _labels_fit(message: LinkMessage, limits: ItemLimits) -> bool:
    return all(units(link.text) <= limits.label for link in message.links)


def _under(
    content: str, message: ButtonsMessage | SelectMessage | LinkMessage, limits: ItemLimits
) -> tuple[Part, ...]:
    """Return the message with the end of its text; what does not fit goes before it as text."""
    *before, last = split(content, min(limits.body, CONTENT_LIMIT))
    return (*before, replace(message, content=last))


def _with_links(
    content: str, message: LinkMessage, limits: ItemLimits, text: int
) -> tuple[Part, ...]:
    """Return as many link buttons as fit; the other links are written out after the text."""
    shown = replace(message, links=message.links[: limits.max_items])
    lines = "\n".join(map(link_line, message.links[limits.max_items :]))
    together = f"{content}\n\n{lines}".rstrip()
    if units(together) <= min(limits.body, CONTENT_LIMIT):
        return (replace(shown, content=together),)
    return (*_under(content, shown, limits), *split(lines, text))
