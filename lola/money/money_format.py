"""Formats amounts and rates, with one spelling for senders, models and guards."""

from decimal import Decimal

from lola.domain.messages import JsonObject
from lola.domain.transfer import Money, Quote

WHOLE_UNIT_CURRENCIES = frozenset({"COP", "CLP", "PYG"})


def money_text(money: Money) -> str:
    """Return `3,450.00 MXN`; whole units for currencies whose cents are not used."""
    digits = 0 if money.currency in WHOLE_UNIT_CURRENCIES else 2
    return f"{money.amount:,.{digits}f} {money.currency}"


def rate_text(quote: Quote) -> str:
    """Return `1 USD = 17.25 MXN`: two to four decimals, no trailing zeros beyond two."""
    rate = f"{quote.rate:.4f}".rstrip("0")
    whole, _, decimals = rate.partition(".")
    return f"1 {quote.send.currency} = {whole}.{decimals:0<2} {quote.receive.currency}"


def money_json(money: Money) -> JsonObject:
    """Return an amount as a model sees it: exact figure, currency, and the text to use."""
    return {"amount": str(money.amount), "currency": money.currency, "text": money_text(money)}


def quote_json(quote: Quote, minutes_left: int) -> JsonObject:
    """Return a quote as a model sees it, with every figure that it may state."""
    return {
        "country": quote.country,
        "payout_method": quote.payout_method,
        "send": money_json(quote.send),
        "fee": money_json(quote.fee),
        "total": money_json(quote.total),
        "receive": money_json(quote.receive),
        "rate": str(quote.rate),
        "rate_text": rate_text(quote),
        "expires_in_minutes": minutes_left,
    }


def plain_decimal(text: str) -> Decimal | None:
    """Return a model's amount argument (`200`, `200.50`, `2,500.00`), or None if it is not one."""
    cleaned = text.replace(",", "").strip()
    if not cleaned.replace(".", "", 1).isascii() or not cleaned.replace(".", "", 1).isdigit():
        return None
    amount = Decimal(cleaned)
    return amount if Decimal(0) < amount < Decimal(10) ** 9 else None
