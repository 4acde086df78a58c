"""The sender's own account at the bank, where the bank switched it on: balance and movements.

The account is found by the sender's verified telephone number, never by an argument
(docs/safety.md G2). Figures are written by code.
"""

from babel.dates import format_date

from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import TextMessage
from lola.errors import ToolError
from lola.money.money_format import money_json, money_text
from lola.partners.vna.statements import Statement, StatementLine


def is_switched_on(ctx: ToolContext) -> bool:
    """Return whether senders of this bank may see their accounts."""
    return ctx.services.statements is not None


@tool(requires=(may("saved_data"), is_switched_on))
async def get_own_account(ctx: ToolContext) -> ToolResult:
    """Show the balance and the newest movements of this sender's own account at the bank."""
    if ctx.services.statements is None:
        raise ToolError("this bank shows no accounts")
    found = await ctx.services.statements.of_phone(ctx.user.phone)
    if found is None:
        return ToolResult(data={"account": "none"})
    data = {
        "ending": found.ending,
        "open": found.is_open,
        "balance": money_json(found.balance),
        "movements": [
            {"date": line.at.date().isoformat(), "kind": line.kind, "amount": _amount(line)}
            for line in found.lines
        ],
    }
    return ToolResult(data=data, say=(TextMessage(content=_text(ctx, found)),))


def _text(ctx: ToolContext, found: Statement) -> str:
    language, wording = ctx.turn.language, ctx.services.wording
    lines = [
        wording(
            f"own_account.{line.kind}",
            language,
            date=format_date(line.at.date(), "medium", locale=language),
            amount=_amount(line),
        )
        for line in found.lines
    ]
    balance = wording(
        "own_account.balance", language, ending=found.ending, balance=money_text(found.balance)
    )
    return "\n".join((balance, *lines))


def _amount(line: StatementLine) -> str:
    return f"{'+' if line.amount.amount > 0 else ''}{money_text(line.amount)}"


TOOLS = (get_own_account,)
