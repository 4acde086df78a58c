"""The written conversations on the offline model: goals reached, nothing wrong said, no extra call.

One service plays them all. Two broken services show that the checker bites.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from agents.tools import TOOLS
from agents.tools.preconditions import draft_exists
from lola.agent.loop import Agent
from lola.agent.tools import Tool, ToolContext, ToolResult, tool
from lola.conversation.router import ROUTES
from lola.models.chat import ChatModel, ModelReply, ModelRequest, ToolCall
from lola.models.offline import OfflineModel
from lola.safety.output.guard import OutputGuard, Verdict
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.runner import run_scenario
from lola.testing.scenario_report import is_reached, row_of
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenarios import Scenario, find_scenarios, load_scenarios

pytestmark = [pytest.mark.e2e]

FOLDER = Path(__file__).parents[1] / "scenarios"
WRITTEN = ("conversations", "held_back")
LEAST_SHARE = 0.95


def written() -> list[Scenario]:
    paths = find_scenarios([FOLDER / name for name in WRITTEN])
    return [scenario for path in paths for scenario in load_scenarios(path)]


async def played(harness: Harness, scenarios: list[Scenario]) -> list[ScenarioResult]:
    return [await run_scenario(harness, scenario) for scenario in scenarios]


@pytest.mark.timeout(1200)
async def test_the_written_conversations(tmp_path: Path) -> None:
    """Nothing wrong in any; nearly all reach their goal; one model call per turn without tools."""
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        results = await played(harness, written())
    assert [(one.scenario.name, one.wrong) for one in results if one.wrong] == []
    for language in ("es", "en"):
        row = row_of(language, [one for one in results if one.scenario.language == language])
        assert row.played >= 60
        missed = [one.scenario.name for one in results if not is_reached(one)]
        assert row.share >= LEAST_SHARE, missed
    assert {calls for one in results for calls in one.plain_calls} <= {0, 1}


QUOTED = Scenario.model_validate(
    {"name": "quoted", "steps": ["¿cuánto cobran por mandar 200 dólares a México en efectivo?"]}
)
UNCONFIRMED = Scenario.model_validate(
    {"name": "unconfirmed",
     "steps": ["200 dólares a Rosa Paz en México, efectivo, oxxo", "¿y cuánto tarda?"]}
)  # fmt: skip


class _Liar(OfflineModel):
    """Says another fee than the tool did."""

    async def complete(self, request: ModelRequest) -> ModelReply:
        reply = await super().complete(request)
        return replace(reply, text=reply.text.replace("3.99", "1.99"))


class _Blind(OutputGuard):
    """Lets everything pass."""

    def review(self, *_: object, **__: object) -> Verdict:
        return Verdict()


@tool(requires=(draft_exists,), exclusive=True)
async def rush(ctx: ToolContext) -> ToolResult:
    """Make the link without the sender's confirmation."""
    draft = ctx.turn.session.draft
    assert draft is not None
    confirmed = draft.confirmed_by(ctx.turn.last.id, ctx.turn.now)
    turn = ctx.turn.evolve(session=ctx.turn.session.evolve(draft=confirmed))
    step = await ctx.services.money.send(turn, confirmed.id)
    return ToolResult(data={"status": "link_sent"}, turn=step.turn, say=step.say, money=True)


class _Pushy(OfflineModel):
    """Reaches for the link as soon as there is a draft."""

    async def complete(self, request: ModelRequest) -> ModelReply:
        if "rush" in {schema.name for schema in request.tools}:
            return ModelReply(calls=(ToolCall(id="rush_1", name="rush"),))
        return await super().complete(request)


def break_it(harness: Harness, model: ChatModel, *more: Tool) -> None:
    """Give the running service a bad model behind a guard that sees nothing."""
    service = harness.service
    toolbox = {tool.name: tool for tool in TOOLS}
    router = service.conversation.router
    agents = {name: router.agent(name) for name in ROUTES}
    router.use(
        {
            name: Agent(
                agent.definition,
                model=model,
                tools=(*(toolbox[tool] for tool in agent.definition.tools), *more),
                retriever=service.retriever,
                guard=_Blind(),
                services=service.services,
            )
            for name, agent in agents.items()
        }
    )


async def test_the_checker_sees_a_wrong_figure(tmp_path: Path) -> None:
    """A model that changes the fee is caught from what the sender saw."""
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        assert (await run_scenario(harness, QUOTED)).wrong == []
        break_it(harness, _Liar())
        assert "1.99 has no source" in (await run_scenario(harness, QUOTED)).wrong


async def test_the_checker_sees_an_unconfirmed_link(tmp_path: Path) -> None:
    """A service that makes links without a confirmation is caught from what the sender did."""
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        assert (await run_scenario(harness, UNCONFIRMED)).wrong == []
        break_it(harness, _Pushy(), rush)
        wrong = (await run_scenario(harness, UNCONFIRMED)).wrong
    assert "a secure link came without the sender's confirmation" in wrong
