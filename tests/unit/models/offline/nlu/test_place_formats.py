"""Places in short forms, states, nicknames of people, and places of the sending country."""

import pytest

from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.reader import understand


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Rep. Dom.", "DO"), ("a la Rep. Dom.", "DO"), ("R.D.", "DO"), ("Sto. Domingo", "DO"),
        ("mis paisanos chapines", "GT"), ("una chapina", "GT"), ("a los catrachos", "HN"),
        ("familia tica", "CR"), ("Tamaulipas", "MX"), ("en Coahuila", "MX"), ("Nuevo León", "MX"),
        ("Quintana Roo", "MX"), ("Baja California Sur", "MX"), ("Estado de México", "MX"),
        ("Edo. Mex.", "MX"), ("D.F.", "MX"), ("en Guerrero", "MX"), ("a Hidalgo", "MX"),
        ("Olancho", "HN"), ("Mazatenango", "GT"),
    ],
)  # fmt: skip
def test_destinations(text: str, code: str) -> None:
    """States, abbreviations and everyday names of a people mean their country."""
    assert understand(text).countries == (code,)


@pytest.mark.parametrize("text", ["Salvador", "a Salvador", "El Salvador", "para el salvador"])
def test_salvador_when_the_country_is_asked(text: str) -> None:
    """The short name is the country only as the answer to where."""
    assert understand(text, expected="country").countries == ("SV",)


@pytest.mark.parametrize("text", ["quiero mandar 100 a Salvador", "para Salvador Ruiz"])
def test_salvador_is_a_person_otherwise(text: str) -> None:
    """Elsewhere it is a given name."""
    meaning = understand(text)
    assert meaning.countries == ()
    assert meaning.name is not None
    assert meaning.name.first == "Salvador"


@pytest.mark.parametrize(
    "text",
    ["vivo en Nuevo México", "soy de New Mexico", "estamos en el estado de Nuevo México",
     "I work in New Mexico", "vivo en Texas", "desde California", "en la calle Honduras"],
)  # fmt: skip
def test_where_the_sender_is(text: str) -> None:
    """A state of the sending country and the sender's own place are no destination."""
    assert understand(text).countries == ()


def test_a_place_of_the_sending_country_that_is_wanted() -> None:
    """It is named when the sender wants to send there, so that the reply can say no."""
    assert understand("quiero mandar a Los Ángeles").countries == ("US",)


def test_a_state_beside_the_destination() -> None:
    """The destination counts beside the place where the sender is."""
    assert understand("vivo en Nuevo México y mando a Guatemala").countries == ("GT",)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("para María de los Ángeles Luna", PersonName(first="María de los Ángeles", last="Luna")),
        ("para Juan Guerrero", PersonName(first="Juan", last="Guerrero")),
        ("a Miguel Hidalgo Ruiz", PersonName(first="Miguel", last="Hidalgo Ruiz")),
    ],
)
def test_places_in_names_of_people(text: str, name: PersonName) -> None:
    """A place that belongs to a person's name is no destination."""
    meaning = understand(text)
    assert (meaning.countries, meaning.name) == ((), name)


@pytest.mark.parametrize("text", ["efctivo", "en efctvo", "efectvo por favor", "ventanila"])
def test_a_mistyped_method(text: str) -> None:
    """A payout method with a slip of typing is still that method."""
    assert understand(text, expected="payout_method").methods == ("cash_pickup",)


@pytest.mark.parametrize("text", ["quiero mandar a Guerrero", "mandar dinero", "Juan Cuenca"])
def test_words_like_a_method(text: str) -> None:
    """Words and surnames that only resemble a method are none."""
    assert understand(text).methods == ()
