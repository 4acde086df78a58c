"""Says whether a reply is written so that it is not plain Spanish or English.

Spelled out, in codes, in letters that are turned, moved or reversed, in words that no language has,
or in an order that no sentence has. What a sender cannot read at once is no answer, and it may say
what the other guards could not read (docs/safety.md G8). Pure, and linear in the reply.
"""

import re
from collections.abc import Iterator, Sequence
from unicodedata import normalize

from lola.safety.output.encodings import decoded, without_leet
from lola.safety.output.figures import normal_form
from lola.text.folding import unaccented
from lola.text.word_lists import words
from lola.text.word_order import WordOrder, segments, word_order

_ADDRESS = re.compile(r"(?<!\S)\S*(?:://|@|www\.)\S*", re.IGNORECASE)
_IDENTIFIER = re.compile(
    r"(?<!\w)(?:[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}"
    r"|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]{8,64})(?!\w)"
)
_TOKEN = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]{24,}")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|\\[ux][0-9A-Fa-f]{2,4}|&#?\w{2,8};|=[0-9A-F]{2}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2}")
_UNSEEN = re.compile("[\u200b\u200c\u200e\u200f\u2060-\u2064\ufeff\U000e0020-\U000e007e]")
_BEATS = re.compile(r"(?<!\S)[.·•\-–—_]{1,6}(?!\S)")
_LEET = re.compile(r"(?<!\w)(?=\w*[^\W\d_])(?=\w*\d)\w{4,20}(?!\w)")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ROTATIONS = tuple(
    str.maketrans(_ALPHABET, _ALPHABET[by:] + _ALPHABET[:by]) for by in range(1, len(_ALPHABET))
)
_MIRRORED = str.maketrans(_ALPHABET, _ALPHABET[::-1])
_ALONE = frozenset("aeiouy")
_SPELLING = frozenset(
    words(
        "alfa alpha bravo charlie delta echo eco foxtrot golf hotel india juliet juliett kilo lima "
        "mike november noviembre oscar papa quebec romeo sierra tango uniform victor whiskey "
        "whisky xray x ray yankee zulu"
    )
)

_IDENTIFIERS = 2
"""References of letters and digits that a reply may name."""
_FEW = 6
"""Letters, beats or spelling words in a row that are no accident."""
_ESCAPES = 4
_HIDDEN = 8
"""Unseen characters that are more than the flag of a region needs."""
_UNREAD = 5
"""Words in a row that are at least one usual word, in any sentence."""
_WINDOW = 6
"""Words in a row among which at least two are usual ones, in any sentence."""
_NAMES = 9
"""Capitalised words in a row that are more than a person's or a company's name."""
_SHARE = 0.34
_DECODED = 3
"""Usual words of three and more letters that an undone writing must show."""
_SHORTEST = 3
_MOVED = 8
"""Letters of usual words, two of them at least, that chance does not make."""
_ENDS_FIRST = re.compile(r"\A\s{0,4}[^\s.!?]{1,40}[.!?]\s")
_STEPS = (2, 3)
_AGAIN = 4
_GAIN = 4.0
"""By how much words are likelier backwards, as the logarithm of a ratio, to be so."""
_SURE = 1.0
"""The same for a text that begins with the end of a sentence."""
_MIXED = 8
"""Words of the shortest run in which other words may be mixed with those of a sentence."""
_DOUBTFUL = 0.25
_BETTER = 0.9
_LONG = 12
_NO_ORDER = -0.6
"""Of `WordOrder.usual`; replies of people are above 0.4 with few exceptions."""


def is_disguised(text: str, table: WordOrder | None = None) -> bool:
    """Return whether a reply is not plain language, by the installed table or another one."""
    if _has_odd_characters(text):
        return True
    text = _ADDRESS.sub(" ", normal_form(text))
    table = table or word_order()
    # Between its digits, a reference would count as several words that no language has.
    runs = list(segments(_IDENTIFIER.sub(" 0 ", text, count=_IDENTIFIERS)))
    return (
        _is_spelled(text)
        or _is_in_codes(text, table)
        or any(_is_unknown(run, table) or _is_moved(run, table) for run in runs)
        or any(_is_mixed(run, table) for run in runs)
        or _is_list_of_letters(runs, table)
        or _is_backwards(runs, table, _SURE if _ENDS_FIRST.match(text) else _GAIN)
    )


def _has_odd_characters(text: str) -> bool:
    """Return whether letters are drawn as signs, or unseen characters carry data."""
    if text.isascii():
        return False
    drawn = sum(
        not letter.isascii() and normalize("NFKC", letter).isascii() and letter.isprintable()
        and normalize("NFKC", letter).isalpha() for letter in text
    )  # fmt: skip
    return drawn >= _FEW or bool(_SELECTORS.search(text)) or len(_UNSEEN.findall(text)) >= _HIDDEN


def _is_spelled(text: str) -> bool:
    """Return whether letters, beats or spelling words follow each other."""
    if len(_BEATS.findall(text)) >= 2 * _FEW or _LETTERS.search(text):
        return True
    letters = spelling = 0
    for token in _TOKEN.findall(text):
        letters = letters + 1 if len(token) == 1 and token.isalpha() else 0
        spelling = spelling + 1 if token.lower() in _SPELLING else 0
        if letters >= _FEW or spelling >= _FEW:
            return True
    return False


