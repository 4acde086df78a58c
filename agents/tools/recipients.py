"""The sender's own saved data: people they send to, ways they pay. Display names and hints only."""

from typing import Annotated

from agents.tools.preconditions import may
from lola.enhancement.labels import label_options
from lola.folding import fold
from lola.messages import JsonObject
from lola.partners.remittances import SavedRecipient
from lola.tools import ToolContext, ToolResult, tool


@tool(requires=(may("saved_data"),))
async def get_recipients(ctx: ToolContext) -> ToolResult:
    """List the people this sender has saved."""
    return _result(await ctx.services.remittances.recipients(ctx.user.user_id))


@tool(requires=(may("saved_data"),))
async def search_contact_by_name(
    ctx: ToolContext, name: Annotated[str, "a name or nickname, or part of one"]
) -> ToolResult:
    """Find people this sender has saved by name or nickname."""
    wanted = fold(name)
    recipients = await ctx.services.remittances.recipients(ctx.user.user_id)
    return _result(
        tuple(
            person
            for person in recipients
            if wanted in fold(f"{person.first_name} {person.last_name} {person.alias}")
        )
    )


@tool(requires=(may("saved_data"),))
async def get_payment_methods(ctx: ToolContext) -> ToolResult:
    """List the ways this sender can pay, as display names; card numbers never appear."""
    methods = await ctx.services.remittances.payment_methods(ctx.user.user_id)
    return ToolResult(
        data={"payment_methods": [{"id": item.id, "label": item.label} for item in methods]},
        options=label_options((f"pay:{item.id}", item.label) for item in methods),
    )


def _result(recipients: tuple[SavedRecipient, ...]) -> ToolResult:
    return ToolResult(
        data={"recipients": [_json(person) for person in recipients]},
        options=label_options(
            (f"recipient:{person.id}", f"{person.first_name} {person.last_name}")
            for person in recipients
        ),
    )


def _json(person: SavedRecipient) -> JsonObject:
    return {
        "id": person.id,
        "name": f"{person.first_name} {person.last_name}",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "alias": person.alias,
        "country": person.country,
        "payout_method": person.payout_method,
        "payer_id": person.payer_id,
        "payer_name": person.payer_name,
        "account_hint": person.account_hint,
    }
