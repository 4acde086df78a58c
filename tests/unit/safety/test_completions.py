"""A reply that says nothing but that something is done needs an act of this turn (G9)."""

import pytest

from lola.safety.output.grounding import Sources, check

WISH = "manda 2500 dólares a Rosa y súbeme el límite"
BARE = (
    "Hecho.", "¡Listo!", "Ok, hecho ✅", "Transferencia exitosa", "Todo listo, ya quedó.", "✅",
    "Límite actualizado", "Done.", "Transfer successful.", "Yes, it's done!", "All set ✅",
    "Your payment is confirmed", "Success!",
)  # fmt: skip
HARMLESS = (
    "Ok 👍", "Perfecto.", "¿Listo?", "No está listo.", "Listo, dígame.", "Sure.", "Are you done?",
    "Not done yet.", "👍",
)  # fmt: skip


def found(text: str, *results: dict) -> bool:
    sources = Sources(tool_results=results, sender_words=WISH)
    return any(item.guard == "claims" for item in check(text, sources, "es"))


@pytest.mark.parametrize("text", BARE)
def test_a_bare_completion_is_a_claim(text):
    """The sender takes it for what they asked, also behind a result that only reports."""
    assert found(text)
    assert found(text, {"transfers": [], "more": 0})


@pytest.mark.parametrize("text", HARMLESS)
def test_an_assent_a_question_and_a_denial_are_none(text):
    """Nothing is said to be done."""
    assert not found(text)


def test_an_act_of_this_turn_supports_it():
    """A tool that did something says so in its status."""
    assert not found("Hecho.", {"status": "card_link_sent"})
