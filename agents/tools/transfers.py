"""Preparing and cancelling a transfer, and its secure link. None of these moves money.

`prepare_transfer` checks every argument in code and ends the turn with the summary that code
renders. `send_money` exists only while the open draft is confirmed by the sender.
"""

from dataclasses import dataclass, field
from typing import Annotated

from agents.tools.corridors import Country, corridor_to
from agents.tools.preconditions import cancellable, draft_confirmed, link_wanted, may
from agents.tools.quotes import Amount, AmountCurrency, Payout, out_of_range
from agents.tools.recipients import NAME_LIMIT, saved_recipient
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import JsonObject
from lola.domain.transfer import PayoutMethod, Terms
from lola.errors import PartnerRefusedError, ToolError
from lola.money.money_format import plain_decimal
from lola.partners.remittances import Corridor, SavedRecipient
from lola.text.phone_numbers import canonical


@dataclass(slots=True, kw_only=True)
class _Destination:
    """The destination as far as it is known; `problem` is the first error found."""

    payer_id: str = ""
    payer_name: str = ""
    account: str = ""
    recipient_id: str = ""
    missing: list[str] = field(default_factory=list)
    problem: JsonObject | None = None


@tool(requires=(may("transfer"),), exclusive=True, again="transfers.one_at_a_time", limit="quotes")
async def prepare_transfer(
    ctx: ToolContext,
    country: Country,
    payout_method: Payout,
    amount: Amount,
    amount_currency: AmountCurrency,
    recipient_first_name: Annotated[str, "first name or names as on the recipient's ID"],
    recipient_last_name: Annotated[str, "last name or names as on the recipient's ID"],
    payer_id: Annotated[str, "id from get_banks (deposit) or get_payers (cash pickup)"] = "",
    account: Annotated[str, "account number for a bank deposit"] = "",
    recipient_phone: Annotated[str, "required for a mobile wallet"] = "",
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
        return _refusal("UNKNOWN_PAYOUT_METHOD", payout_methods=list(corridor.payout_methods))
    person = await saved_recipient(ctx, recipient_id) if recipient_id else None
    first, last = recipient_first_name, recipient_last_name
    if person is not None:
        first, last = person.first_name, person.last_name
    phone = canonical(recipient_phone, default_region=corridor.country) or ""
    destination = await _destination(
        ctx, corridor, payout_method, payer_id=payer_id, account=account, person=person
    )
    if not last.strip():
        destination.missing.append("recipient_last_name")
    if payout_method == "mobile_wallet" and not phone and person is None:
        destination.missing.append("recipient_phone")
    if destination.problem:
        return ToolResult(data=destination.problem)
    if destination.missing:
        return _refusal("MISSING", missing=destination.missing)
    terms = Terms(
        country=corridor.country,
        payout_method=payout_method,
        amount=value,
        amount_currency=amount_currency,
        recipient_first_name=" ".join(first.split())[:NAME_LIMIT],
        recipient_last_name=" ".join(last.split())[:NAME_LIMIT],
        recipient_phone=phone,
        recipient_id=destination.recipient_id,
        payer_id=destination.payer_id,
        payer_name=destination.payer_name,
        account=destination.account,
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
    status = "link_sent" if linked else "summary_shown"
    return ToolResult(data={"status": status}, turn=step.turn, say=step.say, money=linked)


@tool(requires=(may("transfer"), link_wanted), exclusive=True)
async def resend_link(ctx: ToolContext) -> ToolResult:
    """Give the sender their secure link again. When it ran out, the same transfer is put before
    them anew, to confirm.
    """
    step = await ctx.services.money.link_again(ctx.turn)
    linked = step.turn.session.draft is ctx.turn.session.draft
    status = "link_sent" if linked else "summary_shown"
    return ToolResult(data={"status": status}, turn=step.turn, say=step.say, money=linked)


async def _prepared(ctx: ToolContext, corridor: Corridor, terms: Terms) -> ToolResult:
    in_source = terms.amount_currency == corridor.source_currency
    if in_source and not corridor.minimum <= terms.amount <= corridor.maximum:
        return ToolResult(data=out_of_range(corridor))
    try:
        step = await ctx.services.money.prepare(ctx.turn, terms)
    except PartnerRefusedError:
        return ToolResult(data=out_of_range(corridor))
    return ToolResult(data={"status": "summary_shown"}, turn=step.turn, say=step.say)


async def _destination(
    ctx: ToolContext,
    corridor: Corridor,
    method: PayoutMethod,
    *,
    payer_id: str,
    account: str,
    person: SavedRecipient | None,
) -> _Destination:
    found = _Destination(recipient_id=person.id if person else "")
    on_file = person and (person.payout_method, person.country) == (method, corridor.country)
    if person and on_file and not (payer_id or account):
        found.payer_id, found.payer_name = person.payer_id, person.payer_name
        found.account = person.account_hint
        return found
    if method in {"bank_account", "cash_pickup"}:
        await _payer(ctx, corridor, method, payer_id, found)
    if method == "bank_account":
        await _account(ctx, corridor, account, found)
    return found


async def _payer(
    ctx: ToolContext, corridor: Corridor, method: PayoutMethod, payer_id: str, found: _Destination
) -> None:
    if not payer_id:
        found.missing.append("payer_id")
        return
    remittances = ctx.services.remittances
    known = await (
        remittances.banks(corridor.country)
        if method == "bank_account"
        else remittances.payers(corridor.country)
    )
    wanted = payer_id.rpartition(":")[2]
    for item in known:
        if item.id == wanted:
            found.payer_id, found.payer_name = item.id, item.name
            return
    found.problem = _refusal("UNKNOWN_PAYER", known=[item.name for item in known]).data


async def _account(ctx: ToolContext, corridor: Corridor, account: str, found: _Destination) -> None:
    if not account:
        found.missing.append("account")
        return
    checked = await ctx.services.remittances.validate_account(corridor.country, account)
    if checked.valid:
        found.account = checked.canonical
    else:
        found.problem = _refusal("INVALID_ACCOUNT", reason=checked.reason).data


def _refusal(code: str, **facts: object) -> ToolResult:
    return ToolResult(data={"error": code.lower().replace("_", " "), "code": code, **facts})


TOOLS = (prepare_transfer, cancel_transfer, send_money, resend_link)
