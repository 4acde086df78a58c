"""Makes labels for buttons and lists: no emoji, no line breaks, 20 characters, all different.

Labels are cut between words. No option is dropped: labels that become equal get a number.
"""

import unicodedata
from collections.abc import Iterable

from lola.domain.messages import LABEL_LIMIT, OPTION_ID_LIMIT, Option

_ELLIPSIS = "…"
_NO_NAME = "•"
_SMALLEST_HEAD = 0.5
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def label_options(pairs: Iterable[tuple[str, str]]) -> tuple[Option, ...]:
    """Return options for (id, title) pairs; of pairs with the same id the first one counts."""
    options: list[Option] = []
    ids: set[str] = set()
    titles: dict[str, int] = {}
    for raw_id, raw_title in pairs:
        option_id = " ".join(raw_id.split("\n")).strip()[:OPTION_ID_LIMIT]
        option_id = option_id.strip() or f"option-{len(options) + 1}"
        if option_id in ids:
            continue
        title = _unused(shorten(raw_title), titles)
        ids.add(option_id)
        options.append(Option(id=option_id, title=title))
    return tuple(options)


def shorten(title: str, limit: int = LABEL_LIMIT) -> str:
    """Return the title as a label of at most `limit` characters, cut between words if possible."""
    label = plain(title)
    if len(label) <= limit:
        return label or _NO_NAME
    head = label[: limit - 1]
    if not label[limit - 1].isspace():
        at_word = head.rsplit(" ", 1)[0]
        head = at_word if len(at_word) >= limit * _SMALLEST_HEAD else head
    return f"{head.rstrip(' ,;:-–(/')}{_ELLIPSIS}"


def plain(text: str) -> str:
    """Return the text on one line, without emoji, Markdown marks or invisible characters."""
    kept = (
        " " if letter.isspace() else letter
        for letter in text
        if letter.isspace() or not _is_decoration(letter)
    )  # fmt: skip
    return " ".join("".join(kept).split())


def _is_decoration(letter: str) -> bool:
    return letter in "*`\ufe0f" or (
        unicodedata.category(letter) in {"So", "Cf", "Cc", "Cs", "Cn", "Co", "Me"}
        or ord(letter) in _SKIN_TONES
    )


def _unused(label: str, taken: dict[str, int]) -> str:
    """Return a label that is not taken yet, and take it; `taken` has the last number of each."""
    base = label.casefold()
    candidate, number = label, taken.get(base, 1)
    while candidate.casefold() in taken:
        number += 1
        tail = f" {number}"
        candidate = f"{label[: LABEL_LIMIT - len(tail)].rstrip(' …')}{tail}"
    taken[base] = number
    taken.setdefault(candidate.casefold(), 1)
    return candidate
