"""Finds what a sender wants, as labels. Several may hold at once; the dialogue ranks them."""

from collections.abc import Sequence

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.phrases import PhraseBook
from lola.models.offline.nlu.text import Word

_BOOK = PhraseBook(table("intents"))
_ITEMS = PhraseBook(table("items"))
_ASKING = frozenset(
    {"que", "cual", "cuales", "cuanto", "como", "cuando", "donde", "quien", "quienes", "what",
     "which", "how", "when", "where", "who", "why", "does", "do", "can", "could", "is", "are",
     "will", "whats", "wheres", "puedo", "pueden", "tienen", "hay", "aceptan"}
)  # fmt: skip
# "Que lo cobre en Elektra" asks nothing.
_WISHES = frozenset(
    {"lo", "la", "los", "las", "le", "les", "se", "sea", "sean", "cobre", "reciba", "retire",
     "recoja", "saque", "pase", "vaya", "mejor", "siempre", "no"}
)  # fmt: skip
_HELLOS = frozenset({("que", "onda"), ("que", "tal"), ("que", "hubo"), ("how", "are")})


def find_intents(words: Sequence[Word]) -> frozenset[str]:
    """Return every intent that a line shows."""
    return _BOOK.labels(words)


def find_item(words: Sequence[Word]) -> str:
    """Return which part of a transfer a line names, as the tool's property; empty when none."""
    found = _ITEMS.longest(words)
    return found[0].label if found else ""


def is_question(text: str, words: Sequence[Word]) -> bool:
    """Return whether a line asks something, by its marks or by its first words."""
    if "?" in text or "¿" in text:
        return True
    opening = [word.key for word in words if word.key not in {"hola", "hello", "hi", "y", "and"}]
    if tuple(opening[:2]) in _HELLOS:
        opening = opening[2:]
    wishes = opening[:1] == ["que"] and opening[1:2] and opening[1] in _WISHES
    return bool(opening) and opening[0] in _ASKING and not wishes
