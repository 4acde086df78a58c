"""Amounts of money in a line: digits in any local spelling, number words, currency words.

It says what was written, never what it may mean: which peso, or whether a bare number is an
amount at all, is decided by who asked. Ambiguous groups of three digits count as thousands,
because nobody sends money in thousandths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.phrases import Found, PhraseBook
from lola.models.offline.nlu.text import Word, fold

NUMBERS = table("numbers")
CURRENCIES = table("currencies")
UNITS: dict[str, int] = NUMBERS["units"]
HUNDRED = frozenset(NUMBERS["hundred"])
THOUSAND = frozenset(NUMBERS["thousand"])
MILLION = frozenset(NUMBERS["million"])
JOINERS = frozenset(NUMBERS["joiners"])
NOT_MONEY = frozenset(NUMBERS["not_money"]["words"])
LABELS = frozenset(NUMBERS["not_money"]["before"])
FAMILIES: dict[str, list[str]] = CURRENCIES["families"]
HOME_OF: dict[str, str] = CURRENCIES["country"]
SIGNS: dict[str, str] = CURRENCIES["signs"]
STATING = frozenset({"son", "sean", "serian", "its", "only", "just", "solo", "nomas"})
GIVING = frozenset({"a", "para", "to", "for", "al"})
LONGEST = 7
LEAST_SPELLED = 20
_CURRENCY_BOOK = PhraseBook(CURRENCIES["words"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number that may be money. `currency` is an ISO code, a family (`peso`) or empty.

    `start` and `end` are word positions. `firm`: a currency stands with it, so it is money for
    sure. `is_stated`: "son 50", "50 a Luis". `negated`: the sender said it is not this one ("no
    200, 150"). `is_article`: a small number word ("una", "one") that mostly is no number at all.
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
    """Answer every number that can be an amount, in order."""
    currencies = _CURRENCY_BOOK.longest(words)
    amounts: list[Amount] = []
    at = 0
    while at < len(words):
        value, end = _number(words, at)
        if value is None:
            at += 1
            continue
        amount = _with_currency(words, currencies, value, at, end)
        if amount is not None:
            amounts.append(amount)
            end = max(end, amount.end)
        at = end
    return tuple(amounts)


def find_currency(words: Sequence[Word]) -> str:
    """Answer the last currency word of a line, as a code or family; empty when there is none."""
    found = _CURRENCY_BOOK.longest(words)
    return found[-1].label if found else ""


def parse_figure(text: str) -> Decimal | None:
    """Read digits with local separators: `2,500` `1.500,50` `1,500.50` `200.5`."""
    cleaned = text.strip(".,")
    last = max(cleaned.rfind("."), cleaned.rfind(","))
    if last < 0:
        return Decimal(cleaned) if cleaned.isdecimal() and cleaned.isascii() else None
    whole, tail = cleaned[:last], cleaned[last + 1 :]
    mixed = "." in cleaned and "," in cleaned
    repeated = cleaned.count(cleaned[last]) > 1
    is_fraction = len(tail) != 3 or (mixed and not repeated) or whole == "0"
    digits = whole.replace(".", "").replace(",", "")
    if not (digits + tail).isascii() or not (digits + tail).isdecimal():
        return None
    return Decimal(f"{digits}.{tail}") if is_fraction and not repeated else Decimal(digits + tail)


def spelled_digit(key: str) -> int:
    """Answer a lone small number word as a number (`dos` → 2), 0 when it is none."""
    return UNITS.get(key, 0)


def _number(words: Sequence[Word], at: int) -> tuple[Decimal | None, int]:
    """Read one number that starts at `at`; answers where it ends."""
    total, current, end, seen = Decimal(0), Decimal(0), at, False
    while end < len(words):
        word = words[end]
        if seen and word.breaks:
            break
        if word.is_number:
            value = parse_figure(word.raw)
            if value is None or (seen and (current or not total or value >= 1000)):
                break
            current = value
        elif word.key in UNITS and not (seen and words[end - 1].is_number):
            current += UNITS[word.key]
        elif word.key in HUNDRED:
            current = max(current, Decimal(1)) * 100
        elif word.key in THOUSAND or (word.key == "que" and word.glued and fold(word.raw) == "k"):
            total, current = total + max(current, Decimal(1)) * 1000, Decimal(0)
        elif word.key in MILLION:
            total, current = (total + max(current, Decimal(1))) * 1_000_000, Decimal(0)
        elif not (seen and word.key in JOINERS and _goes_on(words, end + 1)):
            break
        seen = True
        end += 1
    return (total + current, end) if seen and total + current > 0 else (None, end)


def _goes_on(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and not words[at].breaks and words[at].key in UNITS


def _with_currency(
    words: Sequence[Word], currencies: Sequence[Found], value: Decimal, start: int, end: int
) -> Amount | None:
    """Join a number with the currency before or after it; None when it is surely not money."""
    first, last, currency = start, end, ""
    for found in currencies:
        if found.start in {end, end + 1} and all(
            w.key in {"$", "de"} for w in words[end : found.start]
        ):
            currency, last = found.label, found.end
        elif found.end == start and not currency:
            currency, first = found.label, found.start
    before = words[start - 1] if start else None
    after = words[end] if end < len(words) else None
    sign = before is not None and before.key == "$"
    if before is not None and words[start].glued and not currency:
        currency = SIGNS.get(fold(before.raw), "")
    firm = bool(currency) or sign or (after is not None and after.key == "$")
    if not firm and _is_something_else(words, start, end):
        return None
    ruled_out = first > 0 and words[first - 1].key in {"no", "not"} and not words[first].breaks
    return Amount(
        value=value,
        currency=currency,
        start=first - (1 if sign and first == start else 0),
        end=last,
        firm=firm,
        is_article=value < LEAST_SPELLED and not any(w.is_number for w in words[start:end]),
        negated=ruled_out or _is_replaced(words, first),
        is_stated=(before is not None and before.key in STATING) or _is_given_to(words, end),
    )


def _is_something_else(words: Sequence[Word], start: int, end: int) -> bool:
    before = words[start - 1].key if start else ""
    after = words[end].key if end < len(words) and not words[end].breaks else ""
    word = words[start]
    long = word.is_number and sum(char.isdigit() for char in word.raw) > LONGEST
    coded = word.is_number and word.start > 0 and _touches_code(words, start)
    return long or coded or after in NOT_MONEY or before in LABELS


def _touches_code(words: Sequence[Word], at: int) -> bool:
    """Whether the number hangs on letters, as in a reference `AB-1234`."""
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


def _is_given_to(words: Sequence[Word], end: int) -> bool:
    """Whether "a Luis", "for Luis" follows; "9 a 5" is no amount."""
    return (
        end + 1 < len(words)
        and words[end].key in GIVING
        and not words[end].breaks
        and not words[end + 1].is_number
    )


def _is_replaced(words: Sequence[Word], first: int) -> bool:
    keys = tuple(word.key for word in words[max(0, first - 3) : first])
    return keys[-3:] in {("en", "vez", "de"), ("en", "lugar", "de")} or keys[-2:] == (
        "instead",
        "of",
    )
