"""Counters where cash is picked up, by city and company. Nothing here is personal."""

from typing import Annotated

from agents.tools.corridors import Country, corridor_to
from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.partners.remittances import Branch
from lola.text.folding import fold

MAX_BRANCHES = 5


@tool(requires=(may("quote"),))
async def get_branches(
    ctx: ToolContext,
    country: Country,
    place: Annotated[str, "a city, a street or part of one; empty for all"] = "",
    payer_id: Annotated[str, "id from get_payers, to see one company only"] = "",
) -> ToolResult:
    """Find counters where cash can be picked up, with address and opening hours."""
    corridor = await corridor_to(ctx, country)
    found = [
        branch
        for branch in await ctx.services.remittances.branches(corridor.country)
        if _fits(branch, fold(place), payer_id.rpartition(":")[2])
    ]
    rows = [
        {
            "payer": branch.payer_name,
            "city": branch.city,
            "address": branch.address,
            "hours": branch.hours,
        }
        for branch in found[:MAX_BRANCHES]
    ]
    return ToolResult(data={"branches": rows, "more": max(0, len(found) - MAX_BRANCHES)})


def _fits(branch: Branch, place: str, payer_id: str) -> bool:
    return payer_id in {"", branch.payer_id} and place in fold(f"{branch.city} {branch.address}")


TOOLS = (get_branches,)
