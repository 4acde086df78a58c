"""People's names in a line: after a cue ("para", "se llama"), or bare when a name was asked for.

A name stays as the sender wrote it; only all-small or all-capital spelling is corrected. Spanish
has one or two given names and one or two surnames: a list of common given names tells them apart.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.phrases import PhraseBook
from lola.models.offline.nlu.text import ABBREVIATIONS, Word, is_misspelled_as
from lola.text.folding import unaccented

NAMES = table("names")
RELATIONS = table("relations")
STOP = frozenset(NAMES["stop"])
SKIP = frozenset(NAMES["skip"])
GIVEN = frozenset(NAMES["given"])
PARTICLES = frozenset(NAMES["particles"])
DEVOTIONS = frozenset(NAMES["devotions"])
SHORT_GIVEN = frozenset(NAMES["short_given"])
SHORT_WORDS = frozenset(ABBREVIATIONS["names"])
BRANDS = frozenset(NAMES["brands"])
LINKS = frozenset({"y", "i", "e"})
_SERVICE_WORDS = tuple(word for word in NAMES["service"] if len(word) >= 7)
_RELATION_OF = {word: name for name, row in RELATIONS.items() for word in row["words"]}
_CUES = PhraseBook(
    {"strong": NAMES["strong"], "weak": (*NAMES["weak"], *_RELATION_OF), "last": NAMES["last"],
     "own": NAMES["own"]}
)  # fmt: skip
_ALIAS_CUES = PhraseBook({"alias": NAMES["alias"]})
MAX_ALIAS_WORDS = 2
_NEGATORS = PhraseBook({"not": (*NAMES["negators"], *NAMES["instead"])})
MAX_WORDS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A name. Either part may be empty: a lone given name, or a surname alone."""

    first: str = ""
    last: str = ""

    @property
    def full(self) -> str:
        """Both parts on one line."""
        return f"{self.first} {self.last}".strip()


def find_relation(words: Sequence[Word]) -> str:
    """Return which relative is meant (`mother`); empty when none is named."""
    keys = (word.key for word in words)
    return next((_RELATION_OF[key] for key in keys if key in _RELATION_OF), "")


def find_alias(words: Sequence[Word]) -> str:
    """Return the nickname that a line gives a person ("de apodo Lucho"); empty without one."""
    for cue in _ALIAS_CUES.longest(words):
        run = []
        for word in words[cue.end : cue.end + MAX_ALIAS_WORDS]:
            if word.breaks or word.key in STOP or not word.raw.isalpha():
                break
            run.append(word)
        if run:
            return _spelled(run)
    return ""


def is_initial(word: Word) -> bool:
    """Return whether a word is initials or an abbreviation with its full stop: `E.`, `Ma.`."""
    return word.raw.endswith(".") and word.is_letters


def find_name(words: Sequence[Word], taken: Collection[int] = ()) -> PersonName | None:
    """Return the person that a line introduces. `taken` are words that mean something else."""
    cues = _CUES.longest(words)
    own = {at for cue in cues if cue.label == "own" for at in range(cue.start, cue.end + 3)}
    begins, has_capitals = _name_begins(words, taken), _has_capitals(words)
    for label in ("last", "strong", "weak"):
        for cue in cues:
            if cue.label != label or cue.start in own:
                continue
            if label == "last":
                run = _surname_run(words, cue.end, taken, has_capitals=has_capitals)
                if run:
                    return PersonName(last=_spelled(run))
                continue
            strong = label == "strong"
            run = _run(words, begins[cue.end], taken, strong=strong, has_capitals=has_capitals)
            if run:
                return split_name(run)
    return _uncued(words, taken, own, has_capitals=has_capitals)


def bare_name(
    words: Sequence[Word], taken: Collection[int] = (), *, surname: bool = False
) -> PersonName | None:
    """Return the name that a whole line is, when a name was asked for; else None.

    `surname`: only that was asked for, so the "de" in front belongs to it.
    """
    start, end = 0, len(words)
    while start < end and _leads_to_a_name(words[start]):
        if surname and words[start].key in PARTICLES:
            break
        start += 1
    while end > start and words[end - 1].key in SKIP:
        end -= 1
    has_capitals = _has_capitals(words)
    if surname:
        run = _surname_run(words, start, taken, has_capitals=has_capitals)
    else:
        run = _run(words, start, taken, strong=True, has_capitals=has_capitals)
    if not run or start + len(run) < end:
        return None
    return split_name(run)


