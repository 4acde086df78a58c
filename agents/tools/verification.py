"""The sender's own verification: its state and next step, never why it failed."""

from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool


@tool(requires=(may("status"),))
async def get_verification(ctx: ToolContext) -> ToolResult:
    """Tell the state of this sender's identity check and the next step it waits for: `wait`,
    `scan_id_again`, `give_more_information`, `correct_personal_data`, `correct_address`,
    `correct_email`, `accept_terms`, `talk_to_person`, or `none`.
    """
    user = ctx.user
    if user.is_blocked:
        return ToolResult(data={"verification": "blocked", "next_step": "talk_to_person"})
    if user.is_verified:
        return ToolResult(data={"verification": "passed", "next_step": "none"})
    return ToolResult(data={"verification": user.verdict, "next_step": user.next_step or "wait"})


TOOLS = (get_verification,)
