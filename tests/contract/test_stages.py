"""What the pipeline promises a bank, tried on the service itself (docs/pipeline.md).

A stage that protects money, consent or a takeover cannot be removed or put behind the agent by a
setting. A stage of the bank's own sees what it declares, and the bot stays silent all the same.
"""

from functools import partial
from uuid import uuid4

import pytest

from lola.app import Service
from lola.app.loading import load
from lola.conversation.order import arrange
from lola.domain.events import LINK_OPENED
from lola.domain.messages import EventContent, Inbound, MessageId
from lola.errors import ConfigurationError
from lola.escalation.staff_actions import StaffActions
from lola.settings import DEFAULT_MIDDLEWARE, load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.contract.own_stages import SHOUT, Plain, Watcher

ENTRIES = arrange(DEFAULT_MIDDLEWARE, partial(load, "MIDDLEWARE"))
PROTECTED = [entry for entry in ENTRIES if entry.protects]
OWN = ("tests.contract.own_stages.Watcher", "tests.contract.own_stages.Plain")


async def refusal(tmp_path, *middleware: str) -> str:
    """Start the service with this list, and return why it does not start."""
    service = Service(load_settings(port=0, lola_data=tmp_path, middleware=middleware))
    with pytest.raises(ConfigurationError) as caught:
        await service.__aenter__()
    return str(caught.value)


@pytest.mark.parametrize("protected", PROTECTED, ids=lambda entry: entry.name)
async def test_no_setting_removes_a_stage_that_protects(tmp_path, protected) -> None:
    """The service does not start, and says which stage is missing and what for."""
    rest = (entry.setting for entry in ENTRIES if entry is not protected)
    message = await refusal(tmp_path, *rest)
    assert f"MIDDLEWARE: {protected.name} cannot be removed: {protected.protects}" in message


@pytest.mark.parametrize(
    "protected",
    [entry for entry in PROTECTED if entry.name != "Agent"],
    ids=lambda entry: entry.name,
)
async def test_no_setting_puts_it_behind_the_agent(tmp_path, protected) -> None:
    """The service does not start, and says which stage is misplaced and what it is for."""
    rest = (entry.setting for entry in ENTRIES if entry is not protected)
    message = await refusal(tmp_path, *rest, protected.setting)
    assert f"{protected.name} cannot be behind Agent: {protected.protects}" in message


@pytest.mark.parametrize("name", ["PayhubAuth", "Compliance", "CommandsAuth"])
async def test_a_list_of_dotted_names_cannot_leave_one_out(tmp_path, name) -> None:
    """Identity, verdict and the testers' commands are not optional in the short form either."""
    (left_out,) = (entry.setting for entry in ENTRIES if entry.name == name)
    rest = (dotted for dotted in DEFAULT_MIDDLEWARE if dotted != left_out)
    assert f"{name} cannot be removed" in await refusal(tmp_path, *rest)


@pytest.fixture
async def harness(tmp_path):
    Watcher.book.lines.clear()
    Plain.book.lines.clear()
    settings = load_settings(
        port=0, lola_data=tmp_path, retriever="", middleware=(*OWN, *DEFAULT_MIDDLEWARE)
    )
    async with Harness(settings) as running:
        yield running


async def test_a_banks_stage_sees_what_it_declares_and_the_bot_stays_silent(harness) -> None:
    """Messages, an event, a takeover and an opted-out sender's messages, each once, in order.

    The stage answers and adds to every reply there; none of it reaches the sender.
    """
    sender = harness.sender("+15550100001")
    await sender.say("hola")

    service = harness.service
    event = EventContent(name=LINK_OPENED, data={"ticket": "unknown"})
    await service.inbox.enqueue(
        Inbound(id=MessageId(uuid4().hex), address=sender.address, content=event), "trace"
    )
    await until(partial(_has, ("events", LINK_OPENED)))

    staff = StaffActions(
        service.inbox,
        service.state.ownership,
        service.store,
        service.clock,
        is_opted_out=service.consent.is_opted_out,
    )
    await staff.take_over(sender.conversation, "ana")
    assert (await sender.say("¿quién es?")).route == "human"

    stopped = await sender.say("BAJA")
    assert (stopped.route, len(stopped.replies)) == ("consent", 1)
    assert (await sender.say("gracias")).replies == ()

    assert Watcher.book.lines == [
        ("messages", "hola"),
        ("events", LINK_OPENED),
        ("taken_over", "¿quién es?"),
        ("opted_out", "BAJA"),
        ("opted_out", "gracias"),
    ]
    assert Plain.book.lines == [("messages", "hola")]
    assert SHOUT.content not in [received.text for received in sender.last_seen]


async def test_a_staff_reply_reaches_the_sender_as_it_was_written(harness) -> None:
    """A stage that sees events cannot change what staff wrote."""
    sender = harness.sender("+15550100001")
    await sender.say("hola")
    service = harness.service
    staff = StaffActions(
        service.inbox,
        service.state.ownership,
        service.store,
        service.clock,
        is_opted_out=service.consent.is_opted_out,
    )
    await staff.take_over(sender.conversation, "ana")
    await staff.reply(sender.conversation, "ana", "Soy Ana, del banco.", once="1")
    report = await sender.event("")
    assert [reply.text for reply in report.replies] == ["Soy Ana, del banco."]


async def _has(seen: tuple[str, str]) -> bool:
    return seen in Watcher.book.lines
