"""Names with everything that names hold, and what is no name at all."""

import pytest

from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.reader import understand

NAMES = [
    ("María de los Ángeles García López", "María de los Ángeles", "García López"),
    ("maria del carmen ruiz", "Maria del Carmen", "Ruiz"),
    ("Juan de Dios Peralta", "Juan de Dios", "Peralta"),
    ("José de Jesús Reyes Cruz", "José de Jesús", "Reyes Cruz"),
    ("Juan E. Peña", "Juan E.", "Peña"),
    ("Juan E Peña", "Juan E", "Peña"),
    ("J.R. Ruiz", "J.R.", "Ruiz"),
    ("José Ma. Díaz", "José Ma.", "Díaz"),
    ("Ma. del Carmen Ruiz Díaz", "Ma. del Carmen", "Ruiz Díaz"),
    ("Mª José Ruiz", "Mª José", "Ruiz"),
    ("Rosa Pérez Vda. de García", "Rosa", "Pérez Vda. de García"),
    ("José Ortega y Gasset", "José", "Ortega y Gasset"),
    ("Ana Paz y Miño", "Ana", "Paz y Miño"),
    ("ana paz y miño", "Ana", "Paz y Miño"),
    ("José Luis D’Ricco", "José Luis", "D’Ricco"),
    ("juana d'angelo", "Juana", "D'Angelo"),
    ("JUAN PABLO O'NEILL", "Juan Pablo", "O'Neill"),
    ("Ana-María López-Ruiz", "Ana-María", "López-Ruiz"),
    ("Jean-Pierre Du Bois", "Jean-Pierre", "Du Bois"),
    ("Dr. José Cuenca Blanco", "José", "Cuenca Blanco"),
    ("Jose\u0301 Pen\u0303a", "José", "Peña"),
    ("María Guadalupe de la Luz Hernández y Vázquez de León", "María Guadalupe de la Luz",
     "Hernández y Vázquez de León"),
    ("Luz María del Socorro Guadalupe Ana Ortiz Meza", "Luz María del Socorro Guadalupe Ana",
     "Ortiz Meza"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "first", "last"), NAMES)
def test_whole_names(text: str, first: str, last: str) -> None:
    """A name is kept whole, given names apart from surnames, when it was asked for."""
    found = understand(text, expected="recipient_first_name").name
    assert found == PersonName(first=first, last=last)


@pytest.mark.parametrize(("text", "first", "last"), NAMES)
def test_whole_names_behind_a_cue(text: str, first: str, last: str) -> None:
    """The same name is whole in a sentence that introduces it."""
    found = understand(f"se llama {text}, en efectivo").name
    assert found == PersonName(first=first, last=last)


@pytest.mark.parametrize(
    "text",
    [
        "efctivo", "efctvo", "Efectvo", "depósto", "transferncia", "bbva", "OXXO", "banorte",
        "Guadalajara", "Tamaulipas", "Nuevo León", "california", "Nuevo México", "benficiario",
        "y", "E.",
    ],
)  # fmt: skip
def test_no_person(text: str) -> None:
    """Banks, shops, places and mistyped words of the service are no people."""
    found = understand(text, expected="recipient_first_name").name
    assert found is None or not found.first.isalpha()


def test_a_brand_as_a_surname() -> None:
    """Behind a given name a brand is a surname."""
    found = understand("Rosa Elektra", expected="recipient_first_name").name
    assert found == PersonName(first="Rosa", last="Elektra")


@pytest.mark.parametrize("text", ["son 2500 pesos", "son $200"])
def test_the_verb_is_no_relative(text: str) -> None:
    """The Spanish "son" in front of a number is no son."""
    assert understand(text).relation == ""


def test_two_people_are_no_surname() -> None:
    """A given name behind "y" belongs to another person."""
    found = understand("para Ana Paz y Luis Ruiz").name
    assert found == PersonName(first="Ana", last="Paz")


@pytest.mark.parametrize(
    ("text", "last"),
    [("juana tum us", "Tum Us"), ("ramon antonio nunez then", "Nunez Then"),
     ("rosa mc-nab", "Mc-Nab")],
)  # fmt: skip
def test_a_surname_may_be_a_word_of_the_language(text: str, last: str) -> None:
    """The last word of a line that is a name belongs to it."""
    found = understand(text, expected="recipient_first_name").name
    assert found is not None
    assert found.last == last


def test_the_one_who_gets_the_money_is_meant() -> None:
    """Of two relatives the one behind "to" is the recipient."""
    assert understand("my wife wants to send 240 to her mother").relation == "mother"
