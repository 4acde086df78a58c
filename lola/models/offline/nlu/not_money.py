"""Numbers that count something else than money: days, years, codes, labels and shares."""

from collections.abc import Sequence

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.money import SIGNS
from lola.models.offline.nlu.text import Word

NOT_MONEY = table("not_money")
UNITS_AFTER = frozenset(NOT_MONEY["after"])
LABELS_BEFORE = frozenset(NOT_MONEY["before"])
RATES = frozenset(NOT_MONEY["rates"])
DATED = frozenset(NOT_MONEY["dates"])
YEARS_AFTER = frozenset(NOT_MONEY["years"])
VAGUE = frozenset({"few", "several", "many", "varios", "varias", "pocos", "twice"})
PARTS_OF = frozenset(
    {("mitad", "de"), ("doble", "de"), ("triple", "de"), ("half", "of"), ("third", "of")}
)
MAX_DIGITS = 7
LAST_DAY = 31


def is_something_else(words: Sequence[Word], start: int, end: int) -> bool:
    """Return whether a number without a currency is a date, a code or a count of something."""
    before = words[start - 1].key if start else ""
    after = words[end].key if end < len(words) and not words[end].breaks else ""
    word = words[start]
    long = word.raw.isdecimal() and len(word.raw) > MAX_DIGITS
    coded = word.is_number and word.start > 0 and _touches_code(words, start)
    labelled = before in LABELS_BEFORE or after in UNITS_AFTER or before in VAGUE
    two_before = tuple(item.key for item in words[max(0, start - 2) : start])
    labelled = labelled or two_before in PARTS_OF or _is_rate(words, start)
    return long or coded or labelled or _is_date(words, start, end, before)


def _is_rate(words: Sequence[Word], start: int) -> bool:
    """Return whether somebody else's rate is told: "me dan a 18.90", "they say 18.1"."""
    told = any(word.key in RATES for word in words[max(0, start - 3) : start])
    return told and not words[start].raw.isdecimal() and words[start].is_number


def _is_date(words: Sequence[Word], start: int, end: int, before: str) -> bool:
    """Return whether digits are a day ("el 15", "12/05"), a time ("12:30") or a year."""
    word = words[start]
    if not word.raw.isdecimal() or end != start + 1:
        return False
    value = int(word.raw)
    is_year = len(word.raw) == 4 and 1900 <= value < 2100
    gaps = {word.gap} if start and words[start - 1].is_number else set()
    gaps |= {words[end].gap} if end < len(words) and words[end].is_number else set()
    slashed = "/" in gaps and (value <= LAST_DAY or is_year)
    return (
        slashed
        or ":" in gaps
        or (before in DATED and value <= LAST_DAY)
        or (is_year and before in YEARS_AFTER)
    )


def _touches_code(words: Sequence[Word], at: int) -> bool:
    """Return whether capital letters and one sign precede it, as in a reference `AB-1234`."""
    before = words[at - 1] if at else None
    return (
        before is not None
        and before.raw.isalpha()
        and words[at].start - before.end == 1
        and not words[at].breaks
        and not words[at].glued
        and before.raw.isupper()
        and len(before.raw) <= 3
        and before.key not in SIGNS
        and not before.key.isdigit()
    )
