"""Spelled numbers become digits in both languages (docs/safety.md G6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.text.number_words import MARK, digits_for_words

UNITS_ES = "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve".split()  # noqa: E501, SIM905
TENS_ES = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()  # noqa: SIM905
HUNDREDS_ES = "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos".split()  # noqa: E501, SIM905
UNITS_EN = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: E501, SIM905
TENS_EN = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905


def spanish(number):
    """Spell a number below a million in Spanish."""
    if number >= 1000:
        head = "mil" if number // 1000 == 1 else f"{spanish(number // 1000)} mil"
        return f"{head} {spanish(number % 1000)}" if number % 1000 else head
    if number == 100:
        return "cien"
    if number > 100:
        rest = f" {spanish(number % 100)}" if number % 100 else ""
        return HUNDREDS_ES[number // 100 - 1] + rest
    if number < 30:
        return UNITS_ES[number]
    rest = f" y {UNITS_ES[number % 10]}" if number % 10 else ""
    return TENS_ES[number // 10 - 3] + rest


def english(number):
    """Spell a number below a million in English."""
    if number >= 1000:
        rest = f" {english(number % 1000)}" if number % 1000 else ""
        return f"{english(number // 1000)} thousand{rest}"
    if number >= 100:
        rest = f" and {english(number % 100)}" if number % 100 else ""
        return f"{UNITS_EN[number // 100]} hundred{rest}"
    if number < 20:
        return UNITS_EN[number]
    return TENS_EN[number // 10 - 2] + (f"-{UNITS_EN[number % 10]}" if number % 10 else "")


@given(st.integers(min_value=0, max_value=999_999))
def test_every_number_below_a_million_is_read(number):
    """Spelling a number and reading it again gives the number, in both languages."""
    assert digits_for_words(spanish(number), "es") == f"{MARK}{number}"
    assert digits_for_words(english(number), "en") == f"{MARK}{number}"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("dieciocho punto siete dos uno cinco", "es", "~18.7215"),
        ("eighteen point seven two", "en", "~18.72"),
        ("ocho cero cero cinco cinco", "es", "~80055"),
        ("dos tres", "es", "~2 ~3"),
        ("un millón de pesos", "es", "~1000000 de pesos"),
        ("mil gracias", "es", "mil gracias"),
        ("5 mil pesos", "es", "5 mil pesos"),
        ("Once you pay", "en", "Once you pay"),
        ("ten en cuenta", "es", "ten en cuenta"),
        ("treinta y Juan", "es", "~30 y Juan"),
        ("", "es", ""),
    ],
)
def test_words_around_numbers_are_kept(text, language, expected):
    """Decimals and single digits are read; idioms and false friends stay words."""
    assert digits_for_words(text, language).replace(MARK, "~") == expected
