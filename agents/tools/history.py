"""The sender's past transfers and their receipts, as the bank keeps them.

A reference is looked up among the sender's own transfers only: one of another sender gives the
same answer as one that does not exist (docs/safety.md G2). A receipt is written by code from the
bank's figures.
"""

from typing import Annotated

from babel.dates import format_date

from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import JsonObject, TextMessage
from lola.domain.transfer import Money
from lola.errors import ForeignReferenceError
from lola.money.money_format import money_json, money_text
from lola.partners.customer_records import PastTransfer
from lola.text.countries import country_name

MAX_TRANSFERS = 5
UNKNOWN = "-"


@tool(requires=(may("saved_data"),))
async def get_transfers(
    ctx: ToolContext,
    recipient: Annotated[str, "a name, to see what went to one person only"] = "",
) -> ToolResult:
    """List this sender's past transfers and money requests, newest first, with their status."""
    found = [
        row
        for row in await ctx.services.records.transfers(ctx.user.user_id)
        if recipient.casefold() in row.recipient.casefold()
    ]
    rows = [_json(row) for row in found[:MAX_TRANSFERS]]
    return ToolResult(data={"transfers": rows, "more": max(0, len(found) - MAX_TRANSFERS)})


@tool(requires=(may("saved_data"),))
async def get_receipt(
    ctx: ToolContext,
    reference: Annotated[str, "from get_transfers; empty for the newest transfer"] = "",
) -> ToolResult:
    """Show the receipt of one past transfer of this sender: figures, date, recipient, status."""
    sent = [
        row for row in await ctx.services.records.transfers(ctx.user.user_id) if not row.is_request
    ]
    wanted = reference.strip().casefold()
    row = next((row for row in sent if wanted in {"", row.reference.casefold()}), None)
    if row is None:
        raise ForeignReferenceError("this sender has no transfer with that reference")
    text = _receipt(ctx, row)
    return ToolResult(data={"receipt": _receipt_json(row)}, say=(TextMessage(content=text),))


def _json(row: PastTransfer) -> JsonObject:
    return {
        "reference": row.reference,
        "kind": "requested" if row.is_request else "sent",
        "status": row.status,
        "date": row.created_at.date().isoformat(),
        "recipient": row.recipient,
        "country": row.country,
        "send": money_json(row.send),
        "receive": money_json(row.receive) if row.receive else None,
    }


def _receipt_json(row: PastTransfer) -> JsonObject:
    return {
        **_json(row),
        "fee": money_json(row.fee) if row.fee else None,
        "total": money_json(row.total) if row.total else None,
        "rate_text": _rate(row),
        "payer": row.payer_name,
        "account_hint": row.account_hint,
    }


def _receipt(ctx: ToolContext, row: PastTransfer) -> str:
    language, wording = ctx.turn.language, ctx.services.wording
    payout = [
        wording(f"money.payout_{row.payout_method}", language) if row.payout_method else "",
        row.payer_name,
        row.account_hint,
    ]
    return wording(
        "history.receipt",
        language,
        reference=row.reference,
        date=format_date(row.created_at.date(), "long", locale=language),
        status=wording(f"history.{row.status}", language),
        recipient=row.recipient or UNKNOWN,
        country=country_name(row.country, language) if row.country else UNKNOWN,
        payout=" · ".join(filter(None, payout)) or UNKNOWN,
        send=money_text(row.send),
        fee=_money(row.fee),
        total=_money(row.total),
        rate=_rate(row),
        receive=_money(row.receive),
    )


def _money(money: Money | None) -> str:
    return money_text(money) if money else UNKNOWN


def _rate(row: PastTransfer) -> str:
    if row.rate is None or row.receive is None:
        return UNKNOWN
    return f"1 {row.send.currency} = {row.rate.normalize():f} {row.receive.currency}"


TOOLS = (get_transfers, get_receipt)
