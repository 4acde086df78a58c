"""Several people at one conversation: notes, assigning, resolving, who is there, lost races."""

import pytest

from lola.domain.events import CONSOLE_HANDBACK, CONSOLE_RESOLVE
from tests.unit.console.test_conversation import put, text_of, words_of
from tests.unit.console.test_live import Stream, mark_of


@pytest.fixture
async def conversation(bank):
    conversation = await bank.turn()
    await bank.wait_for_person(conversation)
    return conversation


async def kinds_of(bank):
    return [record.kind for record in await bank.trail.newest()]


async def test_a_note_is_for_colleagues_and_never_leaves(ana, luis, bank, conversation):
    """It is on the page of everybody, marked as one, and nothing is in the inbox."""
    form = {"csrf": ana.csrf, "text": "Ya llamé a su banco"}
    async with ana.post(f"conversations/{conversation}/note", data=form) as answer:
        assert answer.status == 303
    words = words_of(await text_of(luis.get(f"conversations/{conversation}")))
    assert "Nota interna de ana" in words
    assert "Ya llamé a su banco El cliente no la ve." in words
    await bank.inbox.mailbox.prepare()
    assert list(await bank.inbox.mailbox.take("worker", 1)) == []
    assert "console.noted" in await kinds_of(bank)


async def test_a_note_tells_the_colleague_that_it_names_until_they_open_it(
    ana, luis, bank, conversation
):
    """Names are those of accounts; oneself and strangers are not told, an address is no name."""
    note = {"text": "@Luis, ¿lo ves tú? Copia a @ana, @nadie y x@eva"}
    async with ana.call(f"conversations/{conversation}/notes", note) as answer:
        assert answer.status == 201
    other = await bank.turn()
    assert f'href="/console/conversations/{conversation}"' in await text_of(luis.get("mentions"))
    for person in (ana,):
        assert conversation not in await text_of(person.get("mentions"))
    bank.clock.pass_(seconds=1)
    words = words_of(await text_of(luis.get(f"conversations/{conversation}")))
    assert "Avisa a: luis." in words
    assert conversation not in await text_of(luis.get("mentions"))
    assert other == conversation


@pytest.mark.parametrize(
    ("text", "refused"), [("", "empty"), (" \u200b", "empty"), ("a" * 1001, "too_long")]
)
async def test_a_note_of_nothing_or_of_too_much_is_refused(ana, conversation, text, refused):
    """By API and by form, with the reason."""
    note = ana.call(f"conversations/{conversation}/notes", {"text": text})
    assert refused in await text_of(note, status=422)
    form = {"csrf": ana.csrf, "text": text}
    page = await text_of(ana.post(f"conversations/{conversation}/note", data=form), status=422)
    assert 'role="alert"' in page


async def test_a_note_holds_no_card_and_belongs_to_a_conversation(ana, conversation):
    """What no chat may hold is taken out, and there is no note about nothing."""
    note = {"text": "su tarjeta es 4111 1111 1111 1111"}
    await text_of(ana.call(f"conversations/{conversation}/notes", note), status=201)
    assert "4111 1111" not in await text_of(ana.get(f"conversations/{conversation}"))
    unknown = f"whatsapp-{'0' * 24}"
    await text_of(ana.call(f"conversations/{unknown}/notes", {"text": "x"}), status=404)


async def test_a_hand_back_takes_a_note_along(ana, bank, conversation):
    """The note is in the event, screened; one that is too long keeps the conversation."""
    page = f"conversations/{conversation}"
    await text_of(ana.call(f"{page}/take-over"))
    await text_of(ana.call(f"{page}/hand-back", {"note": "a" * 501}), status=422)
    assert (await bank.actions.ownership(conversation)).owner == "human"
    note = "Acordamos enviar mañana. Tarjeta 4111 1111 1111 1111"
    await text_of(ana.call(f"{page}/hand-back", {"note": note}))
    event = (await bank.next_work()).envelopes[0].inbound.content
    assert event.name == CONSOLE_HANDBACK
    assert event.data["note"].startswith("Acordamos enviar mañana.")
    assert "4111 1111" not in event.data["note"]


async def test_a_case_is_resolved_with_a_reason_of_the_list(ana, luis, bank, conversation):
    """The reason is in the event and in the audit trail; another word or another person is not."""
    page = f"conversations/{conversation}"
    await text_of(ana.call(f"{page}/take-over"))
    assert "reason" in await text_of(ana.call(f"{page}/resolve", {"reason": "zz"}), status=422)
    await text_of(luis.call(f"{page}/resolve", {"reason": "answered"}), status=409)
    form = {"csrf": ana.csrf, "reason": "answered"}
    async with ana.post(f"{page}/resolve", data=form) as answer:
        assert answer.status == 303
    assert (await bank.actions.ownership(conversation)).owner == "bot"
    event = (await bank.next_work()).envelopes[0].inbound.content
    assert (event.name, event.data) == (CONSOLE_RESOLVE, {"staff": "ana", "reason": "answered"})
    (record,) = [one for one in await bank.trail.newest() if one.kind == "escalation.resolved"]
    assert (record.body["staff"], record.body["reason"]) == ("ana", "answered")


