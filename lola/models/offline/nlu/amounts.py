"""Amounts of money in a line: a number with the currency, sign or context that makes it money.

Says what was written, never what it may mean: which peso it is, or whether a bare number is an
amount at all, is decided by the caller that knows what was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.phrases import Found, PhraseBook
from lola.models.offline.nlu.quantities import Quantity, read_quantity, with_cents
from lola.models.offline.nlu.text import Word
from lola.text.folding import unaccented

NOT_MONEY = table("not_money")
CURRENCIES = table("currencies")
UNITS_AFTER = frozenset(NOT_MONEY["after"])
LABELS_BEFORE = frozenset(NOT_MONEY["before"])
FAMILIES: dict[str, list[str]] = CURRENCIES["families"]
HOME_OF: dict[str, str] = CURRENCIES["country"]
SIGNS: dict[str, str] = CURRENCIES["signs"]
MULTIPLES: dict[str, dict[str, int]] = CURRENCIES["multiples"]
STATING = frozenset({"son", "sean", "serian", "its", "only", "just", "solo", "nomas"})
GIVING = frozenset({"a", "para", "to", "for", "al"})
BETWEEN = frozenset({"$", "de", "en", "in", "of"})
HEDGES = frozenset(NOT_MONEY["hedges"])
ARTICLES = frozenset({"los", "las", "unos", "the", "$"})
DENIALS = frozenset({"no", "not"})
REPLACING = frozenset({("en", "vez", "de"), ("en", "lugar", "de")})
OR = frozenset({"o", "u", "or"})
UP_TO = frozenset({"a", "to", "hasta", "till", "until"})
AND = frozenset({"y", "and"})
SPANS = frozenset({"entre", "between"})
SPAN_SIGNS = frozenset("-\u2010\u2011\u2013\u2014/~")
CHANGES = frozenset(NOT_MONEY["changes"])
DATED = frozenset(NOT_MONEY["dates"])
YEARS_AFTER = frozenset(NOT_MONEY["years"])
CENTS = frozenset({"centavo", "centavos", "centimo", "centimos", "cent", "cents", "ctvs", "ctv"})
WITH = frozenset({"con", "with"})
MAX_DIGITS = 7
MIN_SPELLED = 20
MOST_SMALL = 100
LAST_DAY = 31
_CURRENCY_BOOK = PhraseBook(CURRENCIES["words"])
_BEHIND_BOOK = PhraseBook(CURRENCIES["behind"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number that may be money. `currency` is an ISO code, a family (`peso`) or empty.

    `start` and `end` are word positions. `firm`: a currency or sign is written with it, so it is
    money. `is_stated`: "son 50", "50 a Luis". `negated`: the sender said it is not this one ("no
    200, 150"). `is_article`: a small number word ("una", "one") that is rarely meant as a number.
    `others`: further amounts that may be meant instead, so the sender is asked which ("200 o 300").
    """

    value: Decimal
    currency: str
    start: int
    end: int
    firm: bool = False
    negated: bool = False
    is_article: bool = False
    is_stated: bool = False
    others: tuple[tuple[Decimal, str], ...] = ()

    @property
    def readings(self) -> tuple[tuple[Decimal, str], ...]:
        """Return every value with its currency that may be meant."""
        return ((self.value, self.currency), *self.others)


def find_amounts(words: Sequence[Word]) -> tuple[Amount, ...]:
    """Return every number that can be an amount, in order; a range is one amount with others."""
    numbers = _numbers(words)
    currencies = _Currencies.of(words)
    amounts: list[Amount] = []
    for at, (start, number) in enumerate(numbers):
        if amounts and start < amounts[-1].end:
            continue
        amount = _amount(words, currencies, number, start)
        following = numbers[at + 1] if at + 1 < len(numbers) else None
        if amount and following and _counts_alike(words, currencies, amount, following):
            amount = None
        if amount is not None:
            amounts.append(_with_cents(words, amount))
    return tuple(_joined(words, amounts, dict(numbers)))


def find_currency(words: Sequence[Word]) -> str:
    """Return the last currency word of a line, as a code or family; empty when there is none."""
    found = _CURRENCY_BOOK.longest(words)
    return found[-1].label if found else ""


def amount_text(value: Decimal, currency: str) -> str:
    """Return an amount as a choice that reads back as the same amount."""
    names = {"peso": "pesos", "colon": "colones", "luca": "lucas"}
    return f"{value:,.2f} {names.get(currency, currency)}".rstrip()