def corrected(words: Sequence[Word], current: PersonName) -> PersonName | None:
    """Return the name after a correction such as "Luis, no Juan"; None when it is none."""
    old = {unaccented(part): part for part in current.full.split()}
    said = [word for word in words if word.key in old]
    if not said or not _NEGATORS.longest(words):
        return None
    fresh = [
        word
        for word in words
        if word.key not in old
        and word.key not in STOP | PARTICLES
        and word.is_letters
        and len(word.raw) > 1
    ]
    if len(fresh) != 1:
        return None
    wrong, right = old[said[-1].key], _spelled(fresh)
    return PersonName(
        first=" ".join(right if part == wrong else part for part in current.first.split()),
        last=" ".join(right if part == wrong else part for part in current.last.split()),
    )


def split_name(words: Sequence[Word]) -> PersonName:
    """Divide the words of a name into given names and surnames."""
    units = _units(words)
    given = 1
    while given < len(units) and _is_given(units[given]):
        given += 1
    if len(units) <= 2:
        cut = 1
    elif len(units) == 3:
        cut = min(given, 2)
    else:
        last = 1 if _is_single_letter(units[given - 1][-1]) else 2
        cut = min(max(given, 2), max(len(units) - last, 2))
    shouted = _has_one_case(words)
    return PersonName(
        first=_spelled([word for unit in units[:cut] for word in unit], recased=shouted),
        last=_spelled([word for unit in units[cut:] for word in unit], recased=shouted),
    )


def _units(words: Sequence[Word]) -> list[list[Word]]:
    """Join what is one name: `de la Cruz`, `Paz y Miño`, `López-Ruiz`."""
    units: list[list[Word]] = [[]]
    for at, word in enumerate(words):
        if at and units[-1] == [] and (word.is_hyphenated or _is_link(words, at)):
            units.pop()
        units[-1].append(word)
        if word.key not in PARTICLES and not _is_link(words, at):
            units.append([])
    return [unit for unit in units if unit]


def _is_given(unit: Sequence[Word]) -> bool:
    word = unit[-1]
    devoted = len(unit) > 1 and unit[0].key in PARTICLES and word.key in DEVOTIONS
    return word.key in GIVEN or devoted or word.key in SHORT_GIVEN or _is_single_letter(word)


def _is_single_letter(word: Word) -> bool:
    return len(word.key) == 1 and word.raw[0].isupper()


def _is_link(words: Sequence[Word], at: int) -> bool:
    """Return whether a word is the "y" between the two parts of one surname."""
    if not 0 < at < len(words) - 1 or words[at].key not in LINKS or is_initial(words[at]):
        return False
    return words[at].raw.islower() or words[at - 1].raw.isupper()


def _name_begins(words: Sequence[Word], taken: Collection[int]) -> list[int]:
    """Return, for each position, where a name after a cue there begins: behind all fillers."""
    begins = list(range(len(words) + 1))
    for at in reversed(range(len(words))):
        if at not in taken and _leads_to_a_name(words[at]):
            begins[at] = begins[at + 1]
    return begins


def _run(
    words: Sequence[Word],
    start: int,
    taken: Collection[int],
    *,
    strong: bool,
    has_capitals: bool,
) -> list[Word]:
    """Return the words of a name that begins at `start`; empty when none does.

    `strong`: something says that a name follows here, so spelling is no condition.
    """
    run: list[Word] = []
    for at in range(start, min(len(words), start + MAX_WORDS + 1)):
        word = words[at]
        if at in taken or (run and word.breaks) or not word.is_letters:
            break
        if run and word.key in PARTICLES and _leads_on(words, at, taken):
            run.append(word)
            continue
        if run and _joins_surnames(words, at, taken, len(run), has_capitals=has_capitals):
            run.append(word)
            continue
        if _is_no_name(word, is_first=not run):
            break
        if not strong and not _is_spelled_as_name(word, has_capitals, is_first=not run):
            break
        run.append(word)
    # What is longer than any name is none, and a bank or a slip of typing is no person.
    is_brand = any(word.key in BRANDS for word in run) and run[0].key not in GIVEN
    return [] if len(run) > MAX_WORDS or is_brand or _is_service_word(run) else run


def _joins_surnames(
    words: Sequence[Word], at: int, taken: Collection[int], length: int, *, has_capitals: bool
) -> bool:
    """Return whether "y" goes on with the same surname: "Ana Paz y Miño", not "Ana y Luis"."""
    if length < 2 or not _is_link(words, at):
        return False
    word = words[at + 1]
    if at + 1 in taken or word.breaks or not word.is_letters or _is_no_name(word, is_first=False):
        return False
    if has_capitals:
        return word.raw[0].isupper() and word.key not in GIVEN
    rest = words[at + 2 :]
    return word.key not in GIVEN and (not rest or rest[0].breaks)


