"""Text in a form for comparing, never for showing: the only place that removes case and accents."""

import unicodedata

_MAX_MARKS = 30
"""Of Unicode's Stream-Safe Text Format (UAX 15): no writing needs more on one letter."""


def unaccented(text: str) -> str:
    """Return the text in lower case without accents; `ñ` becomes `n`, punctuation stays."""
    return text.lower() if text.isascii() else without_accents(text.casefold())


def without_accents(text: str) -> str:
    """Return the text without accents, in its own case."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", few_marks(text))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def few_marks(text: str) -> str:
    """Return the text with at most 30 combining marks in a row, which normalisation sorts.

    Sorting them takes time that grows with the square of their number.
    """
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MAX_MARKS:
            kept.append(letter)
    return "".join(kept)


def fold(text: str) -> str:
    """Return lower case without accents or punctuation, words one space apart."""
    kept = (char if char.isalnum() else " " for char in unaccented(text))
    return " ".join("".join(kept).split())
