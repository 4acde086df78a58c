"""Finds a reply that says nothing but that something is done: "Hecho.", "Transfer successful".

The grammar of claims needs to read who did what. Such a reply does not say it, so the sender takes
it for what they asked. It needs the status of an act of this turn (docs/safety.md G9). Pure.
"""

import re
import tomllib
from pathlib import Path

from lola.safety.output.figures import normal_form
from lola.safety.output.sources import Sources
from lola.text.folding import unaccented
from lola.text.word_lists import words

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_MOST_WORDS = 8
_WORD = re.compile(r"\w+")
_ACTS = frozenset({"status", "verification"})
"""Fields of a result that say what came of an act; others only report."""
_TICKS = frozenset("✅✔☑🆗")


def is_bare_completion(reply: str, sources: Sources) -> bool:
    """Return whether a reply only says that something is done, and no act of this turn says so."""
    if "?" in reply or any(_ACTS & result.keys() for result in sources.tool_results):
        return False
    said = _WORD.findall(unaccented(normal_form(reply)))
    if not said:
        return not _TICKS.isdisjoint(reply)
    return (
        len(said) <= _MOST_WORDS
        and all(_DONE.fullmatch(word) or word in _BESIDE for word in said)
        and any(map(_DONE.fullmatch, said))
    )


def _entry(word: str) -> str:
    return rf"{word[:-1]}\w*" if word.endswith("-") else word


_DONE = re.compile("|".join(map(_entry, words(_TABLE["done"]))))
_BESIDE = frozenset(words(_TABLE["beside"]))
