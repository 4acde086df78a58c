from typing import Annotated

from lola.agent.approvals import approval_of, approved, carried_out, propose
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import TextMessage
from mibanco.tools import is_customer

BLOCK = "mibanco.block_card"


@tool(requires=(is_customer,), exclusive=True)
async def block_card(
    ctx: ToolContext, last_four: Annotated[str, "last four digits of the card"]
) -> ToolResult:
    """Block one of the sender's cards, once the sender approves."""
    summary = ctx.services.wording("cards.block", ctx.turn.language, last_four=last_four)
    return propose(ctx, BLOCK, {"last_four": last_four}, summary)


@tool(requires=(is_customer, approved(BLOCK)), exclusive=True)
async def block_approved_card(ctx: ToolContext) -> ToolResult:
    """Block the card that the sender has just approved. Call it at once."""
    approval = approval_of(ctx)
    last_four = approval.terms["last_four"]
    # Here the bank calls its own card system, with approval.digest as the idempotency key.
    text = ctx.services.wording("cards.blocked", ctx.turn.language, last_four=last_four)
    return carried_out(ctx, {"status": "blocked"}, TextMessage(content=text))


TOOLS = (block_card, block_approved_card)
