"""Amounts of money in a line: a number with the currency, sign or context that makes it money.

Says what was written, never what it may mean: which peso it is, or whether a bare number is an
amount at all, is decided by the caller that knows what was asked.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from lola.models.offline.nlu.money import (
    CURRENCY_BOOK,
    Amount,
    Currencies,
    currency_beside,
    is_sign_behind,
    sign_letters,
)
from lola.models.offline.nlu.not_money import is_something_else
from lola.models.offline.nlu.quantities import Quantity, read_quantity, with_cents
from lola.models.offline.nlu.ranges import AND, joined, link
from lola.models.offline.nlu.text import Word

STATING = frozenset(
    {"son", "sean", "serian", "eran", "era", "fueran", "was", "were", "its", "only", "just",
     "solo", "nomas"}
)  # fmt: skip
GIVING = frozenset({"a", "para", "to", "for", "al"})
DENIALS = frozenset({"no", "not"})
REPLACING = frozenset({("en", "vez", "de"), ("en", "lugar", "de")})
CENTS = frozenset({"centavo", "centavos", "centimo", "centimos", "cent", "cents", "ctvs", "ctv"})
WITH = frozenset({"con", "with"})
MIN_SPELLED = 20


def find_amounts(words: Sequence[Word]) -> tuple[Amount, ...]:
    """Return every number that can be an amount, in order; a range is one amount with others."""
    numbers = _numbers(words)
    currencies = Currencies.of(words)
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
    return tuple(joined(words, amounts, dict(numbers)))


def _numbers(words: Sequence[Word]) -> list[tuple[int, Quantity]]:
    numbers: list[tuple[int, Quantity]] = []
    at = 0
    while at < len(words):
        number = read_quantity(words, at)
        if number.values and not number.dictated:
            numbers.append((at, number))
        at = max(number.end, at + 1)
    return numbers


def _amount(
    words: Sequence[Word], currencies: Currencies, number: Quantity, start: int
) -> Amount | None:
    """Join a number with its currency; None when it counts something else than money."""
    end = number.end
    currency, first, last = currency_beside(words, currencies, start, end)
    has_sign = start > 0 and words[start - 1].key == "$"
    if not currency and (currency := sign_letters(words, start)):
        first = start - 1
    if last == end and is_sign_behind(words, end):
        has_sign, last = True, last + 1
    firm = bool(currency) or has_sign
    if not firm and is_something_else(words, start, end):
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


def _counts_alike(
    words: Sequence[Word],
    currencies: Currencies,
    amount: Amount,
    following: tuple[int, Quantity],
) -> bool:
    """Return whether the next number of "2 o 3 días" says that this one is no money either."""
    start, number = following
    linked = link(words, amount.end, start)
    return bool(linked) and not amount.firm and _amount(words, currencies, number, start) is None


def _with_cents(words: Sequence[Word], amount: Amount) -> Amount:
    """Add cents: "200 con 50", "200 dólares con 50 centavos", "20 dollars and 5 cents"."""
    at = amount.end
    joint = words[at].key if at < len(words) else ""
    start = at + 1 if joint in WITH | AND else at
    if start >= len(words) or amount.others:
        return amount
    if (hundredths := _hundredths(words, start)) is not None and not amount.value % 1:
        end = start + 2
        currency = amount.currency or (currency_beside(words, Currencies.of(words), end, end)[0])
        value = amount.value + hundredths
        return replace(amount, value=value, currency=currency, end=end, firm=True)
    cents = read_quantity(words, start)
    if len(cents.values) != 1 or words[start].breaks:
        return _cents_alone(words, amount)
    named = cents.end < len(words) and words[cents.end].key in CENTS
    two_digits = cents.values[0] >= 10
    whole = with_cents(amount.value, cents.values[0])
    if whole is None or not (named or (joint in WITH and two_digits)):
        return amount
    end = cents.end + (1 if named else 0)
    behind = CURRENCY_BOOK.longest(words[end : end + 3]) if not amount.currency else ()
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
