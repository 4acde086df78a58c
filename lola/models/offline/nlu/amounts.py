"""Amounts of money in a line: a number with the currency, sign or context that makes it money.

Says what was written, never what it may mean: which peso it is, or whether a bare number is an
amount at all, is decided by the caller that knows what was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.phrases import Found, PhraseBook
from lola.models.offline.nlu.quantities import read_quantity
from lola.models.offline.nlu.text import Word
from lola.text.folding import unaccented

NOT_MONEY = table("not_money")
CURRENCIES = table("currencies")
UNITS_AFTER = frozenset(NOT_MONEY["after"])
LABELS_BEFORE = frozenset(NOT_MONEY["before"])
FAMILIES: dict[str, list[str]] = CURRENCIES["families"]
HOME_OF: dict[str, str] = CURRENCIES["country"]
SIGNS: dict[str, str] = CURRENCIES["signs"]
STATING = frozenset(
    {"son", "sean", "serian", "eran", "era", "fueran", "was", "were", "its", "only", "just",
     "solo", "nomas"}
)  # fmt: skip
GIVING = frozenset({"a", "para", "to", "for", "al"})
BETWEEN = frozenset({"$", "de"})
DENIALS = frozenset({"no", "not"})
REPLACING = frozenset({("en", "vez", "de"), ("en", "lugar", "de")})
MAX_DIGITS = 7
MIN_SPELLED = 20
_CURRENCY_BOOK = PhraseBook(CURRENCIES["words"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number that may be money. `currency` is an ISO code, a family (`peso`) or empty.

    `start` and `end` are word positions. `firm`: a currency or sign is written with it, so it is
    money. `is_stated`: "son 50", "50 a Luis". `negated`: the sender said it is not this one ("no
    200, 150"). `is_article`: a small number word ("una", "one") that is rarely meant as a number.
    """

    value: Decimal
    currency: str
    start: int
    end: int
    firm: bool = False
    negated: bool = False
    is_article: bool = False
    is_stated: bool = False


def find_amounts(words: Sequence[Word]) -> tuple[Amount, ...]:
    """Return every number that can be an amount, in order."""
    found = _CURRENCY_BOOK.longest(words)
    currencies = _Currencies(
        starting={item.start: item for item in found}, ending={item.end: item for item in found}
    )
    amounts: list[Amount] = []
    at = 0
    while at < len(words):
        value, end = read_quantity(words, at)
        if value is None:
            # Zeros in a row are read once, not again from each of them.
            at = max(end, at + 1)
            continue
        amount = _amount(words, currencies, value, at, end)
        if amount is not None:
            amounts.append(amount)
            end = max(end, amount.end)
        at = end
    return tuple(amounts)


def find_currency(words: Sequence[Word]) -> str:
    """Return the last currency word of a line, as a code or family; empty when there is none."""
    found = _CURRENCY_BOOK.longest(words)
    return found[-1].label if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Currencies:
    """The currency words of a line, by the positions where they start and end."""

    starting: Mapping[int, Found]
    ending: Mapping[int, Found]


def _amount(
    words: Sequence[Word], currencies: _Currencies, value: Decimal, start: int, end: int
) -> Amount | None:
    """Join a number with its currency; None when it counts something else than money."""
    currency, first, last = _currency_beside(words, currencies, start, end)
    has_sign = start > 0 and words[start - 1].key == "$"
    currency = currency or _touching_letters(words, start)
    firm = bool(currency) or has_sign or (end < len(words) and words[end].key == "$")
    if not firm and _is_something_else(words, start, end):
        return None
    return Amount(
        value=value,
        currency=currency,
        start=first - (1 if has_sign and first == start else 0),
        end=last,
        firm=firm,
        is_article=value < MIN_SPELLED and not any(word.is_number for word in words[start:end]),
        negated=_is_denied(words, first) or _is_replaced(words, first),
        is_stated=_is_stated(words, start) or _is_given_to(words, end),
    )


def _currency_beside(
    words: Sequence[Word], currencies: _Currencies, start: int, end: int
) -> tuple[str, int, int]:
    """Return the currency after the number, or before it, and the span of words of both."""
    first, last, currency = start, end, ""
    if before := currencies.ending.get(start):
        currency, first = before.label, before.start
    if after := currencies.starting.get(end):
        currency, last = after.label, after.end
    elif end < len(words) and words[end].key in BETWEEN:
        after = currencies.starting.get(end + 1)
        if after:
            currency, last = after.label, after.end
    return currency, first, last


def _touching_letters(words: Sequence[Word], start: int) -> str:
    """Return the currency of letters that touch the number: `Q500`."""
    if not start or not words[start].glued:
        return ""
    return SIGNS.get(unaccented(words[start - 1].raw), "")


def _is_something_else(words: Sequence[Word], start: int, end: int) -> bool:
    before = words[start - 1].key if start else ""
    after = words[end].key if end < len(words) and not words[end].breaks else ""
    word = words[start]
    long = word.is_number and sum(char.isdigit() for char in word.raw) > MAX_DIGITS
    coded = word.is_number and word.start > 0 and _touches_code(words, start)
    return long or coded or after in UNITS_AFTER or before in LABELS_BEFORE


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
    )


def _is_stated(words: Sequence[Word], start: int) -> bool:
    return start > 0 and words[start - 1].key in STATING


def _is_given_to(words: Sequence[Word], end: int) -> bool:
    """Return whether "a Luis" or "for Luis" follows; "9 a 5" is no amount."""
    return (
        end + 1 < len(words)
        and words[end].key in GIVING
        and not words[end].breaks
        and not words[end + 1].is_number
    )


def _is_denied(words: Sequence[Word], first: int) -> bool:
    return first > 0 and words[first - 1].key in DENIALS and not words[first].breaks


def _is_replaced(words: Sequence[Word], first: int) -> bool:
    """Return whether "en vez de", "en lugar de" or "instead of" precedes it."""
    keys = tuple(word.key for word in words[max(0, first - 3) : first])
    return keys[-3:] in REPLACING or keys[-2:] == ("instead", "of")
