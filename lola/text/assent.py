"""The one reader of a yes: whether a whole message agrees, refuses or is in doubt.

It serves every question that code asks and that waits for a yes. A message is read only when the
phrases of `assent.toml` cover all of it, so that a condition, a change or a new subject is never
taken for a yes. Both languages are read at once. Pure.
"""

import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal

from lola.text.folding import fold

Assent = Literal["yes", "no", "unsure", "courtesy"]

MAX_READ = 120
"""Characters of the longest message that is read; a yes is shorter."""

_Kind = Literal["yes", "no", "doubt", "courtesy"]
_KINDS: tuple[_Kind, ...] = ("courtesy", "yes", "no", "doubt")
_QUESTION = re.compile(r"[?¿]")
_APOSTROPHE = re.compile(r"['’`´]")
# A phrase does not reach over a pause: "no, está bien" is not "no está bien".
_PAUSE = re.compile(r"[.,;:!¡…\n]+")
_STRETCHED = re.compile(r"(\w)\1{2,}")
# Skin tones and the mark that asks for a colourful picture change no meaning.
_VARIANTS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
_QUOTES = re.compile(r"[*_~\"“”«»()\-–—\s]+")


def read(text: str) -> Assent | None:
    """Return what a whole message says to an open question, or None when it says anything else.

    `unsure` is a doubt ("creo que sí") or a yes and a no together; `courtesy` holds only thanks
    and greetings.
    """
    if len(text) > MAX_READ or _QUESTION.search(text):
        return None
    kinds: set[_Kind] = set()
    for clause in _PAUSE.split(_APOSTROPHE.sub("", text)):
        found = _cover(clause)
        if found is None:
            return None
        kinds |= found
    if "doubt" in kinds or {"yes", "no"} <= kinds:
        return "unsure"
    if "yes" in kinds or "no" in kinds:
        return "yes" if "yes" in kinds else "no"
    return "courtesy" if kinds else None


def _cover(clause: str) -> set[_Kind] | None:
    """Return the kinds of the phrases that make up the clause; None when one word is unknown."""
    tokens = list(_tokens(clause))
    kinds: set[_Kind] = set()
    position = 0
    while position < len(tokens):
        for length in range(min(_LONGEST, len(tokens) - position), 0, -1):
            kind = _PHRASES.get(tuple(tokens[position : position + length]))
            if kind is not None:
                kinds.add(kind)
                position += length
                break
        else:
            return None
    return kinds


def _tokens(clause: str) -> Iterator[str]:
    """Yield the folded words of a clause and each sign among them, in order."""
    for part in _QUOTES.split(_VARIANTS.sub("", clause)):
        words = ""
        for char in part:
            if char.isalnum():
                words += char
                continue
            yield from _STRETCHED.sub(r"\1", fold(words)).split()
            yield char
            words = ""
        yield from _STRETCHED.sub(r"\1", fold(words)).split()


def _spellings(phrase: str) -> Iterator[tuple[str, ...]]:
    """Yield every form of a phrase: `a/b` is a choice, `?` marks a word that may be missing."""
    places = (
        (*word.removesuffix("?").split("/"), *([""] if word.endswith("?") else []))
        for word in phrase.split()
    )
    for form in product(*places):
        yield tuple(word for word in form if word)


def _phrases() -> dict[tuple[str, ...], _Kind]:
    """Return the kind of each phrase. Raises ValueError when two kinds claim the same phrase."""
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    phrases: dict[tuple[str, ...], _Kind] = {}
    for table in tables.values():
        for kind in _KINDS:
            for form in (form for phrase in table[kind] for form in _spellings(phrase)):
                if phrases.setdefault(form, kind) != kind:
                    raise ValueError(f"assent.toml: {' '.join(form)!r} is of two kinds")
    return phrases


_PHRASES = _phrases()
_LONGEST = max(map(len, _PHRASES))
