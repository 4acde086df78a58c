"""The targets of `make fuzz` on generated texts, for as long as a test may take."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fuzz import text_targets
from fuzz.text_targets import TARGETS
from lola.errors import TokenError

WORDS = (
    "4111 1111 1111 1111", "4111-1111-1111-1111", "5500 0000 0000 0004", "cvv 123", "12/29",
    "000 100 200", "CLABE 032180000118359719", "https://evil.example", "www.bank.example", "$",
    "comisión", "cinco millones", "USD", "transferencia", "enviado", "\u200b", "\u0301", "\u202e",
    "-----BEGIN EC PARAMETERS-----", "-----END EC PARAMETERS-----", "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----", "\\n", "\r\n", ".", "=", "eyJ",
)  # fmt: skip
ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=120) | st.lists(
    st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
    max_size=12,
).map(" ".join)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=150)
@given(text=ANY)
@example(text="")
@example(text="4" * 500)
@example(text="\u00e9\u0301" * 200)
def test_no_text_breaks_a_guarantee(name: str, text: str) -> None:
    """Guards, redaction, tokens and keys hold for whatever is written."""
    TARGETS[name](text)


def test_the_checks_bite() -> None:
    """An accepted forgery is an error; the valid tokens themselves are accepted."""
    assert text_targets.SEALER.open(text_targets.SEALED) == b"ticket"
    with pytest.raises(AssertionError, match="forged"):
        text_targets._refused(text_targets.SEALER.open, text_targets.SEALED)
    with pytest.raises(TokenError):
        text_targets.SEALER.open("x")
