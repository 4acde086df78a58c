"""Choosing from what was offered: by title, by number, by position, with typing slips."""

import pytest

from lola.models.offline.nlu.choices import chosen, named, pick
from lola.models.offline.nlu.text import split

OPTIONS = ("Cuenta de banco", "Retiro en efectivo", "Billetera digital")


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Retiro en efectivo", OPTIONS[1]), ("retiro en EFECTIVO", OPTIONS[1]), ("2", OPTIONS[1]),
        ("la 2", OPTIONS[1]), ("opción 3", OPTIONS[2]), ("la primera", OPTIONS[0]),
        ("the second one", OPTIONS[1]), ("la última por favor", OPTIONS[2]), ("dos", OPTIONS[1]),
        ("billetera", OPTIONS[2]), ("retiro en efectivp", OPTIONS[1]),
        ("4", ""), ("hola", ""), ("2 dólares", ""), ("200", ""), ("", ""),
    ],
)  # fmt: skip
def test_chosen(text: str, choice: str) -> None:
    """A whole line that means one option is that option; anything else is none."""
    assert chosen(split(text), OPTIONS) == choice


def test_nothing_offered() -> None:
    """Without an offer nothing is chosen."""
    assert chosen(split("2"), ()) == ""


BANKS = [
    named(name, name)
    for name in ("BBVA México", "Banco Azteca", "Banco Industrial", "Banorte", "G&T Continental")
]


@pytest.mark.parametrize(
    ("text", "bank"),
    [
        ("a su cuenta de bbva", "BBVA México"), ("azteca", "Banco Azteca"),
        ("en el banco industial", "Banco Industrial"), ("continental", "G&T Continental"),
        ("al banco", None), ("en México", None), ("azteca o banorte", None),
    ],
)  # fmt: skip
def test_pick(text: str, bank: str | None) -> None:
    """A bank is known by the word that tells it apart, and not when two are named."""
    assert pick(split(text), BANKS) == bank


@pytest.mark.parametrize(
    ("text", "bank"),
    [
        ("no, en Banorte", "Banorte"), ("g & t continental", "G&T Continental"),
        ("continental", None), ("al banco", None),
    ],
)  # fmt: skip
def test_pick_unasked(text: str, bank: str | None) -> None:
    """When no bank was asked for, only its whole name counts."""
    assert pick(split(text), BANKS, whole=True) == bank
