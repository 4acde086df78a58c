"""Asking a saved person for money. It moves nothing: they get a link and decide (raas.md 5.12)."""

from datetime import timedelta
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from agents.tools.preconditions import may, no_draft
from agents.tools.proposals import done, propose
from agents.tools.quotes import Amount
from agents.tools.recipients import saved_recipient
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import JsonObject, LinkMessage, LinkTarget
from lola.domain.transfer import Money
from lola.errors import ToolError
from lola.money.money_format import money_text, plain_decimal
from lola.money.short_links import ShortLinks
from lola.partners.customer_records import MoneyRequest

KIND = "request_money"
LINK_LIFE = timedelta(days=1)
"""No page says how long the payer's link lives; ours in front of it lives a day."""


@tool(requires=(may("saved_data"), no_draft), exclusive=True)
async def request_money(
    ctx: ToolContext,
    recipient_id: Annotated[str, "id from get_recipients of the person to ask"],
    amount: Amount,
) -> ToolResult:
    """Ask a saved person for an amount, in the currency this sender pays in. The sender approves
    first, and then gets a link to pass on; it moves nothing by itself.
    """
    person = await saved_recipient(ctx, recipient_id)
    value = plain_decimal(amount)
    if value is None:
        raise ToolError("amount is not a plain decimal number")
    corridors = await ctx.services.remittances.corridors()
    money = Money(amount=value, currency=corridors[0].source_currency)
    terms = {
        "recipient_id": person.id,
        "name": person.full_name,
        "amount": str(money.amount),
        "currency": money.currency,
    }
    summary = ctx.services.wording(
        "proposals.request_money",
        ctx.turn.language,
        amount=money_text(money),
        name=person.full_name,
    )
    return propose(ctx, KIND, terms, summary)


async def carry_out_request(ctx: ToolContext, terms: JsonObject, seal: str) -> ToolResult:
    """Make the approved request and hand its link to the sender.

    The request's id follows from the proposal: a turn that runs twice asks once.
    """
    person = await saved_recipient(ctx, str(terms["recipient_id"]))
    value = plain_decimal(str(terms["amount"]))
    if value is None:
        raise ToolError("the approved amount cannot be read")
    money = Money(amount=value, currency=str(terms["currency"]))
    digest = sha256(f"{ctx.turn.conversation}:{seal}".encode()).digest()
    link = await ctx.services.records.request_money(
        ctx.user.user_id,
        MoneyRequest(
            request_id=str(UUID(bytes=digest[:16], version=4)), phone=person.phone, amount=money
        ),
    )
    short = await ShortLinks(ctx.services.store, ctx.services.settings.public_url).create(
        link.url, now=ctx.turn.now, expires_at=ctx.turn.now + LINK_LIFE
    )
    wording, language = ctx.services.wording, ctx.turn.language
    words = wording(
        "proposals.request_link",
        language,
        amount=money_text(money),
        name=person.full_name,
        reference=link.reference,
    )
    target = LinkTarget(text=wording("proposals.request_button", language), url=short)
    data = {"status": "request_made", "reference": link.reference}
    return done(ctx.turn, data, LinkMessage(content=words, links=(target,)))
