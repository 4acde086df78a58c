"""Text folded for comparing, never for showing."""

import unicodedata


def fold(text: str) -> str:
    """Answer lower case without accents or punctuation, words one space apart."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    kept = (
        char if char.isalnum() else " " for char in decomposed if not unicodedata.combining(char)
    )
    return " ".join("".join(kept).split())
