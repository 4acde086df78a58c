"""Messages of one turn that go as one (`lola.formatting.joining`)."""

import pytest

from lola.domain.messages import ButtonsMessage, LinkMessage, LinkTarget, Option, TextMessage
from lola.formatting.joining import joined

BUTTONS = ButtonsMessage(content="¿Sigo?", options=(Option(id="a", title="Sí"),))
LINK = LinkMessage(content="Ábrelo", links=(LinkTarget(text="Abrir", url="https://a.example"),))


def text(words):
    return TextMessage(content=words)


@pytest.mark.parametrize("last", [text("dos"), BUTTONS, LINK], ids=["text", "buttons", "link"])
def test_a_text_goes_in_front_of_what_follows_it(last):
    """Nothing is lost, and the shape of the last message stays."""
    (message,) = joined([text("uno"), last])
    assert message.content == f"uno\n\n{last.content}"
    assert type(message) is type(last)
    assert getattr(message, "options", ()) == getattr(last, "options", ())


@pytest.mark.parametrize(
    "messages",
    [
        [LINK, text("después")],
        [BUTTONS, LINK],
        [text("a" * 600), text("b" * 600)],
        [BUTTONS],
        [],
    ],
)
def test_anything_else_stays_apart(messages):
    """What has something to tap keeps its place, and no limit is broken."""
    assert joined(messages) == tuple(messages)


def test_a_third_message_begins_anew_when_it_does_not_fit():
    """As much as fits goes together, in order."""
    parts = joined([text("a" * 500), text("b" * 500), text("c" * 500)])
    assert [len(part.content) for part in parts] == [1002, 500]
