from typing import Annotated

from lola.agent.tools import ToolContext, ToolResult, tool
from mibanco.settings import BranchSettings


def is_customer(ctx: ToolContext) -> bool:
    """Return whether the bank knows the sender."""
    return ctx.turn.identity.user is not None


@tool(requires=(is_customer,))
async def get_opening_hours(
    ctx: ToolContext, city: Annotated[str, "city of the branch, as the customer said it"]
) -> ToolResult:
    """Opening hours of our branches by city."""
    branches = ctx.services.settings.section("mibanco", BranchSettings)
    hours = branches.hours.get(city.lower())
    return ToolResult(
        data={"city": city, "hours": hours} if hours else {"error": "no branch there"}
    )


TOOLS = (get_opening_hours,)
SECTIONS = {"mibanco": BranchSettings}