def _numbers(words: Sequence[Word]) -> list[tuple[int, Quantity]]:
    numbers: list[tuple[int, Quantity]] = []
    at = 0
    while at < len(words):
        number = read_quantity(words, at)
        if number.values and not number.dictated:
            numbers.append((at, number))
        at = max(number.end, at + 1)
    return numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Currencies:
    """The currency words of a line, by the positions where they start and end."""

    starting: Mapping[int, Found]
    ending: Mapping[int, Found]
    behind: Mapping[int, Found]

    @classmethod
    def of(cls, words: Sequence[Word]) -> "_Currencies":
        """Find the currency words of a line."""
        found = _CURRENCY_BOOK.longest(words)
        return cls(
            starting={item.start: item for item in found},
            ending={item.end: item for item in found},
            behind={item.start: item for item in _BEHIND_BOOK.longest(words)},
        )


def _amount(
    words: Sequence[Word], currencies: _Currencies, number: Quantity, start: int
) -> Amount | None:
    """Join a number with its currency; None when it counts something else than money."""
    end = number.end
    currency, first, last = _currency_beside(words, currencies, start, end)
    has_sign = start > 0 and words[start - 1].key == "$"
    if not currency and (currency := _sign_letters(words, start)):
        first = start - 1
    if last == end and _is_sign_behind(words, end):
        has_sign, last = True, last + 1
    firm = bool(currency) or has_sign
    if not firm and _is_something_else(words, start, end):
        return None
    value, *others = number.values
    return Amount(
        value=value,
        currency=currency,
        start=first - (first == start and start > 0 and words[start - 1].key == "$"),
        end=last,
        firm=firm,
        is_article=value < MIN_SPELLED and not any(word.is_number for word in words[start:end]),
        negated=_is_denied(words, first) or _is_replaced(words, first),
        is_stated=_is_stated(words, start) or _is_given_to(words, end),
        others=tuple((other, currency) for other in others),
    )


def _is_sign_behind(words: Sequence[Word], end: int) -> bool:
    """Return whether a dollar sign belongs to the number before it: `500$`, `500 $`."""
    if end >= len(words) or words[end].key != "$":
        return False
    return words[end].glued or end + 1 == len(words) or not words[end + 1].is_number


def _currency_beside(
    words: Sequence[Word], currencies: _Currencies, start: int, end: int
) -> tuple[str, int, int]:
    """Return the currency after the number, or before it, and the span of words of both."""
    first, last, currency = start, end, ""
    if before := currencies.ending.get(start):
        currency, first = before.label, before.start
    at = end
    if at < len(words) and words[at].key == "$" and words[at].glued:
        at += 1
    after = currencies.starting.get(at) or currencies.behind.get(at)
    if after is None and at < len(words) and words[at].key in BETWEEN:
        after = currencies.starting.get(at + 1)
    if after and not (words[after.start].breaks and after.start == at):
        currency, last = after.label, after.end
    elif at < len(words) and (letters := _letters(words[at], touches=words[at].glued)):
        currency, last = letters, at + 1
    return currency, first, last


def _sign_letters(words: Sequence[Word], start: int) -> str:
    """Return the currency of letters in front of the number: `Q500`, `Q. 500`, `L 500`, `S/ 20`."""
    if not start:
        return ""
    before = words[start - 1]
    touches = words[start].glued or before.raw[-1] in "./"
    return "" if words[start].breaks else _letters(before, touches=touches)


def _letters(word: Word, *, touches: bool) -> str:
    """Return the currency of letters that touch a number or are in capitals."""
    raw = unaccented(word.raw).replace(".", "")
    return SIGNS.get(raw, "") if touches or word.raw.isupper() else ""


def _is_something_else(words: Sequence[Word], start: int, end: int) -> bool:
    before = words[start - 1].key if start else ""
    after = words[end].key if end < len(words) and not words[end].breaks else ""
    word = words[start]
    long = word.raw.isdecimal() and len(word.raw) > MAX_DIGITS
    coded = word.is_number and word.start > 0 and _touches_code(words, start)
    labelled = before in LABELS_BEFORE or after in UNITS_AFTER
    return long or coded or labelled or _is_date(words, start, end, before)


def _is_date(words: Sequence[Word], start: int, end: int, before: str) -> bool:
    """Return whether digits are a day ("el 15", "12/05") or a year ("en 2019")."""
    word = words[start]
    if not word.raw.isdecimal() or end != start + 1:
        return False
    value = int(word.raw)
    is_year = len(word.raw) == 4 and 1900 <= value < 2100
    nexts = words[end].gap if end < len(words) and words[end].is_number else ""
    slashed = "/" in (word.gap if start and words[start - 1].is_number else "", nexts)
    small = value <= LAST_DAY or is_year
    return (
        (slashed and small)
        or (before in DATED and value <= LAST_DAY)
        or (is_year and before in YEARS_AFTER)
    )


