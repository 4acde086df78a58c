"""Segments, punctuation and splitting for SMS (`channels.sms.text`)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.text import is_gsm, normalise, segments, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("á" * 66 + "😀" + "á" * 66, 3),
    ],
)
def test_segments_follow_the_two_alphabets(text, expected):
    """160/153 septets or 70/67 units, and no pair is torn apart (reference/channels.md 2.7)."""
    assert segments(text) == expected


@pytest.mark.parametrize("text", ["éñü¿¡àèìòùÑÉ", "^{}\\[]~|€"])
def test_these_are_gsm(text):
    """The marks that GSM-7 has (reference/channels.md 2.7)."""
    assert is_gsm(text)


@pytest.mark.parametrize("character", "áíóúÁÍÓÚ“–😀")
def test_these_are_not_gsm(character):
    """Most Spanish accents and all typographic marks are outside GSM-7 (channels.md 2.7)."""
    assert not is_gsm(character)


def test_punctuation_is_made_plain():
    """Curly quotes, dashes and dots cost nothing any more, and words stay."""
    assert normalise("“Hola” — 5–6… • ¿sí?") == '"Hola" - 5-6... - ¿sí?'


def test_emoji_go_only_when_that_spares_the_wide_alphabet():
    """An emoji is dropped if the rest is GSM-7, and kept if an accent costs it anyway."""
    assert normalise("Listo ✅ tu envio 💸\n🏦 Banco") == "Listo tu envio\nBanco"
    assert normalise("Envío 💸") == "Envío 💸"
    assert normalise("👍🏽") == "👍🏽"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.integers(2, 60))
def test_splitting_loses_no_word_and_keeps_the_limit(text, limit):
    """Every part fits, none is empty, and all characters but border spaces come back in order."""
    parts = split(text, limit)
    assert all(part and len(part.encode("utf-16-le")) // 2 <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_link_is_not_cut_when_a_border_is_near():
    """Bodies break at words, so an address arrives whole (reference/channels.md 2.4)."""
    url = "https://pay.example/" + "a" * 60
    parts = split("x " * 780 + url)
    assert len(parts) == 2
    assert parts[1].endswith(url)
