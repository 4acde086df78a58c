"""Checks of a recipient's numbers before they are used in a draft."""

from typing import Annotated

from agents.tools.corridors import Country, corridor_to
from agents.tools.destinations import bank_of
from agents.tools.preconditions import may
from lola.agent.provenance import OwnValue
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.partners.bank_accounts import bank_code
from lola.text.phone_numbers import dictated


@tool(requires=(may("transfer"),))
async def validate_phone(
    ctx: ToolContext,
    recipient_phone: Annotated[
        str, "the recipient's telephone number as written", OwnValue(kind="phone")
    ],
    country: Country,
) -> ToolResult:
    """Check a recipient's telephone number and answer it in international form."""
    corridor = await corridor_to(ctx, country)
    number = dictated(recipient_phone, corridor.country)
    if number is None:
        return ToolResult(data={"valid": False, "reason": "not_a_phone_number"})
    return ToolResult(data={"valid": True, "canonical": number})


@tool(requires=(may("transfer"),))
async def validate_bank(
    ctx: ToolContext,
    country: Country,
    account: Annotated[
        str,
        "account number (CLABE in Mexico) as written, or masked [••••1234]",
        OwnValue(kind="account"),
    ],
) -> ToolResult:
    """Check a recipient's bank account number and answer its canonical form and bank. A valid
    number with `bank_unknown` is right; only the name of its bank is not known.
    """
    country = (await corridor_to(ctx, country)).country
    remittances = ctx.services.remittances
    number = ctx.services.accounts.read(account, ctx.turn.session)
    checked = await remittances.validate_account(country, number)
    bank = bank_of(country, checked, await remittances.banks(country)) if checked.valid else None
    name = bank.name if bank else checked.bank_name
    return ToolResult(
        data={
            "valid": checked.valid,
            # Of a number that was masked the model gets no more than it had.
            "canonical": checked.canonical if number == account else account,
            "bank_name": name,
            "bank_unknown": not name and bool(bank_code(country, checked.canonical)),
            "reason": checked.reason,
        }
    )


TOOLS = (validate_phone, validate_bank)
