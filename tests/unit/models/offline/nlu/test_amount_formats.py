"""Amounts in the many ways senders write them: groups, halves, cents, ranges, names of money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.models.offline.nlu.amounts import find_amounts
from lola.models.offline.nlu.money import amount_text
from lola.models.offline.nlu.reader import understand
from lola.models.offline.nlu.text import split


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 500 pesos", "1500"), ("200 000 pesos", "200000"), ("3 250 000 pesos", "3250000"),
        ("$ 2 000", "2000"), ("1'500 dólares", "1500"), ("1’500 dólares", "1500"),
        ("$1'500.00", "1500"), ("$2'500,000", "2500000"), ("$1,500,00", "1500"),
        ("1.500.50 dólares", "1500.50"), ("$1.5M", "1500000"), ("2.5k usd", "2500"),
        ("mil y medio de pesos", "1500"), ("medio millón de pesos", "500000"),
        ("un millón y medio de pesos", "1500000"), ("dos millones y medio de pesos", "2500000"),
        ("two and a half thousand dollars", "2500"),
        ("un par de cientos de dólares", "200"), ("a couple hundred dollars", "200"),
        ("mil 500 pesos", "1500"), ("3 mil 500 pesos", "3500"), ("2.5 mil pesos", "2500"),
        ("mil y quinientos pesos", "1500"), ("15 hundred dollars", "1500"),
        ("a hundred fifty dollars", "150"), ("un ciento de dólares", "100"),
        ("un quinientos pesos", "500"), ("two fifty dollars", "250"),
        ("dos cincuenta dólares", "250"), ("dos ciento cincuenta dólares", "250"),
        ("200 con 50 dólares", "200.50"), ("200 dólares con 50 centavos", "200.50"),
        ("quinientos con cincuenta dólares", "500.50"), ("20 dollars and 5 cents", "20.05"),
        ("doscientos punto setenta dólares", "200.70"), ("75 cents", "0.75"),
        ("kinientos pesos", "500"), ("dosientos dolares", "200"), ("fourty bucks", "40"),
        ("two hundred n fifty dollars", "250"),
    ],
)  # fmt: skip
def test_values(text: str, value: str) -> None:
    """Groups, halves, slang, cents and misspellings have the value that people mean."""
    (amount,) = find_amounts(split(text))
    assert (amount.value, amount.firm, amount.others) == (Decimal(value), True, ())


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("500 lps", "HNL"), ("Lps. 500", "HNL"), ("L. 500", "HNL"), ("L 500", "HNL"),
        ("500 L", "HNL"), ("500 lempiritas", "HNL"), ("Q. 500", "GTQ"), ("Q500", "GTQ"),
        ("500 Qs", "GTQ"), ("500 quetzalitos", "GTQ"), ("$500.00 M.N.", "MXN"), ("500 mn", "MXN"),
        ("500 mx", "MXN"), ("500 mxp", "MXN"), ("MX$500", "MXN"), ("500 varos", "MXN"),
        ("500 pesos en moneda nacional", "peso"), ("500 moneda nacional", "MXN"), ("S/ 200", "PEN"),
        ("S/.200", "PEN"), ("200 solecitos", "PEN"), ("C$500", "NIO"), ("RD$500", "DOP"),
        ("500 dominicanos", "DOP"), ("500 pesos dominicanos", "DOP"), ("500 mexicanos", "MXN"),
        ("500 pesos de Colombia", "COP"), ("100 dlr", "USD"), ("100 dlrs", "USD"),
        ("100 americanos", "USD"), ("100 dólares gringos", "USD"), ("500 pesitos", "peso"),
        ("50 lucas", "luca"), ("100 canadian dollars", "CAD"),
    ],
)  # fmt: skip
def test_currencies(text: str, currency: str) -> None:
    """Everyday names, signs and abbreviations of a currency are that currency."""
    (amount,) = find_amounts(split(text))
    assert (amount.currency, amount.firm) == (currency, True)


@pytest.mark.parametrize("text", ["mándale 500 que es urgente", "el 200 l", "dame 5 us"])
def test_letters_that_are_words(text: str) -> None:
    """Small letters apart from the number are words and no currency."""
    assert {amount.currency for amount in find_amounts(split(text))} <= {""}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("300 o 400 dólares", "300 400"), ("entre 100 y 200 dólares", "100 200"),
        ("between 80 and 90 dollars", "80 90"), ("100-200 dólares", "100 200"),
        ("de 100 a 200 dólares", "100 200"), ("from 50 to 75 dollars", "50 75"),
        ("2 o 3 mil pesos", "2000 3000"), ("dos o tres mil pesos", "2000 3000"),
        ("300 dólares o 5000 pesos", "300 5000"), ("entre cien y ciento cincuenta", "100 150"),
        ("200 or 250", "200 250"), ("100, 200 o 300 dólares", "100 200 300"),
        ("twenty fifty dollars", "20.5 2050"), ("500 o mil", "500 1000"),
    ],
)  # fmt: skip
def test_several_that_may_be_meant(text: str, values: str) -> None:
    """Ranges, alternatives and what can be said in two ways keep every amount that may be meant."""
    amount = understand(text, expected="amount").amount
    assert amount is not None
    assert [value for value, _ in amount.readings] == [Decimal(item) for item in values.split()]


@pytest.mark.parametrize(
    ("text", "value"),
    [("cincomil", "5000"), ("sesenta i sinco", "65"), ("dosmil quinientos pesos", "2500")],
)
def test_slips_and_joined_words(text: str, value: str) -> None:
    """A number that was misspelled or written as one word is the number that is meant."""
    amount = understand(text, expected="amount").amount
    assert amount is not None
    assert [item for item, _ in amount.readings] == [Decimal(value)]


@pytest.mark.parametrize(
    ("text", "value"), [("cámbialo de 100 a 200", "200"), ("sube de 100 a 200 dólares", "200")]
)
def test_a_change_is_no_range(text: str, value: str) -> None:
    """From one amount to another is a change when the sender says so."""
    amount = understand(text, expected="amount").amount
    assert amount is not None
    assert (amount.value, amount.others) == (Decimal(value), ())


@pytest.mark.parametrize(
    "text",
    ["2 o 3 días", "el 15 de mayo", "12/05/2024", "en 2019 empecé", "desde 2021", "5%",
     "uno dos tres cuatro cinco", "tengo 34 años", "zona 10", "la mitad de 200", "half of 200",
     "a few hundred", "a las 12:30", "calle 5", "24/7", "2 hijos"],
)  # fmt: skip
def test_dates_years_and_counts(text: str) -> None:
    """Days, years, shares, dictated digits and what is counted are no amounts."""
    assert find_amounts(split(text)) == ()


@pytest.mark.parametrize("text", ["55 1234 5678", "014 027 000 055", "555 123 4567"])
def test_grouped_digits_of_other_numbers(text: str) -> None:
    """Accounts and telephones in groups are not read as amounts with spaces."""
    assert understand(text).amount is None


def test_a_large_amount_with_its_currency_is_no_account() -> None:
    """Eight digits with a currency behind them are money."""
    meaning = understand("12 500 000 pesos", expected="amount")
    assert meaning.number is None
    assert meaning.amount is not None
    assert meaning.amount.value == 12_500_000


def test_an_amount_before_its_turn() -> None:
    """A bare number is kept as the amount while the country is asked for; a small one is not."""
    kept = understand("200", expected="country").amount
    assert kept is not None
    assert kept.value == 200
    assert understand("2", expected="country").amount is None


@given(
    st.decimals(min_value=1, max_value=999_999, places=2),
    st.sampled_from(["USD", "MXN", "peso", "luca", ""]),
)
def test_offered_amounts_read_back(value: Decimal, currency: str) -> None:
    """An amount that is offered as a choice is read back with its value and currency."""
    (amount,) = find_amounts(split(amount_text(value, currency)))
    assert amount.readings == ((value, currency),)
