"""Dividing a message that asks for several transfers (`lola.conversation.several`)."""

import pytest

from lola.conversation.several import addition_in, transfers_in

SEVERAL = [
    ("quiero mandar 100 a mi mama Rosa Diaz y 50 a mi tia Luz Diaz, las dos en mexico por oxxo",
     ["quiero mandar 100 a mi mama Rosa Diaz en mexico por oxxo",
      "quiero mandar 50 a mi tia Luz Diaz en mexico por oxxo"]),
    ("I want to send 100 dollars to Ana Paz in Mexico and 50 dollars to Luis Mena in Guatemala",
     ["I want to send 100 dollars to Ana Paz in Mexico",
      "I want to send 50 dollars to Luis Mena in Guatemala"]),
    ("send my mom 100 and my aunt 50", ["send my mom 100", "send my aunt 50"]),
    ("a mi mamá 100 y a mi tía 50", ["a mi mamá 100", "a mi tía 50"]),
    ("100 a México y 50 a Guatemala", ["100 a México", "50 a Guatemala"]),
    ("quiero mandar a México 100 a mi mamá y 50 a mi tía",
     ["quiero mandar a México 100 a mi mamá", "quiero mandar a México 50 a mi tía"]),
    ("$100 to my mom, $50 to my dad and $25 to my sister",
     ["$100 to my mom", "$50 to my dad", "$25 to my sister"]),
    ("quiero mandar 100 dólares a mi mamá y a mi papá, cada uno",
     ["quiero mandar 100 dólares a mi mamá", "quiero mandar 100 dólares a mi papá"]),
    ("100 dólares a Rosa Diaz en Mexico\ny 50 dólares a Luz Diaz en Honduras",
     ["100 dólares a Rosa Diaz en Mexico", "50 dólares a Luz Diaz en Honduras"]),
]  # fmt: skip
ONE = [
    "quiero mandar 100 a Rosa, no, 150", "entre 100 y 200 dólares a mi mamá",
    "100 o 200 a mi mamá", "quiero mandar 200 dólares a Rosa Paz en México, mejor 150",
    "enviar 200 a Ana Paz y Miño en Ecuador", "¿cuánto cuesta mandar 100 a México y 50 a Honduras?",
    "quiero mandar 100 a mi mamá, ella tiene 60 años", "que sean 300 y no 200",
    "quiero mandar 100 a mi mamá y a su cuenta de BBVA", "mi mamá y mi papá viven en México",
    "son 100 dólares y 50 centavos para Rosa Paz", "send 100 to my mom and she gets 1,725 pesos",
    "quiero mandar 100 a Rosa Paz y cobre en Elektra y que sea hoy",
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), SEVERAL)
def test_each_transfer_keeps_its_own_words(text: str, parts: list[str]) -> None:
    """What is said for both is repeated; an amount never goes to the other person."""
    assert [part.text for part in transfers_in(text)] == parts


@pytest.mark.parametrize("text", ONE)
def test_one_transfer_is_not_divided(text: str) -> None:
    """A correction, a choice, a question or a detail is no second transfer."""
    assert transfers_in(text) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("y también 50 a mi tía Luz Diaz", "50 a mi tía Luz Diaz"),
        ("and another 50 to Luis Mena", "50 to Luis Mena"),
        ("y que sean 50 para Rosa Paz", ""),
        ("también quiero en efectivo", ""),
        ("50 a mi tía", ""),
    ],
)
def test_a_further_transfer_is_for_somebody_else(text: str, said: str) -> None:
    """Beside the open one to Rosa Paz."""
    assert addition_in(text, "Rosa Paz") == said
