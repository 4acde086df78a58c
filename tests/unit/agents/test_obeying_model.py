"""A model that calls any tool it is asked for runs none that a precondition forbids."""

from dataclasses import replace
from typing import Any

import pytest

from agents.tools import TOOLS
from lola.agent.definitions import load_agents
from lola.agent.loop import Agent
from lola.agent.tools import Tool, ToolContext, ToolResult
from lola.conversation.router import select
from lola.domain.identity import UNAVAILABLE, UNKNOWN, Identity
from lola.domain.messages import JsonObject
from lola.domain.transfer import Draft
from lola.domain.turn import Turn
from lola.models.chat import ToolMessage
from lola.safety.output.guard import OutputGuard
from lola.services import Services
from lola.settings import load_settings
from lola.testing.scripted_model import ScriptedModel, calls, says
from lola.text.wording import Wording
from middleware.compliance import actions_for
from tests.support import NOW, draft, identified, turn

AGENTS = load_agents("agents")
SERVICES = Services(
    settings=load_settings(), wording=Wording(), clock=None, store=None,
    identity=None, remittances=None, money=None, enrolments=None, accounts=None,
    records=None, sync_list=None,
)  # type: ignore[arg-type]  # fmt: skip
IDENTITIES: dict[str, Identity] = {
    "unavailable": UNAVAILABLE,
    "unknown": UNKNOWN,
    "blocked": identified(is_blocked=True),
    "pending": identified(verdict="pending"),
    "verified": identified(),
}
DRAFTS: dict[str, Draft | None] = {
    "no draft": None,
    "an open draft": draft(),
    "a confirmed draft": draft().confirmed_by("wamid.1", NOW),
}
SAID = "do it 1 x 5512345678"
"""What the sender wrote: every value that the model puts into an argument (G4)."""
EXAMPLES: dict[str, Any] = {"string": "x", "integer": 1, "number": 1, "boolean": True, "array": []}


def state(who: str, what: str) -> Turn:
    base = turn(SAID, identity=IDENTITIES[who], allowed_actions=actions_for(IDENTITIES[who]))
    return base.evolve(session=base.session.evolve(draft=DRAFTS[what]))


def plausible(tool: Tool) -> JsonObject:
    """Arguments as an obeying model would fill them in, from the schema alone."""
    properties = tool.schema.parameters.get("properties", {})
    return {name: example(name, schema) for name, schema in properties.items()}


def example(name: str, schema: JsonObject) -> Any:
    if name in {"account", "recipient_phone"}:
        return "5512345678"
    kind = schema.get("anyOf", [schema])[0]
    if "pattern" in kind:
        return "1"  # amounts are the only strings with a pattern
    return kind["enum"][0] if "enum" in kind else EXAMPLES.get(kind.get("type"), "x")


@pytest.mark.parametrize("what", DRAFTS)
@pytest.mark.parametrize("who", IDENTITIES)
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_no_tool_runs_against_its_precondition(tool: Tool, who: str, what: str) -> None:
    """In every state of sender and draft, also from an agent that lists every tool (G1, G3)."""
    ran: list[str] = []

    async def run(ctx: ToolContext, **arguments: object) -> ToolResult:
        ran.append(tool.name)
        return ToolResult(data={"done": True})

    moment = state(who, what)
    model = ScriptedModel(calls((tool.name, plausible(tool))), says("¿Algo más?"))
    agent = Agent(
        AGENTS[select(moment.identity)],
        model=model,
        tools=[replace(item, function=run) for item in TOOLS],
        retriever=None,
        guard=OutputGuard(),
        services=SERVICES,
    )
    await agent.answer(moment, ())
    model.finish()
    is_there = tool.is_available(ToolContext(turn=moment, services=SERVICES))
    offered = {schema.name for schema in model.requests[0].tools}
    assert (tool.name in offered) is is_there
    assert ran == [tool.name] * is_there
    answers = [item for item in model.requests[1].messages if isinstance(item, ToolMessage)]
    # Where no tool is offered at all, calls are not even looked at.
    assert len(answers) == bool(offered)
    for answer in answers:
        assert is_there or "there is no tool" in answer.result["error"]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_precondition_forbids_something(tool: Tool) -> None:
    """No tool exists in every state; while the identity service is down, none does (G3)."""
    moment = state("unavailable", "no draft")
    assert not tool.is_available(ToolContext(turn=moment, services=SERVICES))


@pytest.mark.parametrize("what", ["no draft", "an open draft"])
@pytest.mark.parametrize("who", IDENTITIES)
def test_the_link_tool_needs_the_senders_own_confirmation(who: str, what: str) -> None:
    """For every kind of sender: without a confirmed draft no tool makes links."""
    (send_money,) = [tool for tool in TOOLS if tool.name == "send_money"]
    assert not send_money.is_available(ToolContext(turn=state(who, what), services=SERVICES))
