"""The short code of a transfer in a line."""

import pytest

from lola.models.offline.nlu.references import find_reference


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("el recibo Kd82Qa porfa", "Kd82Qa"),
        ("referencia w16tl3.", "w16tl3"),
        ("mándale 123456 a Carlos", ""),
        ("dinero 200", ""),
        ("cuenta 0140270000A5", ""),
    ],
)
def test_reference(text: str, reference: str) -> None:
    """Six letters and digits, both kinds, as a word of its own (reference/raas.md 5.12)."""
    assert find_reference(text) == reference
