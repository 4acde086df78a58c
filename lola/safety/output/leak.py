"""The leak guard: whether a reply holds the instructions, the tools' descriptions or the canary.

Compared are runs of letters, so that spaces, lines and punctuation hide nothing, and of each letter
only its distance from the one before, so that a rotation by any number hides nothing. Encodings are
undone first (docs/safety.md G8). Pure.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from lola.safety.output.encodings import decoded, without_leet
from lola.safety.output.figures import normal_form
from lola.text.folding import unaccented

_SHINGLE = 8
"""Words in a row that are a leak by themselves."""
_RUN = 20
"""Letters of the shortest run that is compared: about four words."""
_STRIDE = 4
"""Every fourth run of the instructions is kept, so a leak of 24 letters always meets one."""
_PLAIN_LEAK = 56
"""Letters in all that a plain reply may share with the instructions, in runs of four words and
more. Approved sentences share one such run; seven words here and seven words there are more."""
_HIDDEN_LEAK = 30
"""The same for a reply that is read backwards, decoded or by every second word."""
_STEPS = (2, 3)
_TELLING = 12
"""Characters of the part of a canary that no text holds by chance."""
_WORD = re.compile(r"\w+")
_NOT_LETTER = re.compile(r"[^a-z]")
_NOT_WORD = re.compile(r"[\W_]+")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def leaks(text: str, secrets: Iterable[str], canary: str, approved: Iterable[str] = ()) -> str:
    """Return why a reply may not be sent, or an empty text. `canary` is compared in any form.

    What the instructions have in common with `approved` texts may be said.
    """
    unfolded = normal_form(text)
    plain = unaccented(unfolded)
    # Most replies hold no look-alike digits, so their readings are one.
    readings = tuple(dict.fromkeys((plain, *without_leet(plain))))
    encoded = [unaccented(part) for part in decoded(unfolded)]
    if canary and _holds_canary((*readings, *encoded), canary):
        return "it repeats the instructions"
    shown = [_distances(_letters(reading)) for reading in readings]
    hidden = [_distances(_letters(form)) for form in _hidden(readings, encoded)]
    allowed = tuple(approved)
    for secret in filter(None, secrets):
        known = _runs_of(secret).difference(*map(_every_run, allowed))
        shingles = _shingles(secret).difference(*map(_shingles, allowed))
        if not shingles.isdisjoint(_shingles_of(plain)):
            return "it repeats the instructions word for word"
        if any(_shared(form, known) >= _PLAIN_LEAK for form in shown):
            return "it repeats the instructions in pieces"
        if any(_shared(form, known) >= _HIDDEN_LEAK for form in hidden):
            return "it repeats the instructions in another form"
    return ""


def _hidden(readings: Iterable[str], encoded: Iterable[str]) -> Iterator[str]:
    """Yield forms in which no innocent reply meets the instructions."""
    for reading in readings:
        words = _spoken(reading)
        yield reading[::-1]
        yield " ".join(word[::-1] for word in words)
        yield " ".join(reversed(words))
        yield reading.translate(_MIRRORED)
        for step in _STEPS:
            for start in range(step):
                yield " ".join(words[start::step])
    for part in encoded:
        yield part
        yield part[::-1]


_MIRRORED = str.maketrans(_ALPHABET, _ALPHABET[::-1])


def _holds_canary(texts: Iterable[str], canary: str) -> bool:
    forms = _canary_forms(canary.casefold())
    return any(
        form in solid for solid in (_NOT_WORD.sub("", text) for text in texts) for form in forms
    )


@lru_cache(maxsize=4)
def _canary_forms(canary: str) -> frozenset[str]:
    """Return the canary and its reverse, plain, as leet reads it, and in every rotation."""
    forms: set[str] = set()
    parts = [part for part in _WORD.findall(canary) if len(part) >= _TELLING]
    solid = parts or [_NOT_WORD.sub("", canary)]
    for form in (reading for part in solid for reading in (part, *without_leet(part))):
        for shift in range(len(_ALPHABET)):
            turned = form.translate(str.maketrans(_ALPHABET, _ALPHABET[shift:] + _ALPHABET[:shift]))
            forms |= {turned, turned[::-1]}
        mirrored = form.translate(_MIRRORED)
        forms |= {mirrored, mirrored[::-1]}
    return frozenset(forms)


def _letters(text: str) -> str:
    return _NOT_LETTER.sub("", text)


def _spoken(text: str) -> list[str]:
    """Return the words between blanks; what has no letter or digit is not said."""
    return [word for word in text.split() if _WORD.search(word)]


def _distances(letters: str) -> bytes:
    return bytes((second - first) % 26 for first, second in pairwise(letters.encode()))


@lru_cache(maxsize=32)
def _runs_of(secret: str) -> frozenset[bytes]:
    """Return every fourth run of the instructions, of all words and of every second and third."""
    words = _spoken(unaccented(normal_form(secret)))
    streams = [words, *(words[start::step] for step in _STEPS for start in range(step))]
    return frozenset(
        run
        for stream in streams
        for position, run in _runs(_distances(_letters(" ".join(stream))))
        if position % _STRIDE == 0
    )


@lru_cache(maxsize=512)
def _every_run(text: str) -> frozenset[bytes]:
    letters = _letters(unaccented(normal_form(text)))
    return frozenset(run for _, run in _runs(_distances(letters)))


def _runs(distances: bytes) -> Iterator[tuple[int, bytes]]:
    for position in range(len(distances) - _RUN + 2):
        yield position, distances[position : position + _RUN - 1]


def _shared(distances: bytes, known: frozenset[bytes]) -> int:
    """Return how many letters are in runs of the instructions."""
    shared = reached = 0
    for position, run in _runs(distances):
        if run in known:
            end = position + _RUN
            shared += end - max(position, reached)
            reached = end
    return shared


@lru_cache(maxsize=512)
def _shingles(secret: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_shingles_of(unaccented(normal_form(secret))))


def _shingles_of(text: str) -> Iterable[tuple[str, ...]]:
    words = _WORD.findall(text)
    return zip(*(words[offset:] for offset in range(_SHINGLE)), strict=False)
