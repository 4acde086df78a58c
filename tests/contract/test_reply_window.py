"""Messages to a sender whose 24-hour window is closed (reference/channels.md 1.7).

The real service on loopback, with a clock that the test moves and a Meta that enforces its window.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from lola.domain.events import CONSOLE_REPLY
from lola.domain.messages import EventContent, Inbound
from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.field.edge import Sender
from tests.support import ShiftedClock

NUMBER = "+15550100001"
REPLY = "Tu envío ya fue pagado."
INVITATION = "[seguir_chat:es]"


class Late:
    """A sender who wrote some time ago."""

    def __init__(self, harness, clock, edge):
        self.clock = clock
        self.service = harness.service
        self.graph = harness.sandbox.channel(GraphStub)
        self.edge = edge
        self.sender = harness.sender(NUMBER)

    async def write(self, text="hola"):
        self.graph.note_inbound(self.edge.digits)
        return await self.sender.say(text)

    async def staff_reply(self):
        """A staff reply enters the conversation."""
        event = EventContent(name=CONSOLE_REPLY, data={"text": REPLY, "staff": "ana"})
        inbound = Inbound(id=uuid4().hex, address=self.edge.address, content=event)
        await self.service.inbox.enqueue(inbound, "trace")

    @property
    def texts(self):
        return [received.text for received in self.sender.last_seen]

    async def shown(self, text, since=0):
        async def found():
            return text in self.texts[since:]

        await until(found)

    async def waits_for_a_person(self):
        async def waiting():
            ownership = await self.service.state.ownership.get(self.edge.conversation)
            return ownership if ownership.owner == "waiting" else None

        return await until(waiting)


@pytest.fixture
async def late(tmp_path):
    clock = ShiftedClock()
    settings = load_settings(port=0, lola_data=tmp_path)
    async with Harness(settings, clock=clock) as harness, Sender(harness, NUMBER) as edge:
        one = Late(harness, clock, edge)
        await one.write()
        clock.added = timedelta(hours=25)
        yield one


async def test_a_reply_waits_behind_an_invitation(late):
    """The template is sent instead; the reply comes first when the sender answers."""
    await late.staff_reply()
    await late.shown(INVITATION)
    assert REPLY not in late.texts
    since = len(late.texts)

    async def deferred():
        stored = await late.service.store.read(late.edge.conversation, limit=1)
        return stored.state["deferred"]

    await until(deferred)
    late.graph.note_inbound(late.edge.digits)
    await late.sender.device.say("sí, cuéntame")
    await late.shown(REPLY, since)
    assert late.texts[since] == REPLY


async def test_when_the_template_is_refused_too_a_person_is_told(late):
    """A paused template: a dead letter with its reason, and the conversation waits for a person."""
    late.graph.faults.add("132015")
    await late.staff_reply()
    assert (await late.waits_for_a_person()).reason == "LOLA-305 132015"
    (letter,) = await late.service.state.dead_letters.newest()
    assert letter.reason == "LOLA-305 132015"
    assert REPLY not in late.texts


async def test_a_closed_window_is_learned_from_the_status_report(late):
    """Accepted with 200, failed later with 131047: the invitation follows, then the reply."""
    late.clock.added = timedelta()
    await late.staff_reply()
    await late.shown(REPLY)
    (sent,) = [one for one in late.graph.sent if one.message.get("text", {}).get("body") == REPLY]
    row_id = sent.message["biz_opaque_callback_data"]
    assert await late.edge.report(row_id, sent.id, "failed", 131047) == 200
    since = len(late.texts)
    await late.shown(INVITATION)
    late.graph.note_inbound(late.edge.digits)
    await late.sender.device.say("hola")
    await late.shown(REPLY, since)
