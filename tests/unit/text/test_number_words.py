"""Spelled numbers become digits in both languages (docs/safety.md G6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.text.number_words import ALSO, MARK, digits_for_words

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
        ("un millón de pesos", "es", "~1,000,000 de pesos"),
        ("mil gracias", "es", "mil gracias"),
        ("5 mil pesos", "es", "~5000 pesos"),
        ("Once you pay", "en", "Once you pay"),
        ("ten en cuenta", "es", "ten en cuenta"),
        ("treinta y Juan", "es", "~30 y Juan"),
        ("", "es", ""),
    ],
)
def test_words_around_numbers_are_kept(text, language, expected):
    """Decimals and single digits are read; idioms and false friends stay words."""
    assert digits_for_words(text, language).replace(MARK, "~") == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("mil 500", "es", "~1500"),
        ("3 mil 650 pesos", "es", "~3650 pesos"),
        ("2.5 mil", "es", "~2500"),
        ("15 hundred", "en", "~1500"),
        ("fifteen hundred", "en", "~1500"),
        ("a hundred fifty", "en", "~150"),
        ("a hundred and fifty", "en", "~150"),
        ("1.500 millones", "es", "~1,500,000|1,500,000,000"),
    ],
)
def test_digits_and_scales_are_read_together(text, language, expected):
    """Digits in front of and behind a word for hundreds or thousands are one number with it."""
    assert _shown(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("mil y medio", "es", "~1500"),
        ("mil y quinientos", "es", "~1500"),
        ("un millón y medio", "es", "~1,500,000"),
        ("dos millones y medio de pesos", "es", "~2,500,000 de pesos"),
        ("medio millón", "es", "~500000"),
        ("half a million", "en", "~500000"),
        ("two and a half million", "en", "~2,500,000"),
        ("tres y medio", "es", "~3.5"),
        ("six and a quarter", "en", "~6.25"),
        ("un par de cientos", "es", "~200"),
        ("a couple of days", "en", "~2 days"),
        ("a dozen", "en", "~12"),
        ("cien mil millones", "es", "~100,000,000,000"),
        ("social media", "en", "social media"),
        ("un millón de gracias", "es", "un millón de gracias"),
        ("4 por mil", "es", "4 por mil"),
    ],
)
def test_halves_pairs_and_large_scales(text, language, expected):
    """Fractions of a scale, pairs, dozens and thousands of millions are one number."""
    assert _shown(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("two fifty", "en", "~2.5|250"),
        ("six twenty-five", "en", "~6.25|625"),
        ("two hundred three ninety-nine", "en", "~203.99"),
        ("two hundred ninety-nine", "en", "~299"),
        ("one fifty-two fifty", "en", "~152.5"),
        ("dos cincuenta", "es", "~2.5|250"),
        ("dos ciento cincuenta", "es", "~250"),
        ("un quinientos", "es", "~500"),
    ],
)
def test_numbers_said_in_groups_keep_both_readings(text, language, expected):
    """What may be cents or hundreds keeps both readings; what grammar settles has one."""
    assert _shown(text, language) == expected


def _shown(text, language):
    return digits_for_words(text, language).replace(MARK, "~").replace(ALSO, "|")
