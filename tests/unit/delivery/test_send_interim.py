"""What is said ahead of a turn in hand: before its answer, once, or not at all."""

from lola.delivery import Ownership
from tests.unit.delivery.workbench import answer, reply, texts


def ahead(work, text="un momento"):
    return answer(work, reply(text))


async def test_it_leaves_before_the_answer(bench):
    """The courier has it while the turn is still being worked on; the answer comes behind it."""
    await bench.say("hola")
    work = await bench.next()
    assert await bench.inbox.send_interim(work, ahead(work))
    await bench.send()
    assert bench.courier.texts == ["un momento"]
    assert await bench.inbox.commit(work, answer(work, reply("listo"))) == "idle"
    await bench.send()
    assert bench.courier.texts == ["un momento", "listo"]
    assert await bench.leftovers() == []


async def test_it_keeps_its_place_when_nothing_was_sent_yet(bench):
    """Replies of earlier turns first, then it, then the answer."""
    await bench.committed(reply("antes"))
    await bench.say("hola")
    work = await bench.next()
    await bench.inbox.send_interim(work, ahead(work))
    await bench.inbox.commit(work, answer(work, reply("listo")))
    await bench.send()
    assert bench.courier.texts == ["antes", "un momento", "listo"]


async def test_it_is_said_once_per_turn(bench):
    """Asked twice, or by a turn that is repeated after a crash with more messages in its burst."""
    await bench.say("hola")
    work = await bench.next()
    assert await bench.inbox.send_interim(work, ahead(work))
    assert not await bench.inbox.send_interim(work, ahead(work))
    await bench.say("¿sigues ahí?")
    again = await bench.inbox.reload(work)
    assert texts(again) == ["hola", "¿sigues ahí?"]
    assert not await bench.inbox.send_interim(again, ahead(again))
    await bench.send()
    assert bench.courier.texts == ["un momento"]


async def test_the_next_turn_may_say_it_again(bench):
    """Once per turn, not once for ever."""
    for word in ("uno", "dos"):
        await bench.say(word)
        work = await bench.next()
        assert await bench.inbox.send_interim(work, ahead(work))
        await bench.inbox.commit(work, answer(work))
    await bench.send()
    assert bench.courier.texts == ["un momento"] * 2


async def test_after_the_commit_it_is_too_late(bench):
    """Although the lease is still held for the next burst, it must not follow the answer."""
    await bench.say("uno")
    work = await bench.next()
    await bench.say("dos")
    assert await bench.inbox.commit(work, answer(work, reply("listo"))) == "more"
    assert not await bench.inbox.send_interim(work, ahead(work))
    following = await bench.inbox.reload(work)
    assert texts(following) == ["dos"]
    await bench.send()
    assert bench.courier.texts == ["listo"]


async def test_a_lost_lease_says_nothing(bench):
    """A worker that was paused too long is silent."""
    await bench.say("hola")
    work = await bench.next()
    await bench.lose_lease(work.conversation)
    assert not await bench.inbox.send_interim(work, ahead(work))
    await bench.send()
    assert bench.courier.texts == []


async def test_a_person_who_took_over_is_not_talked_over(bench):
    """The owner changed while the model was thinking."""
    await bench.say("hola")
    work = await bench.next()
    await bench.owners.set_owner(work.conversation, Ownership(owner="human", staff="ana"), 0)
    assert not await bench.inbox.send_interim(work, ahead(work))
