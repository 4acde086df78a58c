"""Prices of transfers. They commit to nothing; only a confirmed draft does."""

import asyncio
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from agents.tools.corridors import Country, corridor_to
from agents.tools.preconditions import may
from lola.agent.provenance import OwnValue
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import JsonObject
from lola.domain.transfer import Money, PayoutMethod
from lola.errors import ToolError
from lola.money.money_format import money_json, plain_decimal, quote_json
from lola.partners.remittances import Corridor

Amount = Annotated[
    str,
    "a plain decimal number such as 200 or 200.50, which the sender named",
    Field(pattern=r"^[0-9][0-9,]*(\.[0-9]+)?$"),
    OwnValue(kind="amount"),
]
AmountCurrency = Annotated[
    str, "USD for the amount sent, or the destination's currency for the amount received"
]
Payout = Annotated[PayoutMethod, "how the recipient gets the money"]


def out_of_range(corridor: Corridor) -> JsonObject:
    """Return the error for an amount outside a corridor's limits."""
    source = corridor.source_currency
    return {
        "error": "the amount is outside this corridor's limits",
        "code": "AMOUNT_OUT_OF_RANGE",
        "minimum": money_json(Money(amount=corridor.minimum, currency=source)),
        "maximum": money_json(Money(amount=corridor.maximum, currency=source)),
    }


def unknown_method(corridor: Corridor) -> JsonObject:
    """Return the error for a payout method that a country does not have, with those it has."""
    return {
        "error": "this country does not have that payout method",
        "code": "UNKNOWN_PAYOUT_METHOD",
        "payout_methods": list(corridor.payout_methods),
    }


@tool(requires=(may("quote"),), limit="quotes")
async def pre_quote(
    ctx: ToolContext,
    country: Country,
    amount: Amount,
    currency: AmountCurrency = "USD",
    payout_method: Payout = "bank_account",
) -> ToolResult:
    """Price a transfer: fee, total, exchange rate and what arrives. Commits to nothing."""
    corridor = await corridor_to(ctx, country)
    value = _amount(corridor, amount, currency)
    if _is_out_of_range(corridor, value, currency):
        return ToolResult(data=out_of_range(corridor))
    if payout_method not in corridor.payout_methods:
        return ToolResult(data=unknown_method(corridor))
    return ToolResult(data={"quote": await _quote(ctx, corridor, payout_method, value, currency)})


@tool(requires=(may("quote"),), limit="quotes")
async def compare_payout_methods(
    ctx: ToolContext,
    country: Country,
    amount: Amount,
    currency: AmountCurrency = "USD",
) -> ToolResult:
    """Price the same transfer for every way to be paid in a country, the lowest total first. Use it
    when the sender asks which way is cheaper or better.
    """
    corridor = await corridor_to(ctx, country)
    value = _amount(corridor, amount, currency)
    if _is_out_of_range(corridor, value, currency):
        return ToolResult(data=out_of_range(corridor))
    quotes = await asyncio.gather(
        *(_quote(ctx, corridor, method, value, currency) for method in corridor.payout_methods)
    )
    ranked = sorted(quotes, key=lambda quote: Decimal(quote["total"]["amount"]))
    return ToolResult(data={"quotes": ranked})


def _amount(corridor: Corridor, amount: str, currency: str) -> Decimal:
    value = plain_decimal(amount)
    if value is None:
        raise ToolError("amount is not a plain decimal number")
    if currency not in {corridor.source_currency, corridor.currency}:
        raise ToolError(f"currency must be {corridor.source_currency} or {corridor.currency}")
    return value


def _is_out_of_range(corridor: Corridor, value: Decimal, currency: str) -> bool:
    in_source = currency == corridor.source_currency
    return in_source and not corridor.minimum <= value <= corridor.maximum


async def _quote(
    ctx: ToolContext, corridor: Corridor, method: PayoutMethod, value: Decimal, currency: str
) -> JsonObject:
    quote = await ctx.services.remittances.quote(
        country=corridor.country, payout_method=method, amount=value, currency=currency
    )
    minutes = int((quote.expires_at - ctx.turn.now).total_seconds() // 60)
    return quote_json(quote, minutes)


TOOLS = (pre_quote, compare_payout_methods)
