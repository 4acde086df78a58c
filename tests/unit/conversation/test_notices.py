"""Notices: every kind of message that no agent sees gets an honest sentence, or silence."""

import pytest

from lola.conversation.notices import notice_for
from lola.domain.messages import (
    LocationContent,
    MediaContent,
    ReactionContent,
    UnsupportedContent,
)
from lola.text.wording import Wording
from tests.support import inbound, tap, turn

WORDING = Wording()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (MediaContent(media="image", caption="mi INE"), "solo puedo leer mensajes de texto"),
        (MediaContent(media="document"), "solo puedo leer mensajes de texto"),
        (MediaContent(media="audio"), "notas de voz"),
        (LocationContent(latitude=1, longitude=2), "no puedo leer ese tipo"),
        (UnsupportedContent(kind="poll"), "no puedo leer ese tipo"),
    ],
)
def test_what_cannot_be_read_is_said(content, words: str) -> None:
    """Text only, in the sender's language (reference/lola.md 6)."""
    outcome = notice_for(turn(inbound(content)), WORDING)
    assert outcome is not None
    assert words in outcome.messages[0].content


def test_a_reaction_gets_silence() -> None:
    """A thumbs-up needs no answer and must not start a turn with a model."""
    outcome = notice_for(turn(inbound(ReactionContent(emoji="👍", message_id="x"))), WORDING)
    assert outcome is not None
    assert outcome.messages == ()


def test_redacted_card_data_is_explained_before_anything_else() -> None:
    """The sender learns why and what to do (architecture: card data stops at the door)."""
    message = inbound("mi tarjeta [card ••••1111]", redacted=("card",))
    outcome = notice_for(turn(message, language="en"), WORDING)
    assert outcome is not None
    assert "removed the card details" in outcome.messages[0].content


@pytest.mark.parametrize("message", ["hola", tap("x", "OXXO")])
def test_words_and_taps_go_on(message) -> None:
    """Ordinary messages reach an agent."""
    assert notice_for(turn(message), WORDING) is None


def test_text_beside_a_file_is_still_answered() -> None:
    """A burst with words in it goes to the agent."""
    assert (
        notice_for(turn(inbound(MediaContent(media="image")), "¿cuánto cuesta?"), WORDING) is None
    )
