"""The tools that send the links to register, to be verified and to add a card, as any model may
call them.
"""

from dataclasses import replace

import pytest

from agents.tools import TOOLS
from lola.agent.definitions import load_agents
from lola.agent.loop import Agent
from lola.conversation.handoff import Handoff
from lola.conversation.router import select
from lola.conversation.stages.enrolment_events import EnrolmentEvents
from lola.domain.clock import system_clock
from lola.domain.events import ENROLMENT_CHECK
from lola.domain.identity import UNKNOWN, Identity
from lola.domain.messages import EventContent, LinkMessage
from lola.domain.turn import Turn
from lola.money.doubts import PAUSES
from lola.safety.output.guard import OutputGuard
from lola.testing.harness import Harness
from lola.testing.scripted_model import ScriptedModel, calls
from lola.text.languages import LANGUAGES
from middleware.compliance import actions_for
from tests.support import HUMAN, turn

pytestmark = [pytest.mark.asyncio(loop_scope="module")]

AGENTS = load_agents("agents")
EXPECTED = {
    "new": ("start_registration", "register"),
    "pending": ("start_verification", "verify"),
    "verified": ("add_card", "add_card"),
}


async def turn_of(harness: Harness, kind: str, language: str) -> Turn:
    """Return a turn of an unused sender whom the bank knows as this kind."""
    phone = harness.new_number(kind)
    user = await harness.service.services.identity.find_sender(phone)
    identity = Identity(status="identified", user=user) if user else UNKNOWN
    now = system_clock()
    return turn(
        "x",
        identity=identity,
        allowed_actions=actions_for(identity),
        phone=phone,
        language=language,
        now=now,
        accepted_at=now,
    )


def agent_of(harness: Harness, about: Turn, model: ScriptedModel) -> Agent:
    definition = AGENTS[select(about.identity)]
    return Agent(
        definition,
        model=model,
        tools=tuple(tool for tool in TOOLS if tool.name in definition.tools),
        retriever=None,
        guard=OutputGuard(),
        services=harness.service.services,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", EXPECTED)
async def test_any_model_sends_the_link_by_its_tool(
    harness: Harness, kind: str, language: str
) -> None:
    """Code writes the message and ends the turn; the model adds nothing and sees no address."""
    name, purpose = EXPECTED[kind]
    about = await turn_of(harness, kind, language)
    model = ScriptedModel(calls((name, {})))
    result = await agent_of(harness, about, model).answer(about, ())
    model.finish()
    (message,) = result.say
    assert isinstance(message, LinkMessage)
    assert message.links[0].url.startswith(f"{harness.service.settings.public_url}/l/")
    (enrolment,) = result.turn.session.enrolments
    assert (enrolment.purpose, enrolment.status) == (purpose, "link_sent")
    assert result.turn.audit[-1]["to"] == "link_sent"
    assert [trace.name for trace in result.tools] == [name]
    offered = {schema.name for schema in model.requests[0].tools}
    assert offered & {tool for tool, _ in EXPECTED.values()} == {name}


@pytest.mark.parametrize("is_last", [False, True])
async def test_a_review_without_an_end_calls_a_person(harness: Harness, is_last: bool) -> None:
    """Another attempt is set in silence; after the last one sender and staff are told."""
    about = await turn_of(harness, "pending", "es")
    services = harness.service.services
    step = await services.enrolments.start(about, "verify")
    (sent,) = step.turn.session.enrolments
    session = step.turn.session.with_enrolment(replace(sent, status="in_review"))
    events = EnrolmentEvents(services.enrolments, Handoff(services.wording))
    attempt = len(PAUSES) - 1 if is_last else 0
    event = EventContent(name=ENROLMENT_CHECK, data={"ticket": sent.id, "attempt": attempt})
    result = await events.checked(step.turn.evolve(session=session), event)
    assert (result.escalate is not None, len(result.later)) == (is_last, 0 if is_last else 1)
    said = [message.content for message in result.messages]
    assert said == ([services.wording("enrolment.unresolved", "es")] if is_last else [])


async def test_an_ended_link_is_not_told_beside_staff(harness: Harness) -> None:
    """The bot keeps quiet while a colleague has the conversation; the link ends all the same."""
    about = await turn_of(harness, "pending", "es")
    services = harness.service.services
    step = await services.enrolments.start(about, "verify")
    (sent,) = step.turn.session.enrolments
    beside = turn("x", ownership=HUMAN).evolve(session=step.turn.session, phone=about.phone)
    events = EnrolmentEvents(services.enrolments, Handoff(services.wording))
    data = {"ticket": sent.id}
    result = await events.ended(beside, EventContent(name="timer.enrolment.expired", data=data))
    assert result.messages == ()
    assert result.turn.session.enrolments[0].status == "expired"
