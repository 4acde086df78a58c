"""The sender's own verification and the transfers of this chat."""

from agents.tools.preconditions import may
from lola.agent.context import ticket_json
from lola.agent.tools import ToolContext, ToolResult, tool


@tool(requires=(may("status"),), exclusive=True)
async def get_own_status(ctx: ToolContext) -> ToolResult:
    """Tell the sender's own verification status and where their recent transfers are now."""
    user = ctx.turn.identity.user
    verification = "unknown"
    if user is not None:
        verification = "blocked" if user.is_blocked else user.verdict
    # What the partner has decided meanwhile is said by code, with the same text as its webhook.
    step, live = await ctx.services.money.refresh(ctx.turn)
    tickets = [
        ticket_json(ticket) | ({"status": live[ticket.id]} if ticket.id in live else {})
        for ticket in step.turn.session.tickets
    ]
    return ToolResult(
        data={"verification": verification, "transfers": tickets},
        turn=step.turn,
        say=step.say,
        money=bool(step.say),
    )


TOOLS = (get_own_status,)
