"""Open pages keep themselves up to date by server-sent events."""

import asyncio

import pytest

from tests.unit.escalation.support import address


class Stream:
    """A browser's view of one stream: events as (name, data, id)."""

    def __init__(self, answer):
        self.answer = answer

    async def next(self):
        fields = {"data": []}
        async with asyncio.timeout(120):
            while line := (await self.answer.content.readline()).decode().rstrip("\n"):
                name, _, value = line.partition(": ")
                if name == "data":
                    fields["data"].append(value)
                else:
                    fields[name] = value
        return fields.get("event"), "\n".join(fields["data"]), fields.get("id")

    async def ended(self):
        async with asyncio.timeout(120):
            return await self.answer.content.read() == b""


@pytest.fixture
async def follow():
    answers = []

    async def follow(person, path, **headers):
        answer = await person.get(path, headers=headers)
        answers.append(answer)
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        return Stream(answer)

    yield follow
    for answer in answers:
        answer.close()


async def mark_of(bank, conversation):
    stored = await bank.store.read(conversation)
    return f"{stored.version}.{(await bank.actions.ownership(conversation)).epoch}"


async def test_a_new_message_reaches_the_open_page_escaped(ana, bank, follow):
    """The transcript comes as soon as the turn is committed, and only then."""
    conversation = await bank.turn()
    mark = await mark_of(bank, conversation)
    stream = await follow(ana, f"live/{conversation}?since={mark}")
    await bank.turn(text="¿sigues ahí? <b>1 < 2</b>")
    event, html, mark = await stream.next()
    assert event == "transcript"
    assert "¿sigues ahí? &lt;b&gt;1 &lt; 2&lt;/b&gt;" in html
    assert mark == await mark_of(bank, conversation)


async def test_the_actions_change_when_a_colleague_takes_over(ana, bank, follow):
    """The button goes away on every open page, with the name of who was faster."""
    conversation = await bank.turn()
    mark = await mark_of(bank, conversation)
    stream = await follow(ana, f"live/{conversation}?since={mark}")
    await bank.actions.take_over(conversation, "luis")
    assert (await stream.next())[0] == "transcript"
    event, html, _ = await stream.next()
    assert event == "actions"
    assert "luis has this conversation." in html
    assert "take-over" not in html


async def test_a_browser_that_comes_back_gets_only_what_it_missed(ana, bank, follow):
    """The id of the last event says what the browser has; a stream starts from there."""
    conversation = await bank.turn()
    old = await mark_of(bank, conversation)
    await bank.turn(text="mientras no estabas")
    headers = {"Last-Event-ID": old}
    stream = await follow(ana, f"live/{conversation}?since=0.0", **headers)
    event, html, _ = await stream.next()
    assert event == "transcript"
    assert "mientras no estabas" in html
    await bank.actions.take_over(conversation, "ana")
    assert (await stream.next())[0] == "transcript"


async def test_the_queue_page_learns_of_a_new_wait(ana, bank, follow):
    """A sender who waits is shown without a reload."""
    stream = await follow(ana, "live/queue")
    assert "Nobody is waiting" in (await stream.next())[1]
    conversation = await bank.turn(address("0007"))
    await bank.wait_for_person(conversation)
    event, html, _ = await stream.next()
    assert event == "queue"
    assert conversation in html


async def test_a_stream_ends_with_its_sign_in(ana, bank, staff, follow):
    """A disabled person sees nothing more, not even on a page that is open."""
    conversation = await bank.turn()
    mark = await mark_of(bank, conversation)
    stream = await follow(ana, f"live/{conversation}?since={mark}")
    await staff.disable("ana")
    assert (await stream.next())[0] == "signed-out"
    assert await stream.ended()


async def test_streams_end_when_the_service_stops(ana, bank, server, follow):
    """An open page never holds up a shutdown."""
    stream = await follow(ana, "live/queue")
    await stream.next()
    async with asyncio.timeout(120):
        await server.close()
    assert await stream.ended()
