"""How figures are written and read: one spelling, no floats, no surprises."""

from decimal import Decimal

import pytest

from lola.domain.transfer import Money
from lola.money.money_format import money_text, plain_decimal, rate_text
from tests.support import quote


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("3450", "MXN", "3,450.00 MXN"),
        ("0.5", "USD", "0.50 USD"),
        ("1234567.891", "USD", "1,234,567.89 USD"),
        ("812345.6", "COP", "812,346 COP"),
    ],
)
def test_money_is_written_one_way(amount: str, currency: str, text: str) -> None:
    """Grouped, two decimals, currency code; whole units where cents are not used."""
    assert money_text(Money(amount=Decimal(amount), currency=currency)) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [("17.25", "17.25"), ("17.2", "17.20"), ("1", "1.00"), ("24.71234", "24.7123")],
)
def test_a_rate_shows_two_to_four_decimals(rate: str, text: str) -> None:
    """A rate is neither cut to two decimals nor padded to ten."""
    assert rate_text(quote(rate=Decimal(rate))) == f"1 USD = {text} MXN"


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("200", "200"), (" 200.50 ", "200.50"), ("2,500.00", "2500.00"), ("0", None), ("-5", None),
        ("1e3", None), ("NaN", None), ("", None), ("1.2.3", None), ("١٢", None), ("9" * 12, None),
    ],
)  # fmt: skip
def test_a_models_amount_is_read_or_refused(written: str, amount: str | None) -> None:
    """Only a plain positive decimal number is an amount."""
    assert plain_decimal(written) == (Decimal(amount) if amount else None)
