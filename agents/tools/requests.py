"""Requests for money to a saved person, who gets a link and decides (reference/raas.md 5.12)."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from agents.tools.preconditions import may, no_draft
from agents.tools.quotes import Amount
from agents.tools.recipients import saved_recipient
from lola.agent.approvals import carried_out, propose
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.approval import Approval
from lola.domain.messages import LinkMessage, LinkTarget
from lola.domain.transfer import Money
from lola.errors import ToolError
from lola.money.money_format import money_text, plain_decimal
from lola.money.money_requests import RequestIndex
from lola.money.short_links import ShortLinks
from lola.partners.customer_records import MoneyRequest

REQUEST_MONEY = "request_money"
LINK_LIFETIME = timedelta(days=1)
"""No document says how long the payer's link is valid; our short link to it is valid for a day."""


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
    return propose(ctx, REQUEST_MONEY, terms, summary)


async def carry_out_request(ctx: ToolContext, approval: Approval) -> ToolResult:
    """Make the approved request and give its link to the sender.

    The request's id is derived from the approval: a turn that runs twice asks once.
    """
    terms = approval.terms
    person = await saved_recipient(ctx, str(terms["recipient_id"]))
    value = plain_decimal(str(terms["amount"]))
    if value is None:
        raise ToolError("the approved amount cannot be read")
    money = Money(amount=value, currency=str(terms["currency"]))
    if (asking := ctx.services.money_requests) is not None:
        step = await asking.ask(
            ctx.turn, ctx.user, payer=person.full_name, amount=money, digest=approval.digest
        )
        data = {"status": "request_not_made"}
        if step.turn is not ctx.turn:
            newest = step.turn.session.asked[-1]
            data = {"status": "request_made", "reference": newest.reference}
        return carried_out(replace(ctx, turn=step.turn), data, *step.say)
    digest = sha256(f"{ctx.turn.conversation}:{approval.digest}".encode()).digest()
    request_id = str(UUID(bytes=digest[:16], version=4))
    await RequestIndex(ctx.services.store).remember(request_id, ctx.turn.last.address)
    link = await ctx.services.records.request_money(
        ctx.user.user_id,
        MoneyRequest(request_id=request_id, phone=person.phone, amount=money),
    )
    short = await ShortLinks(ctx.services.store, ctx.services.settings.public_url).create(
        link.url, now=ctx.turn.now, expires_at=ctx.turn.now + LINK_LIFETIME
    )
    wording, language = ctx.services.wording, ctx.turn.language
    text = wording(
        "proposals.request_link",
        language,
        amount=money_text(money),
        name=person.full_name,
        reference=link.reference,
    )
    target = LinkTarget(text=wording("proposals.request_button", language), url=short)
    data = {"status": "request_made", "reference": link.reference}
    return carried_out(ctx, data, LinkMessage(content=text, links=(target,)))


TOOLS = (request_money,)
