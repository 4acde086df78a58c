"""Counts the segments of an SMS, and writes a text so that it takes fewer of them
(reference/channels.md 2.7).

GSM-7 carries 160 characters in one segment, any other text 70. Links are never changed.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from lola.text.folding import few_marks, without_accents

Accents = Literal["save", "keep"]
"""What happens to á, í, ó, ú and the like, which GSM-7 lacks: they lose their mark where that takes
fewer segments, or never."""

BODY_LIMIT = 1600
FIRST_PICTURE = "\u2190"

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8"}
_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ`´‹›", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("•·▪◦‣∙", "-"),
        **dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000\t", " "),
        **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
        # Soft hyphen, zero width and direction marks. Joiners and tags may belong to an emoji.
        **dict.fromkeys("\u00ad\u200b\u200c\u200e\u200f\u2060\ufeff", ""),
        **dict.fromkeys(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))), ""),
        **dict.fromkeys("\u2028\u2029", "\n"),
        **_FRACTIONS,
        "…": "...",
        "→": "->",
        "×": "x",
        "º": "o",
        "ª": "a",
        "™": "(TM)",
        "®": "(R)",
        "©": "(C)",
    }
)
_AFTER_DIGIT = re.compile(rf"(?<=[0-9])(?=[{''.join(_FRACTIONS)}])")
"""Where a space goes, because 1½ is not 11/2."""
_ORDINAL_RING = re.compile(r"(?<=[Nn])°")
_LINK = re.compile(r"(https?://\S+)")
# Variation selectors, joiners, skin tones and flags belong to the emoji before or after them.
_EMOJI_MARKS = frozenset("\u200d\u20e3\ufe0e\ufe0f")
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))


def normalise(text: str, accents: Accents = "save") -> str:
    """Return the text with composed letters and plain punctuation, cheaper where that is possible.

    Emoji are dropped if that avoids UCS-2, and accents (`accents`) if it takes fewer segments.
    """
    plain = _outside_links(_plain, text.replace("\r\n", "\n"))
    if is_gsm(plain):
        return plain
    bare = _outside_links(_without_emoji, plain)
    bare = re.sub(r"(?m)^ ++|(?<! ) ++$", "", re.sub(" {2,}", " ", bare))
    if not bare.strip():
        return plain
    if is_gsm(bare):
        return bare
    folded = _outside_links(_without_accents, bare)
    saves = is_gsm(folded) and segments(folded) < segments(plain)
    return folded if saves and accents == "save" else plain


def is_gsm(text: str) -> bool:
    """Return whether every character fits GSM-7 with its extension table."""
    return all(character in _BASIC or character in _EXTENDED for character in text)


def segments(text: str) -> int:
    """Return how many segments a text takes: 160 or 153 septets each, or 70 or 67 UTF-16 units.

    Twilio counts a whole visible character into one segment: an escape pair, a surrogate pair or an
    emoji of several parts is never divided.
    """
    if is_gsm(text):
        return _packed([2 if character in _EXTENDED else 1 for character in text], 160, 153)
    return _packed(_cluster_sizes(text), 70, 67)


def _packed(sizes: list[int], single: int, each: int) -> int:
    if sum(sizes) <= single:
        return 1
    count, left = 1, each
    for size in sizes:
        if size > left:
            count, left = count + 1, each
        left -= size
    return count


def _cluster_sizes(text: str) -> list[int]:
    """Return the UTF-16 units of each visible character: a letter with its marks, a whole emoji."""
    sizes: list[int] = []
    before, flag_letters = "", 0
    for character in text:
        size = 2 if character > "\uffff" else 1
        flag_letters = flag_letters + 1 if character in _FLAG_LETTERS else 0
        if sizes and (
            _continues(character)
            or (before == "\u200d" and character >= FIRST_PICTURE)
            or (flag_letters and flag_letters % 2 == 0)
        ):
            sizes[-1] += size
        else:
            sizes.append(size)
        before = character
    return sizes


def _continues(character: str) -> bool:
    is_mark = unicodedata.category(character) in {"Mn", "Me"}
    return is_mark or character in _EMOJI_MARKS or character in _SKIN_TONES


def _outside_links(change: Callable[[str], str], text: str) -> str:
    """Return the text with everything but its links changed."""
    pieces = _LINK.split(text)
    return "".join(piece if place % 2 else change(piece) for place, piece in enumerate(pieces))


def _plain(text: str) -> str:
    spaced = _AFTER_DIGIT.sub(" ", unicodedata.normalize("NFC", few_marks(text)))
    return _ORDINAL_RING.sub("o", spaced).translate(_PUNCTUATION)


def _without_accents(text: str) -> str:
    return "".join(character if is_gsm(character) else _base_of(character) for character in text)


def _base_of(letter: str) -> str:
    """Return a letter without its marks, or as it is when that is not in GSM-7 either."""
    if not unicodedata.category(letter).startswith("L"):
        return letter
    base = without_accents(letter)
    return base if is_gsm(base) else letter


def _without_emoji(text: str) -> str:
    return "".join(character for character in text if not _is_emoji(character))


def _is_emoji(character: str) -> bool:
    if character in _EMOJI_MARKS:
        return True
    return character >= FIRST_PICTURE and unicodedata.category(character) in {"So", "Sk"}
