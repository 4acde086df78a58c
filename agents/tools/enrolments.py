"""The secure links to register, to prove one's identity and to add a card.

None of them takes an argument: who the sender is decides which one exists. The link and every
sentence about it are written by code; nothing is registered, verified or saved in the chat.
"""

from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.enrolment import Purpose


@tool(requires=(may("register"),), exclusive=True)
async def start_registration(ctx: ToolContext) -> ToolResult:
    """Send the secure link where this person signs up and has their identity verified. Use it when
    they want to register, open an account or be verified. Asking again sends the same link.
    """
    return await _started(ctx, "register")


@tool(requires=(may("verify"),), exclusive=True)
async def start_verification(ctx: ToolContext) -> ToolResult:
    """Send the secure link where this sender's identity is verified, or say that it is in review.
    Use it when they ask for the link, or want to begin, finish or repeat their verification.
    """
    return await _started(ctx, "verify")


@tool(requires=(may("add_card"),), exclusive=True)
async def add_card(ctx: ToolContext) -> ToolResult:
    """Send the secure link where this sender adds a card to pay with. Card details never go into
    the chat. Asking again sends the same link.
    """
    return await _started(ctx, "add_card")


async def _started(ctx: ToolContext, purpose: Purpose) -> ToolResult:
    step = await ctx.services.enrolments.start(ctx.turn, purpose)
    has_link = any(getattr(message, "links", ()) for message in step.say)
    status = "link_sent" if has_link else "explained"
    return ToolResult(data={"status": status}, turn=step.turn, say=step.say)


TOOLS = (start_registration, start_verification, add_card)
