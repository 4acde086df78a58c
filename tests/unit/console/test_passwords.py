"""Passwords that are guessed first are refused with the reason; long unrelated words are not."""

import pytest

from lola.console.passwords import weakness_of


@pytest.mark.parametrize(
    "password",
    [
        "123456789012", "1234567890123456", "abcdefghijkl", "qwertyuiopas", "987654321098",
        "aaaaaaaaaaaa", "abababababab", "maria1234567", "mariamaria123", "password1234",
        "Contraseña123", "contrasena2026", "remesas12345", "P4ssw0rd1234", "bienvenido1!!",
        "1qaz2wsx3edc", "corta", "x" * 300, "hola12345678", "lola-lola-lola", "banco2026banco",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password):
    """Sequences, repetitions, common words in two languages, the account's own name."""
    assert weakness_of(password, "maria")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery", "tortuga-lluvia-mesa", "Xk29-vvQp-77ta", "mi perro come nopales",
        "ñandú volador azul", "k8Wq!zR4tLmP", "seis gatos en la azotea",
    ],
)  # fmt: skip
def test_long_and_unrelated_is_enough(password):
    """No mixture of signs is demanded (NIST SP 800-63B)."""
    assert weakness_of(password, "maria", "Remesas Sol") == ""


def test_the_brand_is_no_secret():
    """The bank's own name is guessed as soon as one's own."""
    assert weakness_of("remesas sol 1234", "maria", "Remesas Sol")
