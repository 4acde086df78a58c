"""The number words of both languages, read once from `number_table.toml`.

Holds data and no rules. Keys are in small letters without accents, as `lola.text.folding` returns
them.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from lola.text.languages import LANGUAGES

_TABLE: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_BY_LANGUAGE: Mapping[str, Mapping[str, Any]] = {name: _TABLE[name] for name in LANGUAGES}


def _merged(name: str) -> Mapping[str, int]:
    return {word: value for row in _BY_LANGUAGE.values() for word, value in row[name].items()}


VALUES = _merged("values")
"""Words that are added up: units, tens and, in Spanish, hundreds."""
SCALES = _merged("scales")
"""Words that multiply what is before them."""
ORDINALS = _merged("ordinals")
"""Words for a position from 1; -1 is the last one."""
JOINERS: Mapping[str, str] = {row["joiner"]: name for name, row in _BY_LANGUAGE.items()}
"""The word between the parts of a number, with its language."""
POINTS = frozenset(word for row in _BY_LANGUAGE.values() for word in row["points"])
"""Words for the decimal point."""
PAIRS = frozenset(word for row in _BY_LANGUAGE.values() for word in row["pairs"])
"""Words for two of a kind, with `PAIR_LINKS` behind them."""
PAIR_LINKS = frozenset(word for row in _BY_LANGUAGE.values() for word in row["pair_links"])
MANY = _merged("many")
"""Scales that count only behind a pair: "a couple of hundreds"."""
HALVES: Mapping[str, Decimal] = {
    word: Decimal(part) for row in _BY_LANGUAGE.values() for word, part in row["halves"].items()
}
"""Fractions that follow a number or precede a scale."""
ARTICLES = frozenset(word for row in _BY_LANGUAGE.values() for word in row["articles"])
"""Number words that are articles as well."""
FOREIGN: Mapping[str, frozenset[str]] = {
    name: frozenset(row["foreign"]) for name, row in _BY_LANGUAGE.items()
}
"""By language, the words that mean something else there than the number."""
DIGITS: Mapping[str, str] = {
    word: str(value) for word, value in VALUES.items() if value < 10 and word not in ARTICLES
}
"""Words for one digit, as they are used to spell out a long number."""
OPENED_BY_ARTICLE = frozenset(
    {*_TABLE["en"]["scales"], *_TABLE["en"]["pairs"], *_TABLE["en"]["halves"]}
)
"""What an English article makes a number of: "a hundred". The Spanish "a" is a preposition."""
INFORMAL: Mapping[str, str] = _TABLE["informal"]
"""Misspellings and slang, for text of senders only, with the word of the tables above."""
