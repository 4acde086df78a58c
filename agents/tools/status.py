"""The sender's own verification and transfers, in words a model may repeat."""

from agents.tools.preconditions import may
from lola.tools import ToolContext, ToolResult, tool
from lola.turn_data import ticket_json


@tool(requires=(may("status"),))
async def get_own_status(ctx: ToolContext) -> ToolResult:
    """Tell the sender's own verification status and what became of their recent transfers."""
    user = ctx.turn.identity.user
    verification = "unknown"
    if user is not None:
        verification = "blocked" if user.is_blocked else user.verdict
    tickets = [ticket_json(ticket) for ticket in ctx.turn.session.tickets]
    return ToolResult(data={"verification": verification, "transfers": tickets})
