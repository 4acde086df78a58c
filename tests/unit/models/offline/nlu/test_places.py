"""Destinations and payout methods in Spanish and English, with slips and without accents."""

import pytest

from lola.models.offline.nlu.places import find_methods, find_places
from lola.models.offline.nlu.reader import understand
from lola.models.offline.nlu.text import split


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a México", "MX"), ("mexico", "MX"), ("MEJICO", "MX"), ("Guadalajara", "MX"),
        ("para mi familia en Guate", "GT"), ("gutemala", "GT"), ("a mi mamá en Honduras", "HN"),
        ("hondurs", "HN"), ("san pedro sula", "HN"), ("El Salvador", "SV"), ("columbia", "CO"),
        ("medellín", "CO"), ("república dominicana", "DO"), ("the Dominican Republic", "DO"),
        ("my mexican friend", "MX"), ("Santo Domingo", "DO"), ("CDMX", "MX"),
    ],
)  # fmt: skip
def test_names_people_and_cities(text: str, code: str) -> None:
    """Names, demonyms, big cities and near misses mean one country."""
    assert [place.code for place in find_places(split(text))] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "vivo en Estados Unidos", "desde Guatemala", "I live in the United States",
        "estoy en Los Ángeles", "María León", "Luis Mérida", "hola", "500 pesos",
    ],
)  # fmt: skip
def test_what_is_no_destination(text: str) -> None:
    """Where the sender is, and surnames that are also cities, are no destinations."""
    assert find_places(split(text)) == ()


@pytest.mark.parametrize(
    ("text", "city"),
    [("una sucursal en Guadalajara", "Guadalajara"), ("en México", ""), ("a Xela", "Xela")],
)
def test_cities_keep_their_name(text: str, city: str) -> None:
    """The city is kept as it was written, for questions about pickup places there."""
    assert understand(text).city == city


def test_ruled_out() -> None:
    """A country after a "no" is named without being wanted."""
    places = find_places(split("no a México, a Guatemala"))
    assert [(place.code, place.negated) for place in places] == [("MX", True), ("GT", False)]


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("a su banco", ("bank_account",)), ("depósito", ("bank_account",)),
        ("su CLABE", ("bank_account",)), ("en efectivo", ("cash_pickup",)),
        ("que lo retire en ventanilla", ("cash_pickup",)), ("efectibo", ("cash_pickup",)),
        ("cash pickup", ("cash_pickup",)), ("to her bank account", ("bank_account",)),
        ("a su tarjeta", ("card",)), ("billetera", ("mobile_wallet",)),
        ("wallet", ("mobile_wallet",)), ("no en efectivo, al banco", ("bank_account",)),
        ("hola", ()),
    ],
)  # fmt: skip
def test_methods(text: str, methods: tuple[str, ...]) -> None:
    """Payout methods by the words people use for them."""
    assert find_methods(split(text)) == methods
