"""Carrying out what the sender approved. It takes no arguments: nothing can be changed any more."""

from agents.tools import recipients, requests
from agents.tools.preconditions import may
from agents.tools.proposals import proposal_approved, proposal_of
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.errors import ToolError

CARRIERS = {
    recipients.KIND: recipients.carry_out_saving,
    requests.KIND: requests.carry_out_request,
}


@tool(requires=(may("saved_data"), proposal_approved), exclusive=True)
async def carry_out(ctx: ToolContext) -> ToolResult:
    """Do what the sender has just approved: save the person, or make the money request. Call it at
    once; it exists only in the turn of their approval.
    """
    proposal = proposal_of(ctx.turn)
    if proposal is None:
        raise ToolError("nothing waits for an approval")
    return await CARRIERS[proposal["kind"]](ctx, proposal["terms"], proposal["seal"])
