"""How amounts and rates are written. One spelling for people, models and guards alike."""

from decimal import Decimal

from lola.domain.messages import JsonObject
from lola.domain.transfer import Money, Quote

WHOLE_UNIT_CURRENCIES = frozenset({"COP", "CLP", "PYG"})


def money_text(money: Money) -> str:
    """`3,450.00 MXN`; whole units for currencies whose cents nobody uses."""
    digits = 0 if money.currency in WHOLE_UNIT_CURRENCIES else 2
    return f"{money.amount:,.{digits}f} {money.currency}"


def rate_text(quote: Quote) -> str:
    """`1 USD = 17.25 MXN`, with at most four decimals and no trailing zeros beyond two."""
    rate = f"{quote.rate:.4f}".rstrip("0")
    whole, _, decimals = rate.partition(".")
    return f"1 {quote.send.currency} = {whole}.{decimals:0<2} {quote.receive.currency}"


def money_json(money: Money) -> JsonObject:
    """The amount as a model sees it: exact figure, currency, and the words to use."""
    return {"amount": str(money.amount), "currency": money.currency, "text": money_text(money)}


def quote_json(quote: Quote, minutes_left: int) -> JsonObject:
    """A quote as a model sees it; every figure it may state is in here."""
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
    """Read a model's amount argument (`200`, `200.50`, `2,500.00`); None when it is not one."""
    cleaned = text.replace(",", "").strip()
    if not cleaned.replace(".", "", 1).isascii() or not cleaned.replace(".", "", 1).isdigit():
        return None
    amount = Decimal(cleaned)
    return amount if Decimal(0) < amount < Decimal(10) ** 9 else None
