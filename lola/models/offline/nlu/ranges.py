"""Amounts of which only one is meant: "100 o 200", "entre 100 y 200", "2 o 3 mil"."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lola.models.offline.nlu.money import Amount
from lola.models.offline.nlu.not_money import LAST_DAY, NOT_MONEY
from lola.models.offline.nlu.quantities import Quantity
from lola.models.offline.nlu.text import Word

HEDGES = frozenset(NOT_MONEY["hedges"])
CHANGES = frozenset(NOT_MONEY["changes"])
ARTICLES = frozenset({"los", "las", "unos", "the", "$"})
OR = frozenset({"o", "u", "or"})
UP_TO = frozenset({"a", "to", "hasta", "till", "until"})
AND = frozenset({"y", "and"})
SPANS = frozenset({"entre", "between"})
SPAN_SIGNS = frozenset("-\u2010\u2011\u2013\u2014/~")
MOST_SMALL = 100


def joined(
    words: Sequence[Word], amounts: Sequence[Amount], numbers: Mapping[int, Quantity]
) -> list[Amount]:
    """Join the amounts of a range or of an alternative, which leave open how much is meant."""
    changes = any(word.key in CHANGES for word in words)
    result: list[Amount] = []
    for amount in amounts:
        previous = result[-1] if result else None
        if previous is None or not _is_range(words, previous, amount, changes=changes):
            result.append(amount)
            continue
        factors = (numbers[at].factor for at in range(amount.start, amount.end) if at in numbers)
        result[-1] = _alternatives(previous, amount, next(factors, 1))
    return _listed(words, result)


def _listed(words: Sequence[Word], amounts: Sequence[Amount]) -> list[Amount]:
    """Join what only a comma sets before an alternative: "100, 200 o 300"."""
    result: list[Amount] = []
    for amount in reversed(amounts):
        following = result[-1] if result else None
        is_listed = (
            following is not None
            and bool(following.others)
            and following.start == amount.end
            and not amount.negated
            and words[amount.end].breaks
        )
        if following is not None and is_listed:
            result[-1] = _alternatives(amount, following, 1)
        else:
            result.append(amount)
    return result[::-1]


def link(words: Sequence[Word], end: int, start: int) -> str:
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


def _is_range(words: Sequence[Word], one: Amount, other: Amount, *, changes: bool) -> bool:
    """Return whether two amounts are a range; not from one to the other where a line `changes`."""
    if one.negated or other.negated or other.start < one.end:
        return False
    joint = link(words, one.end, other.start)
    if joint in OR:
        return True
    if joint in AND:
        return any(word.key in SPANS for word in words[max(0, one.start - 2) : one.start])
    rises = one.value < other.value or one.value < MOST_SMALL
    is_list = joint == "/" and min(one.value, other.value) <= LAST_DAY
    return bool(joint) and rises and not changes and not is_list and one.value != other.value


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
