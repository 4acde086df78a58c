"""Says whether a text is in a language that this service does not speak.

Words decide, as for Spanish and English (`lola.text.language`): frequent words of other languages
against those of the two. What a language has in common with Spanish counts for neither (`also`).
Other scripts count by their letters. Names and borrowed words do not.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lola.text.folding import few_marks, unaccented
from lola.text.language import is_word_of_ours

_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"[.!?\n]")
_LAST_LATIN = 0x24F
_MORE_LATIN = range(0x1E00, 0x1F00)
_FOREIGN_LETTERS = frozenset("çãõêèàùòìôâîûßöäåøłśğşțșăđơưœæ")
_MANY = 12
"""Letters of another script, in words without a capital, that are no name any more."""
_TELLING = 2
"""Words of one other language that tell, if there are more of them than of ours."""
_SMALL = 3
_SHORT = 4
"""Words up to which one word tells, if none is ours: "Merci beaucoup"."""


def is_third_language(text: str) -> bool:
    """Return whether the text, or a sentence of it, is clearly in neither Spanish nor English."""
    sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
    return _is_third(text, is_whole=True) or (
        len(sentences) > 1 and any(_is_third(part, is_whole=False) for part in sentences)
    )


def _is_third(text: str, *, is_whole: bool) -> bool:
    words = _WORD.findall(few_marks(text))
    if _is_other_script(words):
        return True
    # A capital in the middle is a name; the first word of a text is one word only.
    plain = [word for at, word in enumerate(words) if not at or not _is_of_a_name(words, at)]
    known = {word.lower() for word in plain}
    ours = {word for word in known if _is_ours(word)}
    marked = sum(any(letter in _FOREIGN_LETTERS for letter in word) for word in known)
    for name, others in _TABLE.items():
        foreign = marked + len(known & others)
        left = len(ours - _ALSO.get(name, _NONE))
        if foreign >= _TELLING and foreign > left:
            return True
        if is_whole and foreign > 0 and not left and len(words) <= _SHORT:
            return True
    return False


def _is_of_a_name(words: Sequence[str], at: int) -> bool:
    """Return whether a word has a capital, or is small and between two that have one."""
    if words[at][0].isupper():
        return True
    around = words[at - 1 : at + 2]
    return (
        len(words[at]) <= _SMALL
        and len(around) > 2
        and around[2][0].isupper()
        and (around[0][0].isupper())
    )


def _is_ours(word: str) -> bool:
    return is_word_of_ours(unaccented(word)) and word not in _OTHERS


def _is_other_script(words: Iterable[str]) -> bool:
    words = list(words)
    other = [word for word in words if any(map(_is_other_letter, word))]
    letters = sum(map(len, other))
    of_plain = sum(len(word) for word in other if word == word.lower())
    return of_plain >= _MANY or letters * 2 > sum(map(len, words))


def _is_other_letter(letter: str) -> bool:
    return ord(letter) > _LAST_LATIN and ord(letter) not in _MORE_LATIN


_ENTRIES = tomllib.loads(
    Path(__file__).with_name("third_languages.toml").read_text(encoding="utf-8")
)
_SHARED = frozenset(_ENTRIES["shared"].split())
_TABLE: Mapping[str, frozenset[str]] = {
    name: frozenset(
        word
        for word in text.split()
        if word not in _SHARED and not (word.isascii() and is_word_of_ours(word))
    )
    for name, text in _ENTRIES["words"].items()
}
_ALSO: Mapping[str, frozenset[str]] = {
    name: frozenset(text.split()) for name, text in _ENTRIES["also"].items()
}
_NONE = frozenset[str]()
_OTHERS = frozenset().union(*_TABLE.values())
