"""Removes hidden characters from a text before a model reads it (docs/safety.md G10).

Tag characters, variation selectors, zero-width and direction controls can carry hidden instructions
and have no honest use in a chat; stacked marks make text unreadable. Letters, accents and emoji
stay, and names are never changed to look-alikes: the model gets what people see.
"""

import unicodedata

from lola.text.folding import few_marks

MESSAGE_LIMIT = 4096
HIDDEN = "\N{WHITE VERTICAL RECTANGLE}"
"""What staff see where a text has characters that cannot be seen."""

_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_SELECTOR = "\ufe0f"
_MAX_MARKS = 2
_KEPT_CONTROLS = "\n\t"
_LINE_BREAKS = str.maketrans(
    {"\u2028": "\n", "\u2029": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n"}
)
# Invisible, although Unicode classifies them as letters, marks or symbols.
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc"
)
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def clean(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return the text in NFC without hidden characters, at most `limit` characters long."""
    if text.isascii() and text.isprintable():
        return text[:limit]
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_BREAKS)
    visible = "".join(_visible(unicodedata.normalize("NFC", few_marks(text))))
    return _cut(unicodedata.normalize("NFC", _few_marks(visible)), limit)


def marked(text: str) -> str:
    """Return a text for staff to read: a mark in place of each run of hidden characters."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_BREAKS)
    return _few_marks("".join(_visible(unicodedata.normalize("NFC", few_marks(text)), HIDDEN)))


def _visible(text: str, mark: str = "") -> list[str]:
    """Return the characters that people see; `mark` takes the place of each run of others."""
    kept: list[str] = []
    for position, letter in enumerate(text):
        if letter == _ZERO_WIDTH_JOINER:
            follower = text[position + 1 : position + 2]
            if _ends_emoji(kept) and _is_pictograph(follower):
                kept.append(letter)
                continue
        elif letter == _EMOJI_SELECTOR:
            if kept and (_is_pictograph(kept[-1]) or kept[-1] in "0123456789#*©®"):
                kept.append(letter)
                continue
        elif not _is_hidden(letter):
            kept.append(letter)
            continue
        if mark and kept[-1:] != [mark]:
            kept.append(mark)
    return kept


def _is_hidden(letter: str) -> bool:
    if letter.isascii():
        return not (letter.isprintable() or letter in _KEPT_CONTROLS)
    code = ord(letter)
    return (
        unicodedata.category(letter) in {"Cf", "Cc", "Cs"}
        or letter in _INVISIBLE
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0000 <= code <= 0xE0FFF
        or code & 0xFFFE == 0xFFFE
    )


def _ends_emoji(kept: list[str]) -> bool:
    last = kept[-1] if kept else ""
    if last == _EMOJI_SELECTOR and len(kept) > 1:
        last = kept[-2]
    return _is_pictograph(last)


def _is_pictograph(letter: str) -> bool:
    """Return whether this can be part of an emoji: other symbols, arrows and skin tones."""
    return bool(letter) and (
        unicodedata.category(letter) in {"So", "Cn"}
        or ord(letter) in _SKIN_TONES
        or letter in "↔↕↗↘"
    )


def _few_marks(text: str) -> str:
    """Keep at most two combining marks after a base."""
    kept: list[str] = []
    marks = 0
    for letter in text:
        is_mark = letter != _EMOJI_SELECTOR and unicodedata.category(letter) in {"Mn", "Me"}
        marks = marks + 1 if is_mark else 0
        if marks <= _MAX_MARKS:
            kept.append(letter)
    return "".join(kept)


def _cut(text: str, limit: int) -> str:
    """Cut at `limit`, without a loose joiner or selector at the end."""
    if len(text) <= limit:
        return text
    return text[:limit].rstrip(f"{_ZERO_WIDTH_JOINER}{_EMOJI_SELECTOR}")
