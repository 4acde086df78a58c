"""Outgoing messages as plain words, for channels and terminals that show nothing else.

Buttons and lists become numbered lines, links become their label and address. It knows no channel;
splitting, encodings and limits belong to the connectors.
"""

import re

from lola.messages import ButtonsMessage, LinkMessage, LinkTarget, Outbound, SelectMessage

_BOLD = re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*")


def as_text(message: Outbound, *, bold: str = "") -> str:
    """Answer the whole message as text; `bold` is what the channel puts around bold words."""
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
    """Answer a link as one line: its label, then its address."""
    return f"{link.text}: {link.url}"


def with_bold(text: str, mark: str) -> str:
    """Turn Markdown bold (`**x**`) into `mark` on both sides (reference/lola.md 7)."""
    return _BOLD.sub(rf"{mark}\1{mark}", text)
