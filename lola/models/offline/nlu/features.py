"""What the intent classifier looks at in a line: letters, words, and what the readers found.

Training and service use this one function. A feature is a bucket of a hash, so that no word of the
training texts is stored in the package.
"""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lola.models.offline.nlu.intents import find_intents, is_question
from lola.models.offline.nlu.names import find_relation
from lola.models.offline.nlu.places import find_methods, find_places
from lola.models.offline.nlu.text import Word, split

BUCKETS = 1 << 14
LETTERS = range(2, 6)
"""Lengths of the parts of a word."""
SIGN_WEIGHT = 0.3
"""Of what the readers found, beside letters and words that share a weight of one."""
MAX_WORDS = 60
MAX_DIGITS = 6
LENGTHS = (1, 2, 3, 6, 12)


def features(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the buckets of a line, each once, with their weights."""
    words = split(text)
    keys = [_key(word) for word in words[:MAX_WORDS]]
    said = {_bucket(item) for item in _parts(keys)}
    signs = {_bucket(f"s {item}") for item in _signs(text, words)} - said
    weights = [len(said) ** -0.5] * len(said) + [SIGN_WEIGHT] * len(signs)
    buckets = [*sorted(said), *sorted(signs)]
    return np.array(buckets, dtype=np.int64), np.array(weights, dtype=np.float32)


def _bucket(item: str) -> int:
    return zlib.crc32(item.encode()) % BUCKETS


def _key(word: Word) -> str:
    """Return a word; of a number only how long it is."""
    return f"#{min(len(word.key), MAX_DIGITS)}" if word.is_number else word.key


def _parts(keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        yield f"w {key}"
        if not key.startswith("#"):
            framed = f"^{key[:30]}$"
            for length in LETTERS:
                for start in range(len(framed) - length + 1):
                    yield f"c {framed[start : start + length]}"
    framed_keys = ["<", *keys, ">"]
    for distance in (1, 2):
        for one, other in zip(framed_keys, framed_keys[distance:], strict=False):
            yield f"{distance} {one} {other}"


def _signs(text: str, words: Sequence[Word]) -> Iterator[str]:
    """Return what the readers found, and the length of the line."""
    yield f"length {sum(len(words) > length for length in LENGTHS)}"
    intents = find_intents(words)
    yield from (f"intent {name}" for name in sorted(intents))
    found = {
        "mark": "?" in text or "¿" in text,
        "question": is_question(text, words),
        "number": any(word.is_number for word in words),
        "place": bool(find_places(words)),
        "relation": bool(find_relation(words)),
        "method": bool(find_methods(words)),
        "no intent": not intents,
    }
    yield from (name for name, is_there in found.items() if is_there)
