"""Finds card numbers that a sender wrote in parts, over consecutive messages.

Parts end and begin with groups of digits, and are cut as cards are printed: after four, eight or
twelve digits, or as the groups of a fifteen-digit card. Two telephone numbers, or one and an
amount, must not look like a card. Pure.
"""

import re
from collections.abc import Sequence

from lola.safety.input.cards import fold_digits, is_card_number
from lola.safety.input.spans import Span, replaced

MESSAGES = 4
"""Messages that are read together: a number is printed in four groups."""
PART_MARK = "[card part ••••]"

_RUN = re.compile(r"[0-9]+(?:[ .\-_/\u00a0]{1,3}[0-9]+)*+")
_NO_CARD = re.compile(
    r"(?<![^\W\d_])(?:tel|tel[eé]fonos?|cel|celular|m[oó]vil|whatsapp|phone|cell|mobile|ll[aá]m\w{0,6}|call|"
    r"clabe|cuenta|account|folio|referencia|reference)(?![^\W\d_])|\+[0-9]",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?<![^\W\d_])(?:tarjetas?|cards?|visa|master\s?card|amex|d[eé]bito|cr[eé]dito|debit|credit)(?![^\W\d_])",
    re.IGNORECASE,
)
_LENGTHS = (16, 15)
_QUARTER = 4
_COUNTRY_CODES = ("52", "54", "55", "57")


def without_split_cards(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the texts, oldest first, with the parts of a card number replaced."""
    texts = tuple(texts)
    for first in range(len(texts)):
        for last in range(first + 1, min(first + MESSAGES, len(texts))):
            parts = _parts(texts[first : last + 1])
            if parts and _is_split_card(parts, texts[first : last + 1]):
                marked = tuple(
                    replaced(text, (Span(start=part.start(), end=part.end(), mark=PART_MARK),))
                    for text, part in zip(texts[first : last + 1], parts, strict=True)
                )
                return without_split_cards((*texts[:first], *marked, *texts[last + 1 :]))
    return texts


def _parts(texts: Sequence[str]) -> list[re.Match[str]]:
    """Return the last digits of the first text, all of those between, the first of the last."""
    runs = [list(_RUN.finditer(fold_digits(text))) for text in texts]
    if not all(runs) or any(len(found) > 1 for found in runs[1:-1]):
        return []
    return [runs[0][-1], *(found[0] for found in runs[1:])]


def _is_split_card(parts: Sequence[re.Match[str]], texts: Sequence[str]) -> bool:
    digits = ["".join(filter(str.isdigit, part.group())) for part in parts]
    whole = "".join(digits)
    if len(whole) not in _LENGTHS or not is_card_number(whole):
        return False
    if any(_NO_CARD.search(text) for text in texts):
        return False
    if len(whole) == _LENGTHS[0]:
        is_cut_right = all(len(part) % _QUARTER == 0 for part in digits)
    else:
        is_cut_right = len(digits[0]) in {4, 10} and len(digits[0]) + len(digits[-1]) in {9, 15}
    is_named = any(_CARD.search(text) for text in texts)
    return is_named or (is_cut_right and not _may_be_phone(parts[0].group(), digits))


def _may_be_phone(written: str, digits: Sequence[str]) -> bool:
    """Return whether the first part is as likely a telephone number with its country code."""
    return written == digits[0] and len(written) > 8 and written.startswith(_COUNTRY_CODES)
