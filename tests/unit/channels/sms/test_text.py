"""Segments, punctuation and splitting for SMS (`channels.sms.text`)."""

import pytest

from channels.sms.text import is_gsm, normalise, segments


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
    """Most Spanish accents and all typographic marks are outside GSM-7
    (reference/channels.md 2.7).
    """
    assert not is_gsm(character)


def test_punctuation_is_made_plain():
    """Curly quotes, dashes and dots become plain ones, and words stay."""
    assert normalise("“Hola” — 5–6… • ¿sí?") == '"Hola" - 5-6... - ¿sí?'


def test_emoji_go_only_when_that_spares_the_wide_alphabet():
    """An emoji is dropped if the rest is GSM-7, and kept if an accent costs it anyway."""
    assert normalise("Listo ✅ tu envio 💸\n🏦 Banco") == "Listo tu envio\nBanco"
    assert normalise("Envío 💸") == "Envío 💸"
    assert normalise("👍🏽") == "👍🏽"
