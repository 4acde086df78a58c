"""Typed replies as taps: numbers, ordinals and titles against what was offered."""

import pytest

from lola.conversation.choices import resolve_choice
from lola.domain.messages import ChoiceContent, Option, TextContent
from tests.support import inbound, tap

OFFERED = (
    Option(id="payer:1", title="OXXO"),
    Option(id="payer:2", title="Farmacias Ahorro"),
    Option(id="payer:3", title="Elektra"),
)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("2", 1), ("la 2", 1), ("opción 3", 2), ("la primera", 0), ("The second one, please", 1),
        ("oxxo", 0), ("FARMACIAS AHORRO", 1), ("elektra.", 2),
    ],
)  # fmt: skip
def test_a_typed_choice_is_read_as_a_tap(text: str, option: int) -> None:
    """It works on channels without buttons and for people who would rather type."""
    wanted = OFFERED[option]
    assert resolve_choice(inbound(text), OFFERED).content == ChoiceContent(
        id=wanted.id, title=wanted.title
    )


@pytest.mark.parametrize(
    "text", ["4", "0", "200", "2 dólares", "2,500", "dos mil", "el de oxxo no", ""]
)
def test_what_names_no_option_stays_text(text: str) -> None:
    """Amounts and sentences are not menu numbers."""
    assert resolve_choice(inbound(text), OFFERED).content == TextContent(text=text)


def test_nothing_is_read_when_nothing_was_offered() -> None:
    """A "2" without a menu is just a two."""
    assert resolve_choice(inbound("2"), ()).content == TextContent(text="2")


def test_a_real_tap_stays_as_it_is() -> None:
    """Ids of taps are checked later, not rewritten here."""
    message = tap("payer:9", "OXXO")
    assert resolve_choice(message, OFFERED) is message
