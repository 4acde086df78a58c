"""What happens to words for a sender whose 24 hours are over (reference/channels.md 1.7).

The real service on loopback, with a clock that the test moves and a Meta that keeps its window.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from lola.domain.messages import EventContent, Inbound
from lola.escalation.staff_actions import REPLY_EVENT
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.field.edge import Sender
from tests.support import ShiftedClock

NUMBER = "+15550100001"
NEWS = "Tu envío ya fue pagado."
INVITATION = "[seguir_chat:es]"


class Late:
    """A sender who wrote a while ago."""

    def __init__(self, harness, clock, edge):
        self.clock = clock
        self.service = harness.service
        self.graph = harness.sandbox.graph
        self.edge = edge
        self.sender = harness.sender(NUMBER)

    async def write(self, text="hola"):
        self.graph.note_inbound(self.edge.digits)
        return await self.sender.say(text)

    async def news(self):
        """A colleague's words enter the conversation."""
        event = EventContent(name=REPLY_EVENT, data={"text": NEWS, "staff": "ana"})
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
            ownership = await self.service.inbox.ownership(self.edge.conversation)
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


async def test_news_waits_behind_an_invitation(late):
    """The template goes out in its place, and the news is the first thing said on an answer."""
    await late.news()
    await late.shown(INVITATION)
    assert NEWS not in late.texts
    since = len(late.texts)

    async def owed():
        stored = await late.service.store.read(late.edge.conversation, limit=1)
        return stored.state["owed"]

    await until(owed)
    late.graph.note_inbound(late.edge.digits)
    await late.sender.device.say("sí, cuéntame")
    await late.shown(NEWS, since)
    assert late.texts[since] == NEWS


async def test_when_not_even_the_template_is_taken_a_person_is_told(late):
    """A paused template: dead letter with its reason, and the conversation waits at the desk."""
    late.graph.faults.add("132015")
    await late.news()
    assert (await late.waits_for_a_person()).reason == "LOLA-305 132015"
    (letter,) = await late.service.inbox.dead_letters()
    assert letter.reason == "LOLA-305 132015"
    assert NEWS not in late.texts


async def test_a_window_that_closed_behind_our_back_is_learned_from_the_report(late):
    """Taken with 200, failed with 131047 later: the invitation follows, and then the news."""
    late.clock.added = timedelta()
    await late.news()
    await late.shown(NEWS)
    (sent,) = [one for one in late.graph.sent if one.message.get("text", {}).get("body") == NEWS]
    row_id = sent.message["biz_opaque_callback_data"]
    assert await late.edge.report(row_id, sent.id, "failed", 131047) == 200
    since = len(late.texts)
    await late.shown(INVITATION)
    late.graph.note_inbound(late.edge.digits)
    await late.sender.device.say("hola")
    await late.shown(NEWS, since)
