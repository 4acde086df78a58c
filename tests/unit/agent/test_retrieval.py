"""What a turn searches the approved documents for: words that were written, and the open topic."""

import pytest

from lola.agent.retrieval import corridor_of, question_of, topic_of
from lola.domain.messages import ChoiceContent, ContactsContent, MediaContent, SharedContact
from lola.models.chat import AssistantMessage, UserMessage
from tests.support import draft, inbound, turn


def test_the_whole_burst_is_the_question():
    """A sender who writes in three lines asks one thing."""
    assert (
        question_of(turn("oye", "cuánto cobran", "a Honduras")) == "oye\ncuánto cobran\na Honduras"
    )


def test_a_caption_is_a_question_too():
    """What is written below a picture is read like a text."""
    picture = inbound(MediaContent(media="image", caption="¿sirve este documento?"))
    assert question_of(turn(picture)) == "¿sirve este documento?"


@pytest.mark.parametrize(
    "content",
    [
        ChoiceContent(id="more", title="Ver comisiones"),
        ContactsContent(contacts=(SharedContact(name="Rosa", phones=("+525500000000",)),)),
        MediaContent(media="image"),
    ],
)
def test_a_tap_a_contact_and_a_bare_picture_ask_nothing(content):
    """Nothing is searched for what the sender did not write."""
    assert question_of(turn(inbound(content))) == ""


def test_the_topic_is_the_message_before_and_the_open_transfer():
    """`¿y en efectivo?` goes on from the question before and from the country being prepared."""
    history = (
        UserMessage(text="hola"),
        AssistantMessage(text="¿En qué le ayudo?"),
        UserMessage(text="¿cuánto cobran?"),
    )
    here = turn("¿y en efectivo?")
    assert topic_of(here, history) == "¿cuánto cobran?"
    open_transfer = here.evolve(session=here.session.evolve(draft=draft()))
    assert topic_of(open_transfer, history) == "¿cuánto cobran?\nMéxico\ncash pickup"
    assert (corridor_of(here), corridor_of(open_transfer)) == ("", "MX")


def test_a_conversation_begins_without_a_topic():
    """The first message has nothing to go on from."""
    assert topic_of(turn("hola"), ()) == ""
