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
        ("a" * 152 + "[" + "a" * 151, 2),
        ("a" * 158 + "~", 1),
        ("a" * 159 + "~", 2),
        ("á" * 65 + "👍🏽" + "á" * 65, 3),
        ("á" * 66 + "🇲🇽" + "á" * 63, 2),
        ("á" * 59 + "👨‍👩‍👧" + "á" * 67, 2),
        ("á" * 60 + "👨‍👩‍👧" + "á" * 60, 3),
    ],
)
def test_segments_follow_the_two_alphabets(text, expected):
    """160/153 septets or 70/67 units, and no pair is torn apart (reference/channels.md 2.7).

    The figures are those of Twilio's calculator, sms-segments-calculator 1.3.0.
    """
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


def test_decomposed_letters_are_composed_first():
    """A tilde of its own becomes part of its ñ, which is one segment and stays an ñ
    (reference/surprises.md 5).
    """
    name = "Nun\u0303ez le espera man\u0303ana; " + "a" * 120
    assert normalise(name) == "Nuñez le espera mañana; " + "a" * 120
    assert segments(normalise(name)) == 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("use `saldo`", "use 'saldo'"),
        ("operación n.º 12, N° 3, 1.ª vez", "operación n.o 12, No 3, 1.a vez"),
        ("½ hora, 1½ horas", "1/2 hora, 1 1/2 horas"),
        ("USD\u00a05,\u202f10\u2009%", "USD 5, 10 %"),
        ("pa\u00adgo\u200e\r\nlisto", "pago\nlisto"),
    ],
)
def test_marks_with_a_gsm_form_are_replaced(text, plain):
    """One mark would make the whole message UCS-2 (reference/channels.md 2.7)."""
    assert normalise(text, "keep") == plain


@pytest.mark.parametrize("accents", ["save", "keep"])
def test_a_short_text_keeps_its_accents(accents):
    """They cost nothing where one segment is enough."""
    assert normalise("¿Confirma el envío?", accents) == "¿Confirma el envío?"


def test_accents_go_where_they_cost_a_segment():
    """A longer text is written without the accents that GSM-7 lacks; é, ñ and ¿ stay."""
    text = "¿Envío 200 dólares a José Núñez?\n" * 4
    assert normalise(text) == "¿Envio 200 dolares a José Nuñez?\n" * 4
    assert (segments(text), segments(normalise(text))) == (2, 1)
    assert normalise(text, "keep") == text


def test_accents_stay_where_leaving_them_out_saves_nothing():
    """A letter without any GSM-7 form makes the message UCS-2 in any case."""
    text = "Envío a Иван " * 8
    assert normalise(text) == text


def test_a_link_is_not_changed():
    """Its address would be another one."""
    text = "Vea “esto”: https://banco.example/envíos–hoy`½ y más “cosas” " * 2
    assert normalise(text).count("https://banco.example/envíos–hoy`½ y") == 2


def test_emoji_go_only_when_that_spares_the_wide_alphabet():
    """An emoji is dropped if the rest is GSM-7, and kept if an accent costs it anyway."""
    assert normalise("Listo ✅ tu envio 💸\n🏦 Banco") == "Listo tu envio\nBanco"
    assert normalise("Envío 💸") == "Envío 💸"
    assert normalise("Envío 💸\n" * 10) == "Envio\n" * 10
    assert normalise("👍🏽") == "👍🏽"
