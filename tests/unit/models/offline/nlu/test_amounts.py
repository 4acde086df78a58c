"""Amounts as people write them: local separators, number words, currency words, corrections."""

from decimal import Decimal

import pytest

from lola.models.offline.nlu.amounts import find_amounts
from lola.models.offline.nlu.money import find_currency
from lola.models.offline.nlu.quantities import parse_digits
from lola.models.offline.nlu.reader import understand
from lola.models.offline.nlu.text import split


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("200", "200"), ("2,500", "2500"), ("2.500", "2500"), ("1.500,50", "1500.50"),
        ("1,500.50", "1500.50"), ("200.5", "200.5"), ("200,50", "200.50"),
        ("1.500.000", "1500000"), ("1,500,000", "1500000"), ("0.500", "0.500"),
    ],
)  # fmt: skip
def test_separators(text: str, value: str) -> None:
    """Comma and point are read by their place, groups of three digits as thousands."""
    assert parse_digits(text) == (Decimal(value),)


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("200 dólares", "200", "USD"),
        ("200 dolares", "200", "USD"),
        ("200 usd", "200", "USD"),
        ("USD 200", "200", "USD"),
        ("US$200", "200", "USD"),
        ("250 dlls", "250", "USD"),
        ("$50", "50", ""),
        ("50$", "50", ""),
        ("2,500 pesos", "2500", "peso"),
        ("2500 pesos mexicanos", "2500", "MXN"),
        ("mil pesos", "1000", "peso"),
        ("un mil quinientos quetzales", "1500", "GTQ"),
        ("Q500", "500", "GTQ"),
        ("dos mil lempiras", "2000", "HNL"),
        ("doscientos dólares", "200", "USD"),
        ("ciento veinte dólares", "120", "USD"),
        ("treinta y cinco dolares", "35", "USD"),
        ("2 mil 500 pesos", "2500", "peso"),
        ("3mil pesos", "3000", "peso"),
        ("un dólar", "1", "USD"),
        ("two hundred and fifty dollars", "250", "USD"),
        ("fifteen hundred dollars", "1500", "USD"),
        ("a thousand bucks", "1000", "USD"),
        ("2k usd", "2000", "USD"),
        ("200 de dólares", "200", "USD"),
    ],
)
def test_amount_with_currency(text: str, value: str, currency: str) -> None:
    """Digits and number words join the currency beside them."""
    (amount,) = find_amounts(split(text))
    assert (amount.value, amount.currency, amount.firm) == (Decimal(value), currency, True)


@pytest.mark.parametrize(
    "text",
    [
        "hace 3 días", "en 24 horas", "2 veces", "mi cuenta 12345678", "5 de mayo",
        "el folio OP-7741203", "la opción 2", "call me in 10 minutes",
    ],
)  # fmt: skip
def test_numbers_that_are_no_money(text: str) -> None:
    """Times, references, accounts and list positions are not taken for amounts."""
    assert find_amounts(split(text)) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no 200, 150", "150"), ("150 en vez de 200", "150"), ("150 instead of 200", "150"),
        ("not 200 but 150", "150"), ("no, mejor 150", "150"), ("de 200 a 150", "150"),
    ],
)  # fmt: skip
def test_the_amount_meant(text: str, value: str) -> None:
    """Of two amounts the one that is ruled out does not count."""
    meaning = understand(text, expected="amount")
    assert meaning.amount is not None
    assert meaning.amount.value == Decimal(value)


@pytest.mark.parametrize("text", ["tengo 2 preguntas", "una persona", "the second one", "that one"])
def test_articles_are_no_amounts(text: str) -> None:
    """Small number words and counted things are no money unless an amount was asked for."""
    assert understand(text).amount is None


def test_menu_number_against_amount() -> None:
    """The number 2 picks from what was offered; with a currency it is money."""
    options = ("Elektra", "OXXO")
    assert understand("2", options=options).choice == "OXXO"
    two_dollars = understand("2 dólares", options=options)
    assert two_dollars.choice == ""
    assert two_dollars.amount is not None
    assert two_dollars.amount.value == 2


def test_a_number_outside_the_menu_is_an_amount() -> None:
    """A number that no option has may still be the amount that was asked for."""
    assert understand("200", expected="amount", options=("a", "b")).amount is not None


def test_lone_currency() -> None:
    """A currency without a number is read as such."""
    assert find_currency(split("no, en pesos")) == "peso"


@pytest.mark.parametrize(
    ("text", "value"),
    [("ay, son 50", "50"), ("oops, it's 50", "50"), ("y otros 50 a Luis", "50"),
     ("70 para mi mamá", "70"), ("and another 50 to Luis", "50")],
)  # fmt: skip
def test_a_number_that_is_stated_or_given_to_a_person(text: str, value: str) -> None:
    """Without a currency, the words before or after it make it money."""
    amount = understand(text).amount
    assert amount is not None
    assert amount.value == Decimal(value)


def test_a_span_of_hours_is_no_amount() -> None:
    """From one number to another gives nothing to a person."""
    assert not any(amount.is_stated for amount in find_amounts(split("abren de 9 a 5")))
