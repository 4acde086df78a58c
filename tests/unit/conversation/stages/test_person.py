"""Asking for a person, waiting for one, taking it back, read by code (`stages.person`)."""

from datetime import timedelta

import pytest

from lola.conversation.handoff import TAKE_BACK, Handoff
from lola.conversation.stages.person import PersonStage, asks_for_person
from lola.text.wording import Wording
from tests.support import NOW, WAITING, tap, turn

PERSON = PersonStage(Handoff(Wording()))


@pytest.mark.parametrize(
    "text",
    [
        "quiero hablar con una persona", "Necesito un asesor por favor", "pásame con un humano",
        "¿me puede comunicar con un agente?  quiero un agente", "agente",
        "I want to talk to a person",
        "can I speak to someone real?  speak to a real person", "get me a representative", "human",
    ],
)  # fmt: skip
def test_a_wish_for_a_person_is_read(text: str) -> None:
    """In both languages, with and without accents."""
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "quiero enviar a una persona en México",
        "quiero mandarle dinero a una persona",
        "I want to send money to a person in Honduras", "es para una persona mayor",
        "mi agente de seguros cobra",
        "la persona que recibe es Rosa", "how do I add a person I send to",
        "quiero mandar 200 dólares",
    ],
)  # fmt: skip
def test_a_person_who_receives_is_no_wish_for_one(text: str) -> None:
    """Talking about a recipient must not end the conversation with the bot."""
    assert not asks_for_person(text)


async def test_asking_puts_the_conversation_in_the_queue() -> None:
    """The owner changes in the same commit, and the sender is told with a way back."""
    result = await PERSON.incoming(turn("quiero hablar con una persona"))
    assert result.escalate is not None
    assert (result.escalate.owner, result.escalate.epoch) == ("waiting", 1)
    assert result.author == "code"
    assert [option.id for option in result.messages[0].options] == [TAKE_BACK]


@pytest.mark.parametrize("message", [tap(TAKE_BACK), "seguir", "Never mind"])
async def test_the_sender_can_take_it_back(message) -> None:
    """A wait ends when the sender says so (reference/field.md A.1, Botpress)."""
    result = await PERSON.incoming(turn(message, ownership=WAITING))
    assert result.escalate is not None
    assert (result.escalate.owner, result.escalate.epoch) == ("bot", 5)


async def test_while_waiting_the_bot_reminds_seldom_and_answers_nothing() -> None:
    """One reminder in two minutes; everything else is kept in silence for the person."""
    first = await PERSON.incoming(turn("¿hola?", ownership=WAITING))
    assert first.messages
    again = turn(
        "¿siguen ahí?",
        session=first.turn.session,
        ownership=WAITING,
        now=NOW + timedelta(seconds=30),
    )
    assert (await PERSON.incoming(again)).messages == ()
    later = turn(
        "¿siguen ahí?",
        session=first.turn.session,
        ownership=WAITING,
        now=NOW + timedelta(minutes=3),
    )
    assert (await PERSON.incoming(later)).messages
