"""The value, unit and currency of one written number: "US$3.99", "tres dólares y medio", "99¢"."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lola.safety.output.figure_patterns import (
    BARE_CENTS,
    CENTS_BEHIND,
    DECIMALS_BEHIND,
    HALF_BEHIND,
    SPELLED_MANY,
)
from lola.safety.output.figure_words import (
    CENT_WORDS,
    CURRENCY_CODES,
    CURRENCY_WORDS,
    DOLLAR_SIGN,
    SIGNS,
    UNITS,
)
from lola.text.number_digits import readings
from lola.text.number_table import HALVES
from lola.text.number_words import ALSO, MARK

_SMALL = 13
_CENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One number with what is written around it; `end` is where it ends in the text."""

    kind: Literal["number", "percent", "duration"]
    excerpt: str
    end: int
    values: frozenset[Decimal]
    tokens: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    is_money: bool = False
    is_small_word: bool = False
    """A number below 13 in words without a unit or currency: rarely meant as a figure."""
    is_period: bool = False
    """One day, week, month or year."""


def written(match: re.Match[str], language: str) -> Written:
    """Return the number of a match of `FIGURE`, with cents and halves behind it."""
    values = frozenset(
        value for spelled in match["number"].split(ALSO) for value in readings(spelled)
    )
    if match["scale"]:
        factor = 1000 if match["scale"].lower() == "k" else 10**6
        values = frozenset(value * factor for value in values)
    sign, code = _currencies(match["sign"], language), _currencies(match["code"], language)
    # "$3,650 pesos": the name says more than the sign.
    currencies = (code or sign) if match["sign"] == "$" else (sign or code)
    end = match.end()
    if match["cents"]:
        currencies = _named(match["cents"], CENT_WORDS)
        values = frozenset(value / _CENTS for value in values)
    elif not match["percent"]:
        end, values, named = _with_fractions(match, values)
        currencies = currencies or _currencies(named, language)
    if match["minus"]:
        values = frozenset(-value for value in values)
    excerpt = SPELLED_MANY.sub("", match.string[match.start() : end]).replace(MARK, "").strip()
    if match["percent"]:
        return Written(kind="percent", excerpt=excerpt, end=end, values=values)
    if match["unit"]:
        return _duration(match["unit"], values, excerpt, end)
    is_money = bool(match["sign"] or match["code"] or match["cents"] or currencies)
    is_whole = all(value % 1 == 0 for value in values)
    return Written(
        kind="number",
        excerpt=excerpt,
        end=end,
        values=values,
        currencies=currencies,
        is_money=is_money,
        is_small_word=bool(match["words"])
        and not is_money
        and is_whole
        and max(values, default=Decimal(0)) < _SMALL,
    )


def _with_fractions(
    match: re.Match[str], values: frozenset[Decimal]
) -> tuple[int, frozenset[Decimal], str | None]:
    """Return the number with "and fifty cents", "con 50", "50" or "y medio" behind it."""
    text, end = match.string, match.end()
    is_named = bool(match["code"]) and match["code"] not in "$€"
    if half := HALF_BEHIND.match(text, end) if is_named or match["unit"] else None:
        part = HALVES[half["part"].lower()]
        return half.end(), frozenset(value + part for value in values), None
    if match["unit"]:
        return end, values, None
    found = CENTS_BEHIND.match(text, end)
    if found:
        cents = found["cents"] or found["hundredths"]
    elif found := BARE_CENTS.match(text, end) if is_named else DECIMALS_BEHIND.match(text, end):
        cents = found["cents"]
    else:
        return end, values, None
    whole = frozenset(value + Decimal(cents) / _CENTS for value in values if value % 1 == 0)
    if not whole:
        return end, values, None
    return found.end(), whole, found.groupdict().get("code")


def _duration(unit: str, values: frozenset[Decimal], excerpt: str, end: int) -> Written:
    family, factor = next(
        (family, factor)
        for name, family, factor in UNITS
        if re.fullmatch(name, unit, re.IGNORECASE)
    )
    return Written(
        kind="duration",
        excerpt=excerpt,
        end=end,
        values=frozenset(value * factor for value in values),
        tokens=frozenset({family}),
        is_period=values == {Decimal(1)} and factor not in {1, 60, 3600},
    )


def _currencies(name: str | None, language: str) -> frozenset[str]:
    if not name or not name.strip():
        return frozenset()
    name = name.strip()
    if name.upper().rstrip(" $") in CURRENCY_CODES:
        return frozenset({name.upper().rstrip(" $")})
    if name == "$":
        return DOLLAR_SIGN.get(language, frozenset())
    return SIGNS.get(name.upper()) or _named(name, CURRENCY_WORDS)


def _named(name: str, table: tuple[tuple[str, frozenset[str]], ...]) -> frozenset[str]:
    for names, codes in table:
        if re.fullmatch(names, name, re.IGNORECASE):
            return codes
    return frozenset()
