"""Addresses and invitations in words: "banco punto com", "install …", "write me on …", wallets.

What a phone does not turn into a link still leads a sender away. An invitation is allowed only
when an approved text or a result of this turn names the same thing (docs/safety.md G7). Pure.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from lola.safety.output.figures import normal_form
from lola.safety.output.links import COMMON_TOPS, COUNTRIES
from lola.text.folding import unaccented, without_accents
from lola.text.word_lists import words

_TABLE: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _any(section: str, name: str) -> str:
    return "|".join(_TABLE[section][name])


_CLAUSE = re.compile(r"[^;!?\n]+?(?:[.](?=\s|$)|[;!?\n]|$)")
_HARMLESS = re.compile(rf"\b(?:{_any('harmless', 'before')})\b[^,:]{{0,80}}\Z", re.IGNORECASE)
_NEAR = 80
_GAP = r"\b[^.;!?\n]{0,40}?\b"
_LURES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:{_any('install', 'always')})\b",
        (
            r"\b(?:descarg\w+|baj(?:e|a|ar|ate|ese)(?: de)?|download(?:ing)?)"
            rf"{_GAP}(?P<what>{_any('install', 'objects')})\b"
        ),
        rf"\b(?P<what>{_any('install', 'programs')})\b",
        rf"\b(?:{_any('install', 'screen')})\b",
        (
            rf"\b(?:{_any('channels', 'reach')}){_GAP}(?<!este )(?<!esta )(?<!this )(?<!mismo )"
            rf"(?<!same )(?P<what>{_any('channels', 'names')})\b"
        ),
        rf"\b(?:{_any('channels', 'reach')}){_GAP}(?P<what>{_any('channels', 'own')})\b(?! de\b)",
        rf"\b(?:{_any('payments', 'pay')}){_GAP}(?P<what>{_any('payments', 'names')})\b",
    )
)
_NAMED = re.compile(r"\b(?i:descarg\w+|download)\s(?:(?:el|la|the|this|esta)\s)?[A-Z]\w{2,}")
_WALLET = re.compile(
    r"(?<!\w)(?:bc1[a-z0-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|0x[0-9A-Fa-f]{40}"
    r"|T[1-9A-HJ-NP-Za-km-z]{33}|[48][1-9A-HJ-NP-Za-km-z]{94}|r[1-9A-HJ-NP-Za-km-z]{24,34})(?!\w)"
)
_HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z]\w{0,31}")

# Endings that are ordinary words too: "ese punto es", "un punto de pago".
_WORDS_TOO = COUNTRIES.intersection(
    words(
        "ad al am as at be by cc de do es ga in is it la li lo me mi mu my na ne no pa pr re sa se "
        "si so st su to tv us va ya yt"
    )
)
_TOPS = "|".join(sorted(COMMON_TOPS | (COUNTRIES - _WORDS_TOO), key=len, reverse=True))
_DOTS = _any("spoken", "dots")
_DOT = rf"(?:\s(?:{_DOTS})\s|\s?[\[({{<]\s?(?:{_DOTS}|[.。．])\s?[\])}}>]\s?)"
_LOOK_ALIKE = "・·‧∙⋅•⸱。．｡․"
_SPOKEN = (
    re.compile(rf"(?<!\w)[\w\-]{{1,63}}{_DOT}(?:{_TOPS})\b(?!\sde\b)", re.IGNORECASE),
    re.compile(r"(?<!\w)\w{2,40}(?:punto|dot)(?:com|net|org|mx|io|info)\b", re.IGNORECASE),
    re.compile(
        r"(?<!\w)\w{1,64}\s?[\[({<]?(?:\b|(?<=[\[({<]))arroba\b[\])}>]?\s?\w", re.IGNORECASE
    ),
    re.compile(r"(?<!\w)\w{1,64}\s?[\[({<]\s?at\s?[\])}>]\s?\w", re.IGNORECASE),
    re.compile(r"(?<!\w)[\w\-]{1,63}\s\.\s?(?:com|net|org|info|xyz|io|mx)\b", re.IGNORECASE),
    re.compile(r"(?<!\w)[\w\-]{1,63}\.\s(?:com|net|org|xyz)\b"),
    re.compile(
        rf"(?<!\w)[\w\-]{{1,63}}[{_LOOK_ALIKE}](?:[\w\-]{{1,63}}[.{_LOOK_ALIKE}]){{0,5}}"
        r"(?:com|net|org|info|mx|io|app|xyz)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\bhxxps?\b", re.IGNORECASE),
)
_SPACED = re.compile(r"(?<!\S)(?:[\w.@:/\-]\s){4,200}[\w./](?!\S)")
_SPACED_HOST = re.compile(rf"\w\.(?:{_TOPS})\b|@\w|//", re.IGNORECASE)

_ANOTHER = re.compile(r"\b(?:otr[oa]|nuev[oa]|another|other|new)\b", re.IGNORECASE)


def lures_in(text: str, approved: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the addresses in words and the invitations that no approved text makes."""
    plain = normal_form(text)
    known = tuple(map(_approved, approved))
    return tuple(
        dict.fromkeys(
            (*_spoken(text), *_spoken(plain), *_invitations(without_accents(plain), known))
        )
    )


@lru_cache(maxsize=256)
def _approved(text: str) -> str:
    return unaccented(normal_form(text))


def _spoken(text: str) -> Iterator[str]:
    for pattern in _SPOKEN:
        yield from (match.group() for match in pattern.finditer(text))
    yield from (match.group() for match in _WALLET.finditer(text))
    for match in _SPACED.finditer(text):
        if _SPACED_HOST.search(re.sub(r"\s", "", match.group())):
            yield match.group()


def _invitations(said: str, known: Sequence[str]) -> Iterator[str]:
    for clause in _CLAUSE.finditer(said):
        for pattern in (*_LURES, _NAMED):
            match = pattern.search(clause.group())
            if match is None or _is_harmless(clause.group(), match):
                continue
            whole = match.group()
            # A page that names a channel approves that channel, and no other one of its kind.
            named = whole if _ANOTHER.search(whole) else match.groupdict().get("what") or whole
            if not any(named.lower() in text for text in known):
                yield match.group()


def _is_harmless(clause: str, match: re.Match[str]) -> bool:
    """Return whether a clause warns of what it names: "nunca le pediremos instalar"."""
    named = match.start("what") if match.groupdict().get("what") else match.start()
    return bool(_HARMLESS.search(clause[max(0, named - _NEAR) : named]))