async def test_a_conversation_is_assigned_by_its_owner_or_a_supervisor(
    ana, luis, eva, bank, conversation
):
    """Who waits may be given to anybody by anybody; what a colleague has only by a supervisor."""
    page = f"conversations/{conversation}"
    await text_of(ana.call(f"{page}/assign", {"to": "luis"}))
    assert (await bank.actions.ownership(conversation)).staff == "luis"
    await text_of(ana.call(f"{page}/assign", {"to": "ana"}), status=409)
    await text_of(eva.call(f"{page}/assign", {"to": "ana"}))
    await text_of(luis.call(f"{page}/reply", {"text": "hola"}), status=409)
    async with ana.post(f"{page}/assign", data={"csrf": ana.csrf, "to": "luis"}) as answer:
        assert answer.status == 303
    owner = await bank.actions.ownership(conversation)
    assert (owner.staff, owner.reason) == ("luis", "asked")
    await text_of(ana.call(f"{page}/assign", {"to": "nadie"}), status=422)
    kinds = await kinds_of(bank)
    assert kinds.count("escalation.assigned") == 3
    assert kinds.count("escalation.assign_refused") == 1


async def test_the_transcript_says_who_took_over_and_who_assigned(ana, luis, bank, conversation):
    """Once each, also when somebody takes over what is theirs already."""
    page = f"conversations/{conversation}"
    for _ in range(2):
        await text_of(ana.call(f"{page}/take-over"))
    bank.clock.pass_(seconds=1)
    await text_of(ana.call(f"{page}/assign", {"to": "luis"}))
    words = words_of(await text_of(luis.get(page)))
    assert words.count("ana tomó la conversación") == 1
    assert "ana asignó la conversación a luis" in words


async def test_a_lost_race_says_who_was_faster_and_keeps_the_words(ana, luis, eva, conversation):
    """A reply after the conversation went to a colleague comes back whole, with their name."""
    page = f"conversations/{conversation}"
    await text_of(ana.call(f"{page}/take-over"))
    await text_of(eva.call(f"{page}/assign", {"to": "luis"}))
    form = {"csrf": ana.csrf, "text": "Mi respuesta larga", "once": "1"}
    words = words_of(await text_of(ana.post(f"{page}/reply", data=form), status=409))
    assert "luis took the conversation before you." in words
    assert "kept and not sent: Mi respuesta larga" in words


@pytest.fixture
async def follow():
    answers = []

    async def follow(person, path):
        answer = await person.get(path)
        answers.append(answer)
        return Stream(answer)

    yield follow
    for answer in answers:
        answer.close()


async def test_an_open_page_says_who_else_looks_and_types(ana, luis, bank, conversation, follow):
    """Presence comes with an open page, and goes when nothing was heard for half a minute."""
    mark = await mark_of(bank, conversation)
    anas = await follow(ana, f"live/{conversation}?since={mark}")
    await follow(luis, f"live/{conversation}?since={mark}")
    assert await anas.next() == ("presence", "<p>luis is looking at this conversation</p>", _any())
    await text_of(luis.call(f"conversations/{conversation}/take-over"))
    assert (await anas.next())[0] == "transcript"
    assert (await anas.next())[0] == "actions"
    await text_of(put(luis, f"conversations/{conversation}/draft", {"text": "Hola"}))
    assert (await anas.next())[1] == "<p>luis is typing</p>"
    bank.clock.pass_(seconds=9)
    assert (await anas.next())[1] == "<p>luis is looking at this conversation</p>"
    page = await text_of(ana.get(f"conversations/{conversation}"))
    assert "luis is looking at this conversation" in page


async def test_a_note_reaches_open_pages(ana, luis, bank, conversation, follow):
    """A colleague reads it without a reload."""
    anas = await follow(ana, f"live/{conversation}?since={await mark_of(bank, conversation)}")
    await text_of(luis.call(f"conversations/{conversation}/notes", {"text": "ojo"}), status=201)
    event, html, _ = await anas.next()
    assert event == "transcript"
    assert "Internal note by luis" in html


class _any:  # noqa: N801 - reads as a value
    def __eq__(self, other):
        return True

    __hash__ = None
