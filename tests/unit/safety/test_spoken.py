"""What was said aloud is cleaned like what is typed, also in words (docs/safety.md G1)."""

import pytest

from lola.safety.input.spoken import redact_heard


@pytest.mark.parametrize(
    "said",
    [
        "mi tarjeta es 4111 1111 1111 1111",
        "cuatro uno uno uno, uno uno uno uno, uno uno uno uno, uno uno uno uno",
        "cuarenta y uno once, once once, once once, once once",
        "cuarenta y uno, once, once, once, once once once once",
        "cuatro mil ciento once, mil ciento once, mil ciento once, mil ciento once",
        "forty one eleven eleven eleven eleven eleven eleven eleven",
        "five five five five, five five five five, five five five five, four four four four",
    ],
)
def test_a_spoken_card_number_is_removed(said):
    """Digit by digit, in pairs or as thousands, in both languages: only the last four are left."""
    heard = redact_heard(said)
    assert "card" in heard.found
    assert "••••" in heard.text
    assert not any(
        word in heard.text for word in ("once", "eleven", "uno uno", "five", "1111 1111")
    )


def test_a_spoken_code_is_removed():
    """The code on a card is one when it is said as a number, too."""
    heard = redact_heard("el código de seguridad es novecientos ochenta y siete")
    assert heard.found == ("security_code",)
    assert "ochenta" not in heard.text


@pytest.mark.parametrize(
    "said",
    [
        "quiero mandar mil quinientos pesos a Rosa Hernández",
        "mi número es cinco cincuenta y cinco treinta y dos once",
        "son doscientos dólares, gracias",
    ],
)
def test_other_words_stay_as_they_were_said(said):
    """Amounts and telephone numbers are no secrets, and words stay words."""
    assert redact_heard(said).text == said
