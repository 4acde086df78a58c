"""Limits: per transfer for everybody, and per level for an identified sender."""

from typing import Annotated

from agents.tools.corridors import corridor_to
from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import JsonObject
from lola.domain.transfer import Money
from lola.money.money_format import money_json
from lola.partners.remittances import Corridor


@tool(requires=(may("quote"),))
async def get_limits(
    ctx: ToolContext,
    country: Annotated[str, "ISO 3166-1 alpha-2 code; empty for every destination"] = "",
) -> ToolResult:
    """Tell the least and the most per transfer, and what this sender has sent and may still send
    at their level of verification.
    """
    corridors = (
        (await corridor_to(ctx, country),) if country else await ctx.services.money.corridors()
    )
    data: JsonObject = {"per_transfer": [_range(ctx, corridor) for corridor in corridors]}
    if ctx.turn.identity.user is not None:
        limits = await ctx.services.records.limits(ctx.user.user_id)
        if limits is not None:
            data["own"] = {
                "limit": money_json(limits.limit),
                "limit_used": money_json(limits.used),
                "limit_left": money_json(limits.left),
            }
    return ToolResult(data=data)


def _range(ctx: ToolContext, corridor: Corridor) -> JsonObject:
    source = corridor.source_currency
    return {
        "code": corridor.country,
        "name": corridor.names.get(ctx.turn.language, corridor.country),
        "minimum": money_json(Money(amount=corridor.minimum, currency=source)),
        "maximum": money_json(Money(amount=corridor.maximum, currency=source)),
    }


TOOLS = (get_limits,)
