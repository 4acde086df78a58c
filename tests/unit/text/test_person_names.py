"""Names in texts that code writes are letters, marks, blanks, apostrophes, hyphens, full stops."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.safety.output.links import links_in
from lola.text.person_names import NAME_LIMIT, is_person_name, person_name


@pytest.mark.parametrize(
    "name",
    [
        "Rosa Hernández",
        "Ma. Luisa O'Neill-Peña",
        "J. R. Núñez",
        "Zoë D’Angelo",
        "ÁNGELA",
        "李 明",
        "Ñu",
    ],
)
def test_real_names_stay_as_they_are(name: str) -> None:
    """Accents, apostrophes, hyphens, initials and other scripts are names."""
    assert is_person_name(name)
    assert person_name(f"  {name} ") == name


@pytest.mark.parametrize(
    "text",
    [
        "<b>x</b> https://bank.example",
        "4111 1111 1111 1111",
        "Ana @ana",
        "tel: 5512345678",
        "",
        "…",
        "a/b",
    ],
)
def test_markup_numbers_and_addresses_are_no_names(text: str) -> None:
    """A model that passes them is asked for the name instead."""
    assert not is_person_name(text)


@given(st.text(max_size=300))
def test_a_name_holds_nothing_else(text: str) -> None:
    """Of any text only the allowed characters are left, and nothing in it is an address."""
    name = person_name(text)
    assert len(name) <= NAME_LIMIT
    assert all(unicodedata.category(c)[0] in "LM" or c in " '’-." for c in name)
    assert links_in(name) == ()
    assert person_name(name) == name or len(name) == NAME_LIMIT
