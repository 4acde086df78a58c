"""Taking over, replying and handing back over HTTP, by form and by API."""

import re

import pytest

from tests.unit.escalation.support import address


@pytest.fixture
async def conversation(bank):
    conversation = await bank.turn()
    await bank.wait_for_person(conversation)
    return conversation


async def status_of(answering):
    async with answering as answer:
        return answer.status


@pytest.mark.parametrize("action", ["take-over", "reply", "hand-back"])
async def test_without_the_token_nothing_changes(ana, bank, conversation, action):
    """The cookie alone is not enough; neither is a wrong token or one in the address."""
    before = await bank.actions.ownership(conversation)
    path = f"conversations/{conversation}/{action}"
    assert await status_of(ana.post(path, data={"text": "hola"})) == 403
    assert await status_of(ana.post(path, data={"text": "hola", "csrf": "guess"})) == 403
    assert await status_of(ana.post(f"{path}?csrf={ana.csrf}", data={"text": "hola"})) == 403
    assert await status_of(ana.post(f"api/{path}", json={"text": "hola"})) == 403
    assert await status_of(ana.post(f"api/{path}", json={"text": "hola", "csrf": ana.csrf})) == 403
    assert await bank.actions.ownership(conversation) == before


async def test_the_token_of_a_colleague_is_no_token(ana, luis, conversation):
    """Tokens belong to one sign-in."""
    ana.csrf = luis.csrf
    assert await status_of(ana.call(f"conversations/{conversation}/take-over")) == 403


async def test_the_api_takes_over_replies_and_hands_back(ana, bank, conversation):
    """Every step of a script, with its result."""
    async with ana.call(f"conversations/{conversation}/take-over") as answer:
        assert (answer.status, await answer.json()) == (
            200,
            {"owner": "human", "staff": "ana", "epoch": 2},
        )
    async with ana.call(f"conversations/{conversation}/reply", {"text": "Hola"}) as answer:
        assert answer.status == 202
        assert (await answer.json())["duplicate"] is False
    work = await bank.next_work()
    assert work.envelopes[0].inbound.content.data == {"text": "Hola", "staff": "ana"}
    async with ana.call(f"conversations/{conversation}/hand-back") as answer:
        assert (answer.status, await answer.json()) == (
            200,
            {"owner": "bot", "staff": "", "epoch": 3},
        )


async def test_a_second_person_gets_a_conflict_with_the_name_of_the_first(ana, luis, conversation):
    """409 with who has it, on the API and on the page."""
    assert await status_of(ana.call(f"conversations/{conversation}/take-over")) == 200
    async with luis.call(f"conversations/{conversation}/take-over") as answer:
        assert (answer.status, await answer.json()) == (
            409,
            {"error": "conflict", "owner": "human", "by": "ana"},
        )
    form = {"csrf": luis.csrf}
    async with luis.post(f"conversations/{conversation}/take-over", data=form) as answer:
        assert answer.status == 409
        assert "ana tomó la conversación antes que usted." in await answer.text()


async def test_a_person_reads_what_was_taken_out_of_their_reply(ana, conversation):
    """The API names it, and the page that follows the form says why."""
    await status_of(ana.call(f"conversations/{conversation}/take-over"))
    card = {"text": "mi tarjeta 4111 1111 1111 1111 cvv 123"}
    async with ana.call(f"conversations/{conversation}/reply", card) as answer:
        assert (await answer.json())["removed"] == ["data"]
    form = {"csrf": ana.csrf, "text": "entre a evil.example", "once": "2"}
    async with ana.post(f"conversations/{conversation}/reply", data=form) as answer:
        address = answer.headers["Location"].removeprefix("/console/")
    async with ana.get(address) as answer:
        assert "Only links to approved sites leave" in await answer.text()


