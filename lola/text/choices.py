"""The one reader of a typed choice: "2", "la segunda" or a whole title, out of what was offered.

It works on words that the caller has folded, so that the conversation (which turns the message
into a tap) and the offline model (which also undoes chat spelling) read choices alike. It never
guesses: a text that is only similar to a title is no choice here.
"""

from collections.abc import Sequence

from lola.text.number_table import ARTICLES, ORDINALS, VALUES

_LONGEST_NUMBER = 2
# Words around a position that change nothing about it.
_FILLERS = frozenset(
    {"la", "el", "lo", "los", "las", "the", "opcion", "option", "numero", "number", "quiero",
     "prefiero", "please", "por", "favor", "con", "en", "de", "i", "want", "ill", "take", "one",
     "esa", "ese", "#", "si", "yes", "ok", "a", "para", "to"}
)  # fmt: skip


def chosen_index(said: Sequence[str], titles: Sequence[Sequence[str]]) -> int | None:
    """Return the index of the title that all the words of a message mean; None when none is meant.

    `said` and each title are folded words. A title is compared before a position, so that a title
    which is itself a number wins.
    """
    words = tuple(said)
    if not words:
        return None
    for index, title in enumerate(titles):
        if tuple(title) == words:
            return index
    position = _position(words)
    if position < 0 and titles:
        return len(titles) - 1
    return position - 1 if 1 <= position <= len(titles) else None


def _position(words: tuple[str, ...]) -> int:
    """Return the position that the words name, counted from 1; -1 for the last, 0 for none."""
    telling = tuple(word for word in words if word not in _FILLERS) or words
    if len(telling) != 1:
        return 0
    word = telling[0]
    if word.isdecimal() and word.isascii() and len(word) <= _LONGEST_NUMBER:
        return int(word)
    # "Una" and "de una" are no choice of the first option, which may be the one that confirms.
    return ORDINALS.get(word) or (0 if word in ARTICLES else VALUES.get(word, 0))
