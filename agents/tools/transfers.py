"""Preparing and cancelling a transfer, and its secure link. None of these moves money.

`prepare_transfer` checks every argument in code and ends the turn with the summary that code
renders. `send_money` exists only while the open draft is confirmed by the sender.
"""

from typing import Annotated

from agents.tools.corridors import Country, corridor_to
from agents.tools.destinations import destination_of, refusal
from agents.tools.preconditions import cancellable, draft_confirmed, link_wanted, may
from agents.tools.quotes import Amount, AmountCurrency, Payout, out_of_range, unknown_method
from agents.tools.recipients import NOT_A_NAME, saved_recipient
from lola.agent.provenance import OwnValue
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import JsonObject, LinkMessage
from lola.domain.transfer import Terms
from lola.errors import PartnerRefusedError, ToolError
from lola.money.money_format import plain_decimal
from lola.money.ticket_reports import Step
from lola.partners.remittances import Corridor
from lola.text.person_names import NAME_LIMIT, is_person_name, is_too_long, person_name
from lola.text.phone_numbers import dictated


@tool(requires=(may("transfer"),), exclusive=True, again="transfers.one_at_a_time", limit="quotes")
async def prepare_transfer(
    ctx: ToolContext,
    country: Country,
    payout_method: Payout,
    amount: Amount,
    amount_currency: AmountCurrency,
    recipient_first_name: Annotated[
        str, "first name or names as on the recipient's ID", OwnValue(kind="person")
    ],
    recipient_last_name: Annotated[
        str, "last name or names as on the recipient's ID", OwnValue(kind="person")
    ],
    payer_id: Annotated[
        str,
        "id from get_banks (deposit) or get_payers (cash pickup), as the sender chose; empty for a"
        " deposit to a CLABE when they named no bank",
    ] = "",
    account: Annotated[
        str, "account number for a bank deposit, or masked as [••••1234]", OwnValue(kind="account")
    ] = "",
    recipient_phone: Annotated[str, "required for a mobile wallet", OwnValue(kind="phone")] = "",
    recipient_id: Annotated[str, "id from get_recipients, for a saved person"] = "",
    payment_method_id: Annotated[str, "id from get_payment_methods, if one was chosen"] = "",
) -> ToolResult:
    """Put a transfer before the sender as a summary to confirm. Call it again to change anything;
    an earlier confirmation is then void. It moves nothing.
    """
    corridor = await corridor_to(ctx, country)
    value = plain_decimal(amount)
    if value is None:
        raise ToolError("amount is not a plain decimal number")
    if amount_currency not in {corridor.source_currency, corridor.currency}:
        raise ToolError(
            f"amount_currency must be {corridor.source_currency} or {corridor.currency}"
        )
    if payout_method not in corridor.payout_methods:
        return ToolResult(data=unknown_method(corridor))
    person = await saved_recipient(ctx, recipient_id) if recipient_id else None
    first, last = recipient_first_name, recipient_last_name
    if person is not None:
        first, last = person.first_name, person.last_name
    elif problem := _name_problem(recipient_first_name=first, recipient_last_name=last):
        return ToolResult(data=problem)
    phone = dictated(recipient_phone, corridor.country) or ""
    destination = await destination_of(
        ctx, corridor, payout_method, payer_id=payer_id, account=account, person=person
    )
    if not last.strip():
        destination.missing.append("recipient_last_name")
    if payout_method == "mobile_wallet" and not phone and person is None:
        destination.missing.append("recipient_phone")
    if destination.problem:
        return ToolResult(data=destination.problem)
    if destination.missing:
        return ToolResult(data=refusal("MISSING", missing=destination.missing))
    terms = Terms(
        country=corridor.country,
        payout_method=payout_method,
        amount=value,
        amount_currency=amount_currency,
        recipient_first_name=person_name(first),
        recipient_last_name=person_name(last),
        recipient_phone=phone,
        recipient_id=destination.recipient_id,
        payer_id=destination.payer_id,
        payer_name=destination.payer_name,
        account=destination.account,
        account_seal=destination.account_seal,
        payment_method_id=payment_method_id,
    )
    return await _prepared(ctx, corridor, terms)


@tool(requires=(cancellable,), exclusive=True)
async def cancel_transfer(ctx: ToolContext) -> ToolResult:
    """Drop the transfer that is being prepared; with none, take back the newest secure link that
    was not approved yet. What was approved cannot be cancelled here.
    """
    money = ctx.services.money
    if ctx.turn.session.draft is not None:
        step = money.cancel(ctx.turn)
    else:
        step = await money.take_back(ctx.turn)
    return ToolResult(data={"status": "cancelled"}, turn=step.turn, say=step.say)


@tool(requires=(may("transfer"), draft_confirmed), exclusive=True, limit="links")
async def send_money(
    ctx: ToolContext, draft_id: Annotated[str, "id of the confirmed draft"]
) -> ToolResult:
    """Make the secure link where the sender reviews and approves the confirmed transfer."""
    step = await ctx.services.money.send(ctx.turn, draft_id)
    # An expired quote leads to a new summary instead of a link.
    linked = step.turn.session.draft is None
    return ToolResult(data={"status": _status(step)}, turn=step.turn, say=step.say, money=linked)


@tool(requires=(may("transfer"), link_wanted), exclusive=True)
async def resend_link(ctx: ToolContext) -> ToolResult:
    """Give the sender their secure link again. When it ran out, the same transfer is put before
    them anew, to confirm.
    """
    step = await ctx.services.money.link_again(ctx.turn)
    linked = step.turn.session.draft is ctx.turn.session.draft
    return ToolResult(data={"status": _status(step)}, turn=step.turn, say=step.say, money=linked)


async def _prepared(ctx: ToolContext, corridor: Corridor, terms: Terms) -> ToolResult:
    in_source = terms.amount_currency == corridor.source_currency
    if in_source and not corridor.minimum <= terms.amount <= corridor.maximum:
        return ToolResult(data=out_of_range(corridor))
    try:
        step = await ctx.services.money.prepare(ctx.turn, terms)
    except PartnerRefusedError:
        return ToolResult(data=out_of_range(corridor))
    return ToolResult(data={"status": _status(step)}, turn=step.turn, say=step.say)


def _status(step: Step) -> str:
    """Return what the sender got: a link, a summary, or a text that says why neither."""
    if any(isinstance(message, LinkMessage) for message in step.say):
        return "link_sent"
    return "summary_shown" if step.turn.session.draft is not None else "told"


TOOLS = (prepare_transfer, cancel_transfer, send_money, resend_link)


def _name_problem(**names: str) -> JsonObject | None:
    """Return why names cannot be used; None when they can. Raises ToolError for what is no name."""
    if not all(map(is_person_name, filter(str.strip, names.values()))):
        raise ToolError(NOT_A_NAME)
    long = [name for name, text in names.items() if is_too_long(text)]
    return refusal("NAME_TOO_LONG", arguments=long, limit=NAME_LIMIT) if long else None