def _is_service_word(run: Sequence[Word]) -> bool:
    """Return whether a lone word is a slip of typing of a word of the service: "efctivo"."""
    if len(run) != 1 or run[0].key in GIVEN:
        return False
    return any(is_misspelled_as(run[0].key, word) for word in _SERVICE_WORDS)


def _surname_run(
    words: Sequence[Word], start: int, taken: Collection[int], *, has_capitals: bool
) -> list[Word]:
    """Return the words of a surname, with the particles that it begins with: "de la Cruz"."""
    while start < len(words) and _leads_to_a_name(words[start]):
        if words[start].key in PARTICLES:
            break
        start += 1
    first = start
    while start < len(words) and words[start].key in PARTICLES:
        start += 1
    run = _run(words, start, taken, strong=True, has_capitals=has_capitals)
    return [*words[first:start], *run] if run else []


def _has_capitals(words: Sequence[Word]) -> bool:
    """Return whether the line tells words with capitals from words without."""
    return any(word.raw[0].isupper() for word in words) and any(
        word.raw.islower() for word in words
    )


def _is_no_name(word: Word, *, is_first: bool) -> bool:
    if is_initial(word) and (word.key in SHORT_GIVEN or word.key not in SHORT_WORDS):
        return False
    if not is_first and _is_single_letter(word):
        return word.key in {"y", "o"}
    return word.key in STOP or unaccented(word.raw) in STOP


def _is_spelled_as_name(word: Word, has_capitals: bool, *, is_first: bool) -> bool:
    """Return whether spelling alone allows a name: a capital, or a given name without any."""
    if has_capitals:
        return word.raw[0].isupper()
    return not is_first or word.key in GIVEN


def _leads_on(words: Sequence[Word], at: int, taken: Collection[int]) -> bool:
    following = at + 1
    end = min(len(words), at + MAX_WORDS)
    while following < end and words[following].key in PARTICLES:
        following += 1
    return (
        following < end
        and following not in taken
        and not words[following].breaks
        and words[following].key not in STOP
        and words[following].is_letters
    )


def _uncued(
    words: Sequence[Word], taken: Collection[int], own: Collection[int], *, has_capitals: bool
) -> PersonName | None:
    """Return a given name with a surname that no cue introduces: "México, 200, María López"."""
    for at, word in enumerate(words):
        if word.key in GIVEN and at not in own and at not in taken:
            start = _name_start(words, at, taken)
            run = _run(words, start, taken, strong=False, has_capitals=has_capitals)
            if len(run) > 1:
                return split_name(run)
    return None


def _name_start(words: Sequence[Word], at: int, taken: Collection[int]) -> int:
    """Return where a name in capitals begins that holds a known given name at `at`."""
    first = max(0, at - MAX_WORDS)
    begin = at
    while at > first and not words[at].breaks and at - 1 not in taken:
        at -= 1
        if words[at].key in PARTICLES:
            continue
        if not words[at].raw[0].isupper() or _is_no_name(words[at], is_first=True):
            break
        begin = at
    return begin


def _leads_to_a_name(word: Word) -> bool:
    return word.key in SKIP or word.key in _RELATION_OF


def _has_one_case(words: Sequence[Word]) -> bool:
    return all(word.raw.islower() for word in words) or all(word.raw.isupper() for word in words)


def _spelled(words: Sequence[Word], *, recased: bool | None = None) -> str:
    written = [unicodedata.normalize("NFC", word.raw) for word in words]
    if _has_one_case(words) if recased is None else recased:
        written = [
            raw.lower() if word.key in PARTICLES | LINKS and not is_initial(word) else _capital(raw)
            for raw, word in zip(written, words, strict=True)
        ]
    name = written[0] if written else ""
    for word, raw in zip(words[1:], written[1:], strict=True):
        name += f"{word.gap}{raw}" if word.is_hyphenated else f" {raw}"
    return name


def _capital(raw: str) -> str:
    """Return a word in small letters with a capital first, also behind one letter: D'Angelo."""
    lower = raw.lower()
    if len(lower) > 3 and not lower[1].isalnum() and lower[2].isalpha():
        return f"{lower[0].upper()}{lower[1]}{lower[2:].capitalize()}"
    return lower[0].upper() + lower[1:]
