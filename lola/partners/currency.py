"""Minor units of currencies, from the CLDR data in Babel."""

from decimal import Decimal

from babel.numbers import get_currency_precision


def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency, such as `0.01`."""
    return Decimal(1).scaleb(-get_currency_precision(currency))
