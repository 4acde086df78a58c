"""People's names: introduced, bare, corrected, and told apart from everything else."""

import pytest

from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.names import corrected, find_alias, find_relation
from lola.models.offline.nlu.reader import understand
from lola.models.offline.nlu.text import split


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("para María López", "María", "López"),
        ("quiero mandarle a Juan Pérez Gómez", "Juan", "Pérez Gómez"),
        ("se llama juan perez", "Juan", "Perez"),
        ("mi mamá se llama Rosa María Díaz", "Rosa María", "Díaz"),
        ("a nombre de Pedro Ruiz", "Pedro", "Ruiz"),
        ("for my brother Carlos Mejia", "Carlos", "Mejia"),
        ("her name is Ana Soto", "Ana", "Soto"),
        ("México, 200, Maria Lopez, efectivo", "Maria", "Lopez"),
        ("manda 200 a luis", "Luis", ""),
        ("para maria de la cruz", "Maria", "de la Cruz"),
        ("se llama Guadalupe Torres vda de León", "Guadalupe", "Torres vda de León"),
        ("mi hermana, Lucía Núñez de León", "Lucía", "Núñez de León"),
        ("el apellido es Gómez", "", "Gómez"),
        ("her last name is Gomez", "", "Gomez"),
        ("PARA MARIA LOPEZ", "Maria", "Lopez"),
        ("a mi comadre Eufemia Santiago Cruz", "Eufemia Santiago", "Cruz"),
        ("a la cuenta de Nora Salas", "Nora", "Salas"),
    ],
)
def test_introduced(text: str, first: str, last: str) -> None:
    """A name after a cue stays as written, or is corrected when all small or all capital."""
    assert understand(text).name == PersonName(first=first, last=last)


@pytest.mark.parametrize(
    "text",
    [
        "quiero enviar dinero", "me llamo Pedro Gómez", "mi nombre es Ana", "a México",
        "para mañana", "send it to the bank", "a mi mamá", "mándaselo", "gracias a todos",
        "a su cuenta",
    ],
)  # fmt: skip
def test_no_recipient(text: str) -> None:
    """The sender's own name, relatives and ordinary words are no recipient."""
    assert understand(text).name is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("maria lopez garcia", "Maria", "Lopez Garcia"),
        ("es Juan Carlos Pérez", "Juan Carlos", "Pérez"),
        ("sí, Ana Paz por favor", "Ana", "Paz"),
        ("Xochitl Quetzalli Tlapa Ixtli", "Xochitl Quetzalli", "Tlapa Ixtli"),
        ("John Smith", "John", "Smith"),
        ("it's Rosa Diaz", "Rosa", "Diaz"),
    ],
)
def test_bare_when_asked_for(text: str, first: str, last: str) -> None:
    """When a name was asked for, a line that is nothing else is one."""
    found = understand(text, expected="recipient_first_name").name
    assert found == PersonName(first=first, last=last)


@pytest.mark.parametrize("text", ["no sé", "espera", "¿qué documentos piden?", "gracias", "ok"])
def test_answers_that_are_no_name(text: str) -> None:
    """Small talk and questions are no names even when a name was asked for."""
    assert understand(text, expected="recipient_first_name").name is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("the name is Luis not Juan", "Luis", "Pérez"),
        ("es Luis, no Juan", "Luis", "Pérez"),
        ("no es Juan, es Luis", "Luis", "Pérez"),
        ("Luis en vez de Juan", "Luis", "Pérez"),
        ("Peralta no Pérez", "Juan", "Peralta"),
    ],
)
def test_corrected(text: str, first: str, last: str) -> None:
    """A correction replaces the part of the name that was wrong."""
    current = PersonName(first="Juan", last="Pérez")
    assert corrected(split(text), current) == PersonName(first=first, last=last)


def test_no_correction() -> None:
    """Without a negation, or without the wrong name, nothing is corrected."""
    current = PersonName(first="Juan", last="Pérez")
    assert corrected(split("Luis Pérez"), current) is None
    assert corrected(split("no, Luis"), current) is None


def test_relation() -> None:
    """A relative is recognised in both languages."""
    assert find_relation(split("a mi Mamá")) == "mother"
    assert find_relation(split("my brother")) == "brother"
    assert find_relation(split("a Juan")) == ""


@pytest.mark.parametrize("expected", ["amount", "country"])
def test_a_name_before_its_turn(expected: str) -> None:
    """A line of two capitalised words is a name even while something else was asked for."""
    name = understand("Merlin Castro", expected=expected).name
    assert name == PersonName(first="Merlin", last="Castro")
    assert understand("merlin castro", expected=expected).name is None
    assert understand("Costa Rica", expected=expected).name is None


@pytest.mark.parametrize(
    ("text", "alias"),
    [("ponle de apodo Lucho a mi contacto Luis Ruiz", "Lucho"), ("le digo la Chata", "la Chata"),
     ("her nickname is Chio", "Chio"), ("sin apodo", "")],
)  # fmt: skip
def test_nicknames(text: str, alias: str) -> None:
    """A nickname is what follows the cue, up to the next word that is no name."""
    assert find_alias(split(text)) == alias
