"""Notices: every kind of message that no agent sees gets an honest sentence, or silence."""

import pytest

from lola.conversation.stages.notices import NoticesStage
from lola.domain.messages import (
    LocationContent,
    MediaContent,
    ReactionContent,
    TextMessage,
    UnsupportedContent,
)
from lola.domain.turn import Turn
from lola.text.wording import Wording
from tests.support import inbound, tap, turn

NOTICES = NoticesStage(Wording(), enrolments=None)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (MediaContent(media="image"), "solo puedo leer mensajes de texto"),
        (MediaContent(media="document"), "solo puedo leer mensajes de texto"),
        (MediaContent(media="audio"), "notas de voz"),
        (LocationContent(latitude=1, longitude=2), "en qué ciudad y país"),
        (UnsupportedContent(kind="poll"), "no puedo leer ese tipo"),
    ],
)
async def test_what_cannot_be_read_is_said(content, text: str) -> None:
    """Text only, in the sender's language (reference/lola.md 6)."""
    result = await NOTICES.incoming(turn(inbound(content)))
    assert text in result.messages[0].content


async def test_a_reaction_gets_silence() -> None:
    """A thumbs-up needs no reply and must not start a turn with a model."""
    result = await NOTICES.incoming(turn(inbound(ReactionContent(emoji="👍", message_id="x"))))
    assert result.messages == ()


async def test_redacted_card_data_is_explained_before_anything_else() -> None:
    """The sender learns why and what to do (docs/safety.md 3.4)."""
    message = inbound("mi tarjeta [card ••••1111]", redacted=("card",))
    result = await NOTICES.incoming(turn(message, language="en"))
    assert "removed the card details" in result.messages[0].content


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        (("code", "security_code"), "removed the card details"),
        (("identity_number", "password"), "removed the code, password or key"),
        (("routing_number",), "removed the ID or bank routing number"),
    ],
)
async def test_the_most_dangerous_removed_kind_is_told(kinds, text: str) -> None:
    """Card data before credentials, and these before numbers of documents and banks."""
    result = await NOTICES.incoming(turn(inbound("x", redacted=kinds), language="en"))
    assert text in result.messages[0].content


@pytest.mark.parametrize("message", ["hola", tap("x", "OXXO")])
async def test_words_and_taps_go_on(message) -> None:
    """Ordinary messages reach an agent."""
    assert isinstance(await NOTICES.incoming(turn(message)), Turn)


async def test_text_beside_a_file_is_still_answered() -> None:
    """A burst with text in it goes to the agent."""
    burst = turn(inbound(MediaContent(media="image")), "¿cuánto cuesta?")
    assert await NOTICES.incoming(burst) is burst


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (MediaContent(media="image", caption="¿cuánto cuesta?"), "no puedo abrir el archivo"),
        (MediaContent(media="audio", caption="¿cuánto cuesta?"), "nota de voz"),
    ],
)
async def test_words_under_a_file_are_answered_with_a_note_on_the_file(content, note: str) -> None:
    """The caption is the message; the sender also hears what could not be read."""
    under = turn(inbound(content))
    assert await NOTICES.incoming(under) is under
    first, second = await NOTICES.outgoing(under, (TextMessage(content="Cuesta 3 USD."),))
    assert note in first.content
    assert second.content == "Cuesta 3 USD."


async def test_a_sticker_beside_words_needs_no_note() -> None:
    """Only what may hold something to read is mentioned."""
    said = (TextMessage(content="Hola"),)
    burst = turn(inbound(MediaContent(media="sticker")), "hola")
    assert await NOTICES.outgoing(burst, said) == said
