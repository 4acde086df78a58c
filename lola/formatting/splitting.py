"""Cuts an answer into messages of the longest allowed length, at the best place."""

import re

from lola.channel.rendering import before_link
from lola.domain.messages import CONTENT_LIMIT

# The places to cut, best first; the matched characters stay with the first part.
_ENDS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"[.!?…](?=\s)"), re.compile(r"\s"))
_SHORTEST_PART = 200


def split_text(text: str, limit: int = CONTENT_LIMIT) -> tuple[str, ...]:
    """Cut a text into parts of at most `limit` characters, if possible between sentences or words.

    A link is not cut unless it is longer than that. A text without a visible character has no
    parts.
    """
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _cut(rest, limit)
        parts.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    parts.append(rest)
    return tuple(_balanced(part) for part in parts if is_visible(part))


def is_visible(text: str) -> bool:
    """Return whether a text has a visible character."""
    return any(letter.isprintable() and not letter.isspace() for letter in text)


def _cut(text: str, limit: int) -> int:
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(text, 0, limit)]
        if ends and ends[-1] >= min(_SHORTEST_PART, limit // 2):
            return ends[-1]
    return before_link(text, limit)


def _balanced(part: str) -> str:
    """Return a part without bold marks if a cut left one of them without its partner."""
    return part.replace("**", "") if part.count("**") % 2 else part
