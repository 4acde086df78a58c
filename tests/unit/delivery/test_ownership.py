"""Who may speak: changed by compare-and-set, checked in the commit."""

import asyncio

from lola.delivery import Ownership
from tests.unit.delivery.workbench import address, answer, reply

ME = address().conversation


async def test_a_new_conversation_is_the_bots(bench):
    """That is so without anything being set."""
    assert await bench.owners.get(ME) == Ownership(owner="bot", epoch=0)
    assert await bench.owners.handoff_queue() == ()


async def test_of_ten_people_who_reach_for_it_one_gets_it(bench):
    """The epoch decides; the others get None."""
    answers = await asyncio.gather(
        *(bench.owners.set_owner(ME, Ownership(owner="human", staff=f"s{n}"), 0) for n in range(10))
    )
    (winner,) = [item for item in answers if item]
    assert winner.epoch == 1
    assert winner.since == bench.clock.now
    assert await bench.owners.get(ME) == winner


async def test_the_handoff_queue_lists_the_longest_wait_first(bench):
    """What the bot owns is not in it; what it gets back leaves it."""
    names = [address(f"+52{n}").conversation for n in range(3)]
    for name in names:
        await bench.owners.set_owner(name, Ownership(owner="waiting", reason="asked"), 0)
        bench.clock.advance(60)
    await bench.owners.set_owner(names[1], Ownership(owner="bot"), 1)
    queue = await bench.owners.handoff_queue()
    assert [name for name, _ in queue] == [names[0], names[2]]
    assert queue[0][1].reason == "asked"


async def test_a_turn_that_started_under_another_owner_is_not_committed(bench):
    """A person took over while the model was thinking: nothing of the turn becomes true."""
    await bench.say("hola")
    work = await bench.next()
    await bench.owners.set_owner(ME, Ownership(owner="human", staff="ana"), 0)
    assert await bench.inbox.commit(work, answer(work, reply("tarde"))) == "ownership"
    again = await bench.inbox.reload(work)
    assert (again.version, again.ownership.staff) == (0, "ana")
    assert await bench.inbox.commit(again, answer(again)) == "idle"
    await bench.send()
    assert bench.courier.rows == []


async def test_an_escalation_is_part_of_the_commit(bench):
    """Owner, epoch and handoff queue change in the same step as state and replies."""
    await bench.committed(
        reply("le paso a una persona", author="code"),
        reply("y otra cosa"),
        escalate=Ownership(owner="waiting", reason="asked"),
    )
    ownership = await bench.owners.get(ME)
    assert (ownership.owner, ownership.epoch, ownership.reason) == ("waiting", 1, "asked")
    assert ownership.since == bench.clock.now
    assert len(await bench.owners.handoff_queue()) == 1
    await bench.send()
    assert bench.courier.texts == ["le paso a una persona"]


async def test_the_bot_may_speak_in_the_step_that_gives_it_the_conversation(bench):
    """A row answers to the owner that its own commit leaves behind."""
    await bench.owners.set_owner(ME, Ownership(owner="waiting"), 0)
    await bench.committed(reply("sigo yo"), escalate=Ownership(owner="bot"))
    await bench.send()
    assert bench.courier.texts == ["sigo yo"]
