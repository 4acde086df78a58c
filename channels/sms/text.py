"""Counts the segments of an SMS, and saves some without changing a word (reference/channels.md
2.7).

GSM-7 carries 160 characters in one segment, anything else 70. Accented á í ó ú are outside GSM-7
but are kept: a Spanish word without its accent is another word.
"""

import re
import unicodedata

BODY_LIMIT = 1600
FIRST_PICTURE = "\u2190"

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("•·▪◦", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " "),
        **dict.fromkeys("\u200b\u2060\ufeff", ""),
        "…": "...",
        "→": "->",
    }
)
# Variation selectors, joiners, skin tones and flags belong to the emoji before or after them.
_EMOJI_MARKS = frozenset("\u200d\u20e3\ufe0e\ufe0f")


def normalise(text: str) -> str:
    """Replace typographic marks by plain ones; drop emoji if that alone avoids UCS-2."""
    plain = text.translate(_PUNCTUATION)
    if is_gsm(plain):
        return plain
    bare = re.sub(r"(?m)^ ++|(?<! ) ++$", "", re.sub(" {2,}", " ", _without_emoji(plain)))
    return bare if bare.strip() and is_gsm(bare) else plain


def is_gsm(text: str) -> bool:
    """Return whether every character fits GSM-7 with its extension table."""
    return all(character in _BASIC or character in _EXTENDED for character in text)


def segments(text: str) -> int:
    """Return how many segments a text takes: 160 or 153 septets each, or 70 or 67 UTF-16 units."""
    if is_gsm(text):
        return _packed([2 if character in _EXTENDED else 1 for character in text], 160, 153)
    return _packed([2 if ord(character) > 0xFFFF else 1 for character in text], 70, 67)


def _packed(sizes: list[int], single: int, each: int) -> int:
    if sum(sizes) <= single:
        return 1
    count, left = 1, each
    for size in sizes:
        if size > left:  # neither an escape pair nor a surrogate pair is split
            count, left = count + 1, each
        left -= size
    return count


def _without_emoji(text: str) -> str:
    return "".join(character for character in text if not _is_emoji(character))


def _is_emoji(character: str) -> bool:
    if character in _EMOJI_MARKS:
        return True
    return character >= FIRST_PICTURE and unicodedata.category(character) in {"So", "Sk"}
