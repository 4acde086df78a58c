"""Text in a form for comparing, never for showing: the only place that removes case and accents."""

import unicodedata


def unaccented(text: str) -> str:
    """Return the text in lower case without accents; `ñ` becomes `n`, punctuation stays."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def fold(text: str) -> str:
    """Return lower case without accents or punctuation, words one space apart."""
    kept = (char if char.isalnum() else " " for char in unaccented(text))
    return " ".join("".join(kept).split())
