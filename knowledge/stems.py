"""Turns words into stems and concepts, the same way for documents and questions.

Snowball gives accented and unaccented forms of one Spanish word different stems (recibiré,
recibire), and singular and plural of some (dólar, dólares). A word therefore has several stems and
matches another word when they share one. Fillers (`fillers.toml`) are left out.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from lola.text.folding import few_marks, without_accents

SNOWBALL = {"es": "spanish", "en": "english"}
CONCEPTS = Path(__file__).with_name("concepts.toml")
FILLERS = Path(__file__).with_name("fillers.toml")
SHORTEST = 3
SOUND = "~"

Stem = Callable[[str], str]

_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_PRONOUN = re.compile(r"(?<=[aeior])(?:me|te|se|nos|l[aeo]s?)$")
_PLURAL = re.compile(r"[dlnrzj]es$")
_SOUNDS = tuple(
    (re.compile(written), heard)
    for written, heard in (
        ("qu(?=[ei])", "k"), ("c(?=[ei])", "s"), ("gu(?=[ei])", "g"), ("ch", "x"), ("[ckq]", "k"),
        ("z", "s"), ("v", "b"), ("n(?=[bp])", "m"), ("ll", "y"), ("h", ""), ("(.)\\1", r"\1"),
    )
)  # fmt: skip
_ENDINGS = (("gu", "g"), ("qu", "c"), ("z", "c"), ("j", "g"))


@dataclass(frozen=True, slots=True)
class Word:
    """A word with the stems that it is compared by, and the concepts that it may mean."""

    stems: tuple[str, ...]
    concepts: tuple[str, ...] = ()


def folded_words(text: str, language: str) -> list[str]:
    """Return the words in lower case with their accents, without fillers; `2,999` is `2999`."""
    found = _WORD.findall(few_marks(text.casefold()))
    plain = (word.replace(",", "") if word[0].isdigit() else word for word in found)
    return [word for word in plain if without_accents(word) not in _fillers(language)]


def read(text: str, language: str) -> list[Word]:
    """Return the words of a text in order, fillers left out. `language` is `es` or `en`."""
    return [analysed(word, language) for word in folded_words(text, language)]


@lru_cache(maxsize=50_000)
def analysed(word: str, language: str) -> Word:
    """Return a word's stems and its concepts."""
    stems = stems_of(word, language)
    known = _concepts(language)
    return Word(stems, tuple(dict.fromkeys(name for stem in stems for name in known.get(stem, ()))))


@lru_cache(maxsize=50_000)
def stems_of(word: str, language: str) -> tuple[str, ...]:
    """Return the folded stems of a word as written, without accents, and stemmed to the end."""
    plain = without_accents(word)
    if plain[0].isdigit():
        return (plain,)
    stem = _stemmer(language)
    first = without_accents(stem(word))
    second = without_accents(stem(plain))
    found = [first, second, _to_the_end(second, stem)]
    if language == "es":
        if (bare := _PRONOUN.sub("", plain)) != plain and len(bare) > SHORTEST:
            found.append(_to_the_end(without_accents(stem(bare)), stem))
        if _PLURAL.search(plain):
            found.append(without_accents(stem(plain[:-2])))
        found += [_regular(one) for one in found]
        found.append(SOUND + _sound(plain))
    return tuple(dict.fromkeys(found))


def _sound(word: str) -> str:
    """Return a Spanish word as it sounds, so that comicion is comisión and envio is embio."""
    bare = word[:-2] if _PLURAL.search(word) else word.removesuffix("s")
    for written, heard in _SOUNDS:
        bare = written.sub(heard, bare)
    return bare


def _to_the_end(word: str, stem: Stem) -> str:
    """Return what is left when no further ending can be taken off."""
    while len(word) > SHORTEST:
        shorter = without_accents(stem(without_last_vowel(word)))
        if len(shorter) >= len(word) or len(shorter) <= SHORTEST:
            break
        word = shorter
    return word


def without_last_vowel(stem: str) -> str:
    """Return a Spanish stem without the vowel that its last ending began with (abri-, abre-)."""
    return stem[:-1] if len(stem) > SHORTEST and stem[-1] in "aeio" else stem


def _regular(stem: str) -> str:
    """Return a Spanish stem as other forms of its verb have it.

    A stressed vowel changes (cuest-, cost-), and so do consonants before e (verifiqu-, verific-;
    cotic-, cotiz-; corrij-, corrig-).
    """
    short = without_last_vowel(stem)
    if len(short) <= SHORTEST:
        return short
    if short == stem and stem.endswith(("ar", "er", "ir")):
        short = stem[:-2]
    short = short.replace("ue", "o").replace("ie", "e")
    for ending, plain in _ENDINGS:
        if short.endswith(ending):
            return short.removesuffix(ending) + plain
    return short


def _stemmer(language: str) -> Stem:
    from snowballstemmer import stemmer

    # A stemmer has state, so threads must not share one.
    return stemmer(SNOWBALL[language]).stemWord  # type: ignore[no-any-return]


@cache
def _fillers(language: str) -> frozenset[str]:
    """Return the words of a language that are left out."""
    return frozenset(tomllib.loads(FILLERS.read_text(encoding="utf-8"))[language].split())


@cache
def _concepts(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return the concepts of each stem of a language's words."""
    listed = tomllib.loads(CONCEPTS.read_text(encoding="utf-8"))
    found: dict[str, tuple[str, ...]] = {}
    for name, words in listed.items():
        for word in words.get(language, "").split():
            for stem in stems_of(word, language):
                found[stem] = tuple(dict.fromkeys((*found.get(stem, ()), name)))
    return found