async def test_a_reply_needs_ownership_and_what_was_typed_is_not_lost(ana, luis, conversation):
    """The page is shown again with the text still in it."""
    await status_of(ana.call(f"conversations/{conversation}/take-over"))
    assert await status_of(luis.call(f"conversations/{conversation}/reply", {"text": "x"})) == 409
    form = {"csrf": ana.csrf, "text": "a" * 1025, "once": "1"}
    async with ana.post(f"conversations/{conversation}/reply", data=form) as answer:
        assert answer.status == 422
        html = await answer.text()
    assert "longer than 1,024 characters" in html
    assert "a" * 1025 in html


async def test_forms_work_without_scripts(ana, bank, conversation):
    """Each form that succeeds leads back to the page, so that reloading repeats nothing."""
    page = f"conversations/{conversation}"
    for action, form in (("take-over", {}), ("reply", {"text": "Hola", "once": "1"})):
        async with ana.post(f"{page}/{action}", data={**form, "csrf": ana.csrf}) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/console/{page}")
    async with ana.get(page) as answer:
        html = await answer.text()
    assert re.search(r'name="once" value="[\w-]{16}"', html)
    assert await status_of(ana.post(f"{page}/hand-back", data={"csrf": ana.csrf})) == 303
    assert (await bank.actions.ownership(conversation)).owner == "bot"


async def test_a_supervisor_frees_what_a_colleague_has(ana, eva, luis, conversation):
    """Only a supervisor may, and only a supervisor sees the button."""
    await status_of(ana.call(f"conversations/{conversation}/take-over"))
    page = f"conversations/{conversation}"
    async with luis.get(page) as answer:
        assert "hand-back" not in await answer.text()
    async with eva.get(page) as answer:
        assert "hand-back" in await answer.text()
    assert await status_of(luis.call(f"{page}/hand-back")) == 409
    assert await status_of(eva.call(f"{page}/hand-back")) == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"text": 1}', b'{"text": "a", "more": 1}'])
async def test_a_malformed_body_is_refused_and_named(ana, conversation, body):
    """Bad input is 422, never a fault of ours."""
    headers = {"X-CSRF-Token": ana.csrf, "Content-Type": "application/json"}
    path = f"api/conversations/{conversation}/reply"
    async with ana.post(path, data=body, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (422, {"error": "malformed"})


async def test_conversations_that_do_not_exist_are_404(ana):
    """Unknown and misspelt ids are told apart from nothing."""
    unknown = f"whatsapp-{'0' * 24}"
    assert await status_of(ana.get(f"api/conversations/{unknown}")) == 404
    assert await status_of(ana.get(f"conversations/{unknown}")) == 404
    assert await status_of(ana.get("conversations/..%2f..%2fetc")) == 404
    assert await status_of(ana.call(f"conversations/{unknown}/take-over")) == 404
    assert await status_of(ana.get("open?conversation=nonsense")) == 404


async def test_a_conversation_of_the_bot_is_found_by_its_id_and_taken_unasked(ana, bank):
    """Staff may come in before anybody asks."""
    conversation = await bank.turn(address("0009"))
    async with ana.get(f"?text={conversation}") as answer:
        assert answer.headers["Location"] == f"/console/conversations/{conversation}"
    assert await status_of(ana.call(f"conversations/{conversation}/take-over")) == 200


async def test_words_for_a_sender_who_opted_out_come_back(ana, bank, conversation):
    """Refused with the reason, on the API and on the page, and what was typed is still there."""
    await status_of(ana.call(f"conversations/{conversation}/take-over"))
    await bank.consent.record(address(), "out", how="keyword", event="m1")
    async with ana.call(f"conversations/{conversation}/reply", {"text": "hola"}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (409, "opted_out")
    form = {"csrf": ana.csrf, "text": "hola otra vez", "once": "1"}
    async with ana.post(f"conversations/{conversation}/reply", data=form) as answer:
        page = await answer.text()
    assert answer.status == 409
    assert "They asked us not to message them here" in page
    assert "hola otra vez" in page