def _counts_alike(
    words: Sequence[Word],
    currencies: _Currencies,
    amount: Amount,
    following: tuple[int, Quantity],
) -> bool:
    """Return whether the next number of "2 o 3 días" says that this one is no money either."""
    start, number = following
    linked = _link(words, amount.end, start)
    return bool(linked) and not amount.firm and _amount(words, currencies, number, start) is None


def _link(words: Sequence[Word], end: int, start: int) -> str:
    """Return the word or sign that joins two numbers of a range; empty when something else does."""
    if start == end:
        sign = words[start].gap.strip()
        return sign if sign in SPAN_SIGNS else ""
    between = words[end:start]
    while between and between[-1].key in ARTICLES:
        between = between[:-1]
    if between and all(word.key in HEDGES for word in between):
        return "o"
    if len(between) != 1 or (between[0].breaks and between[0].key not in OR):
        return ""
    return between[0].key if between[0].key in OR | UP_TO | AND else ""


def _joined(
    words: Sequence[Word], amounts: Sequence[Amount], numbers: Mapping[int, Quantity]
) -> list[Amount]:
    """Join the amounts of a range or of an alternative, which leave open how much is meant."""
    joined: list[Amount] = []
    for amount in amounts:
        previous = joined[-1] if joined else None
        if previous is None or not _is_range(words, previous, amount):
            joined.append(amount)
            continue
        factors = (numbers[at].factor for at in range(amount.start, amount.end) if at in numbers)
        joined[-1] = _alternatives(previous, amount, next(factors, 1))
    return joined


def _is_range(words: Sequence[Word], one: Amount, other: Amount) -> bool:
    if one.negated or other.negated or other.start < one.end:
        return False
    link = _link(words, one.end, other.start)
    if link in OR:
        return True
    if link in AND:
        return any(word.key in SPANS for word in words[max(0, one.start - 2) : one.start])
    rises = one.value < other.value or one.value < MOST_SMALL
    changes = any(word.key in CHANGES for word in words)
    is_list = link == "/" and min(one.value, other.value) <= LAST_DAY
    return bool(link) and rises and not changes and not is_list and one.value != other.value


def _alternatives(one: Amount, other: Amount, factor: int) -> Amount:
    """Return one amount that may be either; "2 o 3 mil" shares its scale, "2 o 3 dólares" its
    currency.
    """
    scale = factor if not one.firm and one.value * factor <= other.value else 1
    shared = [(value * scale, currency or other.currency) for value, currency in one.readings]
    first, *rest = dict.fromkeys((*shared, *other.readings))
    return replace(
        one, value=first[0], currency=first[1], end=other.end, firm=one.firm or other.firm,
        is_article=False, others=tuple(rest), is_stated=one.is_stated or other.is_stated,
    )  # fmt: skip


def _with_cents(words: Sequence[Word], amount: Amount) -> Amount:
    """Add cents: "200 con 50", "200 dólares con 50 centavos", "20 dollars and 5 cents"."""
    at = amount.end
    link = words[at].key if at < len(words) else ""
    start = at + 1 if link in WITH | AND else at
    if start >= len(words) or amount.others:
        return amount
    if (hundredths := _hundredths(words, start)) is not None and not amount.value % 1:
        end = start + 2
        currency = amount.currency or (_currency_beside(words, _Currencies.of(words), end, end)[0])
        value = amount.value + hundredths
        return replace(amount, value=value, currency=currency, end=end, firm=True)
    cents = read_quantity(words, start)
    if len(cents.values) != 1 or words[start].breaks:
        return _cents_alone(words, amount)
    named = cents.end < len(words) and words[cents.end].key in CENTS
    two_digits = cents.values[0] >= 10
    whole = with_cents(amount.value, cents.values[0])
    if whole is None or not (named or (link in WITH and two_digits)):
        return amount
    end = cents.end + (1 if named else 0)
    behind = _CURRENCY_BOOK.longest(words[end : end + 3]) if not amount.currency else ()
    currency = behind[0].label if behind and behind[0].start <= 1 else amount.currency
    return replace(
        amount, value=whole, currency=currency, firm=amount.firm or named or bool(currency), end=end
    )


def _hundredths(words: Sequence[Word], start: int) -> Decimal | None:
    """Return the cents of a legal amount, "con 50/100 M.N."; None when it is none."""
    if start + 1 >= len(words) or words[start + 1].raw != "100" or words[start + 1].gap != "/":
        return None
    return Decimal(words[start].raw) / 100 if words[start].raw.isdecimal() else None


def _cents_alone(words: Sequence[Word], amount: Amount) -> Amount:
    at = amount.end
    if at < len(words) and words[at].key in CENTS and not amount.firm:
        return replace(amount, value=amount.value / 100, firm=True, end=at + 1)
    return amount


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
