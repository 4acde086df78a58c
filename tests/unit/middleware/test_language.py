"""Language: decided once per turn, kept, and not changed by a short text."""

import pytest

from middleware.language import LanguageMiddleware
from tests.support import tap, turn

STAGE = LanguageMiddleware("es")


async def after(*texts: str, start: str = "") -> str:
    current = turn("x")
    current = current.evolve(session=current.session.evolve(language=start))
    for text in texts:
        current = await STAGE.incoming(turn(text, session=current.session))
    return current.language


@pytest.mark.parametrize("short", ["si", "no", "ok", "200", "2", "👍", "María López", "$50"])
@pytest.mark.parametrize("language", ["es", "en"])
async def test_short_words_never_flip_the_language(short: str, language: str) -> None:
    """A yes, a number or a name says nothing about the language (reference/dependencies.md 6)."""
    assert await after(short, start=language) == language


@pytest.mark.parametrize(("courtesy", "language"), [("ok thanks", "es"), ("gracias", "en")])
async def test_a_borrowed_courtesy_changes_nothing(courtesy: str, language: str) -> None:
    """Two words in the other language are courtesy; at the very start they decide."""
    assert await after(courtesy, start=language) == language
    assert await after(courtesy) == ("en" if language == "es" else "es")


async def test_clear_words_decide() -> None:
    """A sentence sets the language, and a later one may change it."""
    assert await after("I would like to send money to my mother") == "en"
    assert (
        await after("I would like to send money", "mejor sigamos en lo de antes, quiero cotizar")
        == "es"
    )


async def test_an_explicit_wish_wins_and_stays() -> None:
    """After "in English please", a Spanish text does not change it back."""
    assert await after("in English please", "quiero enviar dinero a mi mamá en México") == "en"


async def test_the_titles_of_our_own_buttons_say_nothing() -> None:
    """A tap carries our text, not the sender's."""
    current = turn(tap("x", "Review and approve the transfer now"))
    assert (await STAGE.incoming(current)).language == "es"


@pytest.mark.parametrize(
    "mark", ["[card ••••1111]", "[identity number ••••]", "[code ••••] gracias"]
)
async def test_words_of_a_placeholder_decide_nothing(mark: str) -> None:
    """A removed value leaves English words in the text; they are not the sender's."""
    assert await after(mark) == "es"
