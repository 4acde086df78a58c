"""The words, signs and months that the reader of figures knows, read from `figure_words.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from lola.text.word_lists import words

Role = Literal[
    "send", "receive", "fee", "total", "rate", "limit", "limit_used", "limit_left", "limit_per",
    "count", "arrival", "validity",
]  # fmt: skip
"""What a figure says. `limit` is a whole one, `limit_per` one transfer's; `arrival` and `validity`
are of durations."""

_TABLE: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_CURRENCIES: Mapping[str, Any] = _TABLE["currencies"]


def _coded(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((names, frozenset(words(codes))) for names, codes in rows)


CURRENCY_CODES = frozenset(words(_CURRENCIES["codes"]))
CURRENCY_WORDS = _coded(_CURRENCIES["names"])
CENT_WORDS = _coded(_CURRENCIES["cents"])
SIGNS: Mapping[str, frozenset[str]] = {
    sign: frozenset(words(codes)) for sign, codes in _CURRENCIES["signs"].items()
}
DOLLAR_SIGN: Mapping[str, frozenset[str]] = {
    language: frozenset(words(codes)) for language, codes in _CURRENCIES["dollar_sign"].items()
}
"""What "$" alone may mean in a text of a language."""
UNITS: tuple[tuple[str, str, int], ...] = tuple(
    (spelling, family, factor) for spelling, family, factor in _TABLE["units"]["all"]
)
BEFORE: tuple[tuple[str, str], ...] = tuple(
    (row["role"], "|".join(row["words"])) for row in _TABLE["before"]
)
"""What words in front of a figure make of it; names in `MIXED` stand for several roles."""
BEHIND: tuple[tuple[str, str], ...] = tuple(
    (row["role"], "|".join(row["words"])) for row in _TABLE["behind"]
)
MIXED: Mapping[str, frozenset[Role]] = {
    "pays": frozenset({"fee", "total"}),
    "collects": frozenset({"fee", "receive"}),
    "may_send": frozenset({"send", "limit_left"}),
}
COPULA: str = _TABLE["copulas"]["words"]
METHODS: Mapping[str, str] = {
    name: _TABLE["methods"][name] for name in ("bank_account", "cash_pickup", "mobile_wallet")
}
EXCLUDED: str = _TABLE["methods"]["excluded"]
EVERY_METHOD: str = _TABLE["methods"]["every"]
ARRIVAL: str = _TABLE["arrival"]["words"]
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene january jan", "febrero feb february", "marzo mar march",
            "abril abr april apr", "mayo may", "junio jun june", "julio jul july",
            "agosto ago august aug", "septiembre setiembre sep sept september",
            "octubre oct october", "noviembre nov november", "diciembre dic december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
