"""Carries out what the sender approved. The tool takes no arguments: nothing can change now."""

from agents.tools import recipients, requests
from agents.tools.preconditions import may
from lola.agent.approvals import approval_of, approved
from lola.agent.tools import ToolContext, ToolResult, tool

CARRIERS = {
    recipients.SAVE_RECIPIENT: recipients.carry_out_saving,
    requests.REQUEST_MONEY: requests.carry_out_request,
}


@tool(requires=(may("saved_data"), approved(*CARRIERS)), exclusive=True)
async def carry_out(ctx: ToolContext) -> ToolResult:
    """Do what the sender has just approved: save the person, or make the money request. Call it at
    once; it exists only in the turn of their approval.
    """
    approval = approval_of(ctx)
    return await CARRIERS[approval.kind](ctx, approval)


TOOLS = (carry_out,)
