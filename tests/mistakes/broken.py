"""Services without one of their guards, to prove that the checks find what they are for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agents.tools import transfers
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.conversation.router import ROUTES
from lola.testing.harness import Harness
from tests.adversary.broken import without_checks


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is changed, a mistake that comes out then, and the rules that it breaks."""

    apply: Callable[[Harness], None]
    mistake: str
    rules: frozenset[str]


@tool(exclusive=True)
async def send_money(ctx: ToolContext, draft_id: str) -> ToolResult:
    """Take the model's call for the sender's yes."""
    turn, draft = ctx.turn, ctx.turn.session.draft
    if draft is not None:
        confirmed = draft.confirmed_by(turn.last.id, turn.now)
        turn = turn.evolve(session=turn.session.evolve(draft=confirmed))
    step = await ctx.services.money.send(turn, draft_id)
    return ToolResult(data={"status": "link_sent"}, turn=step.turn, say=step.say, money=True)


def _model_confirms(harness: Harness) -> None:
    for route in ROUTES:
        agent = harness.service.conversation.router.agent(route)
        agent.tools = tuple(
            send_money if item is transfers.send_money else item for item in agent.tools
        )


BROKEN: Mapping[str, Design] = {
    "no guard of replies": Design(
        apply=without_checks("leak", "claims", "numbers", "links", "language"),
        mistake="invented_rate",
        rules=frozenset({"fact", "said"}),
    ),
    "the model confirms": Design(
        apply=_model_confirms, mistake="confirms_itself", rules=frozenset({"fact", "unconfirmed"})
    ),
}
