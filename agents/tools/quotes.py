"""What a transfer costs. A quote promises nothing; only a confirmed draft does."""

from typing import Annotated

from agents.tools.corridors import Country, corridor_to
from agents.tools.preconditions import may
from lola.errors import ToolError
from lola.messages import JsonObject
from lola.money.figures import money_json, plain_decimal, quote_json
from lola.partners.remittances import Corridor
from lola.tools import ToolContext, ToolResult, tool
from lola.transfer import Money, PayoutMethod

Amount = Annotated[str, "a plain decimal number such as 200 or 200.50"]
AmountCurrency = Annotated[
    str, "USD for the amount sent, or the destination's currency for the amount received"
]
Payout = Annotated[PayoutMethod, "how the recipient gets the money"]


def out_of_range(corridor: Corridor) -> JsonObject:
    """The answer to an amount outside a corridor's limits."""
    source = corridor.source_currency
    return {
        "error": "the amount is outside this corridor's limits",
        "code": "AMOUNT_OUT_OF_RANGE",
        "minimum": money_json(Money(amount=corridor.minimum, currency=source)),
        "maximum": money_json(Money(amount=corridor.maximum, currency=source)),
    }


@tool(requires=(may("quote"),))
async def pre_quote(
    ctx: ToolContext,
    country: Country,
    amount: Amount,
    currency: AmountCurrency = "USD",
    payout_method: Payout = "bank_account",
) -> ToolResult:
    """Price a transfer: fee, total, exchange rate and what arrives. Commits to nothing."""
    corridor = await corridor_to(ctx, country)
    value = plain_decimal(amount)
    if value is None:
        raise ToolError("amount is not a plain decimal number")
    if currency not in {corridor.source_currency, corridor.currency}:
        raise ToolError(f"currency must be {corridor.source_currency} or {corridor.currency}")
    if currency == corridor.source_currency and not corridor.minimum <= value <= corridor.maximum:
        return ToolResult(data=out_of_range(corridor))
    quote = await ctx.services.remittances.quote(
        country=corridor.country, payout_method=payout_method, amount=value, currency=currency
    )
    minutes = int((quote.expires_at - ctx.turn.now).total_seconds() // 60)
    return ToolResult(data={"quote": quote_json(quote, minutes)})
