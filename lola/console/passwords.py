"""Refuses passwords that are guessed first: sequences, repetitions, common words, one's own name.

Length is what counts, and no mixture of signs is demanded (NIST SP 800-63B 5.1.1.2).
"""

import re

from lola.text.folding import unaccented
from lola.text.word_lists import words

SHORTEST, LONGEST = 12, 256
_FEWEST_DIFFERENT = 5
_UNGUESSED = 6
"""Characters that have to be left when everything that is guessed first is taken out."""
_ROWS = (
    "01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv",
)  # fmt: skip
_SHORTEST_RUN = 4
_COMMON = words(
    "password passwort contrasena contrasenia clave secreto secret admin administrador root user "
    "usuario welcome bienvenido bienvenida hello hola letmein entrar iloveyou teamo amor dios "
    "jesus futbol barcelona america mexico guatemala honduras salvador colombia banco bank remesas "
    "money dinero lola console consola staff prueba test temporal changeme cambiame dragon monkey "
    "football superman princesa princess estrella verano invierno summer winter enero january "
    "lunes monday qwerty abc"
)
_LEET = str.maketrans("013457@$", "oieastas")


def weakness_of(password: str, name: str, brand: str = "") -> str:
    """Return why a password is refused, in words for its owner; empty when it is not."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    plain = unaccented(password.casefold())
    if len(set(plain)) < _FEWEST_DIFFERENT:
        return "has too few different characters"
    if any(plain == (plain[:unit] * len(plain))[: len(plain)] for unit in range(1, 7)):
        return "repeats the same few characters"
    left = _without_runs(plain)
    for own in (*re.split(r"[._\-\s]+", name.casefold()), *brand.casefold().split()):
        if len(own) >= _SHORTEST_RUN - 1:
            left = left.replace(unaccented(own), "")
    if len(left) < _UNGUESSED:
        return "is a sequence of neighbouring signs, or your own name or the bank's"
    if min(len(_without_words(text)) for text in (left, _unleet(left))) < _UNGUESSED:
        return "is made of words that are tried first"
    return ""


def _without_runs(text: str) -> str:
    """Return a text without neighbours of a keyboard or an alphabet, forwards and backwards."""
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for size in range(min(len(row), len(text)), _SHORTEST_RUN - 1, -1):
            for start in range(len(row) - size + 1):
                text = text.replace(row[start : start + size], "")
    return text


def _without_words(text: str) -> str:
    for word in sorted(_COMMON, key=len, reverse=True):
        text = text.replace(word, "")
    return re.sub(r"[\W\d_]", "", text)


def _unleet(text: str) -> str:
    return text.translate(_LEET)
