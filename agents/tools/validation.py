"""Checks of a recipient's numbers before they are used in a draft."""

from typing import Annotated

from agents.tools.corridors import Country, corridor_to
from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.text.phone_numbers import canonical


@tool(requires=(may("transfer"),))
async def validate_phone(
    ctx: ToolContext,
    recipient_phone: Annotated[str, "the recipient's telephone number as written"],
    country: Country,
) -> ToolResult:
    """Check a recipient's telephone number and answer it in international form."""
    corridor = await corridor_to(ctx, country)
    number = canonical(recipient_phone, default_region=corridor.country)
    if number is None:
        return ToolResult(data={"valid": False, "reason": "not_a_phone_number"})
    return ToolResult(data={"valid": True, "canonical": number})


@tool(requires=(may("transfer"),))
async def validate_bank(
    ctx: ToolContext,
    country: Country,
    account: Annotated[str, "account number (CLABE in Mexico) as written, or masked [••••1234]"],
) -> ToolResult:
    """Check a recipient's bank account number and answer its canonical form and bank."""
    corridor = await corridor_to(ctx, country)
    number = ctx.services.accounts.read(account, ctx.turn.session)
    checked = await ctx.services.remittances.validate_account(corridor.country, number)
    return ToolResult(
        data={
            "valid": checked.valid,
            # Of a number that was masked the model gets no more than it had.
            "canonical": checked.canonical if number == account else account,
            "bank_name": checked.bank_name,
            "reason": checked.reason,
        }
    )


TOOLS = (validate_phone, validate_bank)