def _is_in_codes(text: str, table: WordOrder) -> bool:
    """Return whether characters are escaped, or decoded characters or digits are words."""
    if len(_ESCAPE.findall(text)) >= _ESCAPES:
        return True
    if any(_tells(part, table) for part in decoded(text)):
        return True
    leet = (without_leet(word.lower()) for word in _LEET.findall(text))
    return sum(any(map(table.is_known, readings)) for readings in leet) > 1


def _tells(text: str, table: WordOrder) -> bool:
    """Return whether what was decoded is language: half of its words are usual ones."""
    found = [word.lower() for word in _TOKEN.findall(text) if len(word) >= _SHORTEST]
    known = sum(map(table.is_known, map(unaccented, found)))
    return known >= _DECODED and known * 2 >= len(found)


def _is_unknown(run: Sequence[str], table: WordOrder) -> bool:
    """Return whether words follow each other of which hardly one is a usual one."""
    shouted = sum(word.isupper() for word in run) * 2 > len(run)
    plain = [word for at, word in enumerate(run) if word[0].isalpha()
             and (not at or shouted or not word[0].isupper())]  # fmt: skip
    known = [_is_known(word, table) for word in plain]
    if any(sum(known[at : at + _WINDOW]) <= 1 for at in range(len(known) - _WINDOW + 1)) or any(
        not any(known[at : at + _UNREAD]) for at in range(len(known) - _UNREAD + 1)
    ):
        return True
    named = 0
    for word in run:
        is_strange = word[0].isupper() and not table.is_known(unaccented(word))
        named = named + 1 if is_strange else 0
        if named >= _NAMES:
            return True
    return False


def _is_known(word: str, table: WordOrder) -> bool:
    folded = unaccented(word)
    return table.is_known(folded) and (len(folded) > 1 or folded in _ALONE)


def _is_moved(run: Sequence[str], table: WordOrder) -> bool:
    """Return whether reversing, turning or moving the letters of unknown words makes words."""
    said = [unaccented(word) for word in run if word[0].isalpha() and len(word) >= _SHORTEST]
    if len(said) < 2 or sum(map(table.is_known, said)) > _SHARE * len(said):
        return False
    for form in _undone(said):
        known = [word for word in form if table.is_known(word)]
        if len(known) * 3 >= 2 * len(said) and sum(map(len, known)) >= _MOVED:
            return True
    return False


def _undone(said: Sequence[str]) -> Iterator[list[str]]:
    yield [word[::-1] for word in said]
    yield [word.translate(_MIRRORED) for word in said]
    for rotation in _ROTATIONS:
        yield [word.translate(rotation) for word in said]
        yield [word[::-1].translate(rotation) for word in said]


def _is_list_of_letters(runs: Sequence[Sequence[str]], table: WordOrder) -> bool:
    """Return whether each line is one word and all of them no sentence: their letters may be one.

    Labels and names have capitals, and numbers of a list are no words.
    """
    spoken = [run for run in runs if run[0].isalpha() or len(run) > 1]
    alone = [run[0] for run in spoken if len(run) == 1 and run[0].islower()]
    if len(alone) < _LONG or len(alone) * 10 < len(spoken) * 9:
        return False
    return table.usual(table.kinds(alone)) < 0


def _is_backwards(runs: Sequence[Sequence[str]], table: WordOrder, least: float) -> bool:
    """Return whether words are likelier the other way round, in a run or in the whole."""
    telling = [run for run in runs if sum(map(str.isalpha, run)) * 2 > len(run)]
    # Marks go with their words and cut a sentence elsewhere, so that all is read as one run too.
    whole = [word for run in telling for word in run]
    if len(whole) >= _MIXED or least < _GAIN:
        telling.append(whole)
    return any(_gain(table.kinds(run), table) > least for run in telling if len(run) >= _FEW)


def _gain(kinds: Sequence[str], table: WordOrder) -> float:
    """Return by how much the order backwards is likelier, as the logarithm of a ratio."""
    return (table.usual(kinds[::-1]) - table.usual(kinds)) * (len(kinds) + 1)


def _is_mixed(run: Sequence[str], table: WordOrder) -> bool:
    """Return whether a sentence is mixed with other words, or words have no order at all."""
    if _is_padded(run):
        return True
    if sum(word.isalpha() for word in run) < _MIXED:
        return False
    kinds = table.kinds(run)
    written = table.usual(kinds)
    if len(run) >= _LONG and written < _NO_ORDER:
        return True
    if written > _DOUBTFUL:
        return False
    parts = max(table.usual(kinds[start::step]) for step in _STEPS for start in range(step))
    return parts - written > _BETTER


def _is_padded(run: Sequence[str]) -> bool:
    """Return whether every second or third word is the same one, four times in a row."""
    plain = [word.casefold() if word.isalpha() else "" for word in run]
    return any(
        plain[at]
        and len({*plain[at : at + _AGAIN * step : step]}) == 1
        and all(plain[at : at + (_AGAIN - 1) * step])
        # "Banco Uno, Banco Dos" are names.
        and not all(map(str.istitle, run[at : at + (_AGAIN - 1) * step]))
        for step in _STEPS
        for at in range(len(plain) - (_AGAIN - 1) * step)
    )
