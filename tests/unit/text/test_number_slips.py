"""Number words that senders misspell or write as one."""

import pytest

from lola.text.number_slips import as_spelled, parted


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("setenta y sinco dólares", "setenta y cinco dólares"),
        ("cincomil pesos", "cinco mil pesos"),
        ("Sincomil", "cinco mil"),
        ("two hundered", "two hundred"),
        ("a Camilo en Emilio Zapata", "a Camilo en Emilio Zapata"),
    ],
)
def test_slips_are_written_as_the_table_has_them(text: str, spelled: str) -> None:
    """Slips and joined words are undone; names that end like a scale stay."""
    assert as_spelled(text) == spelled


def test_only_a_number_and_a_scale_are_parted() -> None:
    """A scale alone, and any other word in front of it, is one word."""
    assert parted("dosmil") == ("dos", "mil")
    assert parted("mil") is None
    assert parted("camil") is None
