"""Number words as senders misspell them, written as the table of numbers has them.

Only for what senders write. The output guard reads without this, so that a model's slip is no
figure.
"""

import re

from lola.text.folding import unaccented
from lola.text.number_table import INFORMAL, SCALES, VALUES

_WORD = re.compile(r"[^\W\d_]+")
_GLUED = tuple(sorted((scale for scale in SCALES if len(scale) > 2), key=len, reverse=True))


def parted(word: str) -> tuple[str, str] | None:
    """Return number and scale of a folded word that joins them ("cincomil"); None for others."""
    for scale in _GLUED:
        head = word.removesuffix(scale)
        if head != word and INFORMAL.get(head, head) in VALUES:
            return head, scale
    return None


def as_spelled(text: str) -> str:
    """Return a text with misspelled number words corrected and joined ones parted."""
    return _WORD.sub(lambda match: _corrected(match.group()), text)


def _corrected(word: str) -> str:
    key = unaccented(word)
    if key in VALUES:
        return word
    parts = parted(key)
    if parts is not None:
        return " ".join(INFORMAL.get(part, part) for part in parts)
    return INFORMAL.get(key, word)
