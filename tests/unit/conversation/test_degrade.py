"""Refused replies lead to a frame, a menu and a person (docs/safety.md G13)."""

from dataclasses import replace

import pytest
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from lola.conversation.degrade import after_hit, after_reply, menu
from lola.domain.messages import ChoiceContent
from lola.domain.session import Session, session_from_json, session_to_json
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.text.wording import Wording
from tests.support import ADDRESS, NOW, turn
from tests.unit.models.servers import GeminiServer

VERIFIED = "+15550100001"
CLAIM = "Tu dinero ya fue enviado y pagado."
SESSION = Session(address=ADDRESS, started_at=NOW)


@pytest.mark.parametrize(
    ("hits", "becomes", "is_menu", "mode"),
    [
        (0, 1, False, "free"),
        (1, 2, True, "menu"),
        (2, 3, True, "menu"),
        (3, 0, False, "person"),
    ],
)
def test_what_a_hit_leads_to(hits, becomes, is_menu, mode):
    """One hit is a frame, the second and third a menu, the fourth a person, then afresh."""
    session, found = after_hit(replace(SESSION, guard_hits=hits))
    assert (session.guard_hits, session.is_menu_only, found) == (becomes, is_menu, mode)


@pytest.mark.parametrize(
    ("is_menu", "is_tap", "mode"),
    [
        (False, False, "free"),
        (False, True, "free"),
        (True, False, "menu"),
        (True, True, "free"),
    ],
)
def test_a_menu_ends_when_the_sender_chooses(is_menu, is_tap, mode):
    """Only a choice brings the model's own words back; what was counted stays counted."""
    session = replace(SESSION, guard_hits=2, is_menu_only=is_menu)
    said = turn("hola", session=session)
    if is_tap:
        tap = ChoiceContent(id="menu:quote", title="Cotizar un envío")
        said = said.evolve(inbound=(replace(said.last, content=tap),))
    after, found = after_reply(said)
    assert found == mode
    assert after.guard_hits == 2
    assert after.is_menu_only == (mode == "menu")


def test_the_state_is_stored_with_the_session():
    """Hits and the menu outlive a turn, and sessions without them are read."""
    session = replace(SESSION, guard_hits=3, is_menu_only=True)
    assert session_from_json(session_to_json(session)) == session
    older = session_to_json(SESSION)
    del older["guard_hits"], older["is_menu_only"]
    assert session_from_json(older) == SESSION


def test_the_menu_is_written_in_the_senders_language():
    """Its titles are short enough for a button in both languages."""
    for language in ("es", "en"):
        message = menu(Wording(), language)
        assert len(message.options) == 3
        assert all(len(option.title) <= 20 for option in message.options)


async def test_an_obeying_model_is_cut_off_step_by_step(tmp_path):
    """Frame, menu, menu, person: its words never leave, and the record has the guard's name only.

    A free text behind a menu is answered with the menu again; a tap brings the model back.
    """
    stub = GeminiServer()

    def insists(turns):
        for _ in range(2 * turns):
            stub.says(CLAIM)

    insists(2)
    async with TestServer(stub.app()) as server:
        settings = load_settings(
            port=0,
            lola_data=tmp_path,
            retriever="",
            gemini_api_key=SecretStr("k"),
            google_gemini_base_url=str(server.make_url("")).rstrip("/"),
        )
        async with Harness(settings) as harness:
            line = harness.sender(VERIFIED)
            frame = await line.say("¿ya llegó?")
            assert "Prefiero no darte un dato" in frame.replies[0].text
            assert not frame.replies[0].options
            shown = await line.say("¿ya llegó?")
            assert "Elige una opción" in shown.replies[0].text
            stub.says("Con gusto te ayudo.")
            again = await line.say("¿ya llegó?")
            assert again.replies[0].text == shown.replies[0].text
            stub.says("Con mucho gusto te ayudo.")
            free = await line.choose("Cotizar un envío")
            assert free.replies[0].text == "Con mucho gusto te ayudo."
            insists(2)
            assert (await line.say("¿ya llegó?")).replies[0].text == shown.replies[0].text
            last = await line.say("¿ya llegó?")
            assert last.route == "people"
            history = (await harness.service.store.read(line.conversation, limit=1)).history
            assert set(history[-1]["findings"]) == {"claims"}
            assert "pagado" not in str(history[-1])
