"""Approval for tools: propose an action now, carry it out in the turn of the sender's own yes.

    @tool(requires=(is_customer,), exclusive=True)
    async def block_card(ctx: ToolContext, last_four: Annotated[str, "…"]) -> ToolResult:
        \"\"\"Block one of the sender's cards, once they approve.\"\"\"
        return propose(ctx, "block_card", {"last_four": last_four}, f"Block ••••{last_four}?")

    @tool(requires=(approved("block_card"),), exclusive=True)
    async def block_approved_card(ctx: ToolContext) -> ToolResult:
        \"\"\"Block the card that the sender has just approved. Call it at once.\"\"\"
        approval = approval_of(ctx)
        await cards.block(ctx.user.user_id, approval.terms["last_four"], key=approval.digest)
        return carried_out(ctx, {"status": "blocked"}, TextMessage(content="…"))

The model only proposes. The second tool takes no arguments, so that nothing can differ from what
was approved, and exists only in the turn whose messages approve exactly the open action
(docs/safety.md G3). A turn may run twice after a crash: `approval.digest` is the same in both runs
and can serve as an idempotency key. Transfers are approved by the same code (`lola.money`).
"""

from lola.agent.tools import Precondition, ToolContext, ToolResult
from lola.domain.approval import TRANSFER, Approval
from lola.domain.messages import ButtonsMessage, JsonObject, Outbound
from lola.errors import ConfigurationError, ToolError
from lola.money.approvals import open_approval, options_for, read_decision


def propose(ctx: ToolContext, kind: str, terms: JsonObject, summary: str) -> ToolResult:
    """Show an action to the sender with the buttons *yes* and *no*; an earlier proposal is void.

    `terms` are all the arguments of the action, as plain JSON; `summary` must name each of them,
    because it is what the sender agrees to. Raises ToolError while a transfer waits for its own
    yes, ConfigurationError when the proposal itself is malformed.
    """
    if kind == TRANSFER:
        raise ConfigurationError(f"approval {kind}", "only prepare_transfer proposes a transfer")
    turn = ctx.turn
    if turn.session.draft is not None:
        raise ToolError("a transfer waits for the sender's confirmation; finish or cancel it first")
    try:
        approval = Approval.of(kind, terms, id_=turn.last.id, shown_at=turn.now)
    except TypeError as error:
        raise ConfigurationError(f"approval {kind}", f"terms are not JSON: {error}") from None
    options = options_for(approval, ctx.services.wording, turn.language)
    return ToolResult(
        data={"status": "waits_for_the_senders_approval"},
        turn=turn.evolve(session=turn.session.evolve(approval=approval)),
        say=(ButtonsMessage(content=summary, options=options),),
    )


def approved(*kinds: str) -> Precondition:
    """Return the precondition that the sender approves an action of these kinds in this turn."""

    def holds(ctx: ToolContext) -> bool:
        approval = open_approval(ctx.turn.session)
        decision = read_decision(ctx.turn)
        return (
            approval is not None
            and approval.kind in kinds
            and decision is not None
            and decision.action == "confirm"
            and not decision.stale
        )

    holds.__name__ = f"approved {' '.join(kinds)}"
    return holds


def approval_of(ctx: ToolContext) -> Approval:
    """Return the open action of this conversation. Raises ToolError when there is none."""
    approval = open_approval(ctx.turn.session)
    if approval is None:
        raise ToolError("no action waits for an approval")
    return approval


def carried_out(ctx: ToolContext, data: JsonObject, *say: Outbound) -> ToolResult:
    """Return the result of a tool that carried out the open action, which is then closed."""
    session = ctx.turn.session.evolve(approval=None)
    return ToolResult(data=data, turn=ctx.turn.evolve(session=session), say=say)
