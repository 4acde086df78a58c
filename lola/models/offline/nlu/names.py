"""People's names in a line: after a cue ("para", "se llama"), or bare when a name was asked for.

How a name is divided and spelled is in `name_parts`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.name_parts import (
    GIVEN,
    NAMES,
    PARTICLES,
    SHORT_GIVEN,
    PersonName,
    is_initial,
    is_link,
    is_single_letter,
    spelled,
    split_name,
)
from lola.models.offline.nlu.phrases import PhraseBook
from lola.models.offline.nlu.text import ABBREVIATIONS, Word, is_misspelled_as
from lola.text.folding import unaccented

RELATIONS = table("relations")
STOP = frozenset(NAMES["stop"])
SKIP = frozenset(NAMES["skip"])
SHORT_WORDS = frozenset(ABBREVIATIONS["names"])
WORD_SURNAMES = frozenset(NAMES["word_surnames"])
BRANDS = frozenset(NAMES["brands"])
_SERVICE_WORDS = tuple(word for word in NAMES["service"] if len(word) >= 7)
_RELATION_OF = {word: name for name, row in RELATIONS.items() for word in row["words"]}
_CUES = PhraseBook(
    {"strong": NAMES["strong"], "weak": (*NAMES["weak"], *_RELATION_OF), "last": NAMES["last"],
     "own": NAMES["own"]}
)  # fmt: skip
_ALIAS_CUES = PhraseBook({"alias": NAMES["alias"]})
_SAINTS = frozenset({"san", "santa", "santo", "saint"})
_PAUSES = frozenset({"..", "...", "…"})
_AIMS = frozenset({"a", "para", "pa", "to", "for"})
_DENIED = frozenset({"no", "not"})
MAX_ALIAS_WORDS = 2
_NEGATORS = PhraseBook({"not": (*NAMES["negators"], *NAMES["instead"])})
MAX_WORDS = 14


def find_relation(words: Sequence[Word]) -> str:
    """Return which relative is meant (`mother`); empty when none is named."""
    at = relation_at(words)
    return "" if at < 0 else _RELATION_OF[words[at].key]


def relation_at(words: Sequence[Word]) -> int:
    """Return where a relative is named, rather the one money goes to; -1 when none is."""
    found = [
        at
        for at, word in enumerate(words)
        # "Son 200" is the Spanish verb.
        if word.key in _RELATION_OF and not (word.key == "son" and _counts(words, at + 1))
    ]
    aimed = (at for at in found if {word.key for word in words[max(0, at - 2) : at]} & _AIMS)
    return next(aimed, found[0] if found else -1)


def _counts(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and (words[at].is_number or words[at].key == "$")


def find_alias(words: Sequence[Word]) -> str:
    """Return the nickname that a line gives a person ("de apodo Lucho"); empty without one."""
    for cue in _ALIAS_CUES.longest(words):
        run = []
        for word in words[cue.end : cue.end + MAX_ALIAS_WORDS]:
            if word.breaks or word.key in STOP or not word.raw.isalpha():
                break
            run.append(word)
        if run:
            return spelled(run)
    return ""


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
                    return PersonName(last=spelled(run))
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
    words = [replace(word, breaks=False) if word.gap.strip() in _PAUSES else word for word in words]
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
    if run and start + len(run) == end - 1 and _is_word_surname(words[end - 1], run):
        run = [*run, words[end - 1]]
    if not run or start + len(run) < end:
        return None
    return split_name(run)


def _is_word_surname(word: Word, run: Sequence[Word]) -> bool:
    """Return whether the last word of a name is a surname: "Juana Tum Us"."""
    return len(run) > 1 and unaccented(word.raw) in WORD_SURNAMES and not word.breaks


def corrected(words: Sequence[Word], current: PersonName) -> PersonName | None:
    """Return the name after a correction such as "Luis, no Juan"; None when it is none."""
    old = {unaccented(part): part for part in current.full.split()}
    said = [word for word in words if word.key in old]
    if not said or not _NEGATORS.longest(words):
        return None
    beside = _named_instead(words, old)
    fresh = beside or [
        word
        for word in words
        if word.key not in old
        and word.key not in STOP | PARTICLES
        and word.is_letters
        and len(word.raw) > 1
    ]
    if len(fresh) != 1:
        return None
    wrong, right = old[said[-1].key], spelled(fresh)
    return PersonName(
        first=" ".join(right if part == wrong else part for part in current.first.split()),
        last=" ".join(right if part == wrong else part for part in current.last.split()),
    )


def _named_instead(words: Sequence[Word], old: Mapping[str, str]) -> list[Word]:
    """Return the word that stands for the wrong one: "her name is Luisa not Juana"."""
    for at in range(1, len(words) - 1):
        right, denied, wrong = words[at - 1], words[at], words[at + 1]
        if denied.key in _DENIED and wrong.key in old and right.key not in old:
            is_name = right.is_letters and not _is_no_name(right, is_first=True)
            return [right] if is_name else []
    return []


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
        if len(run) > 1 and word.key == "o" and (run[-2].key, run[-1].key) == ("de", "la"):
            # "María de la O" is a given name.
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
    if length < 2 or not is_link(words, at):
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
    if [word.key for word in words[first : start + 1]] == ["de", "la", "o"]:
        return list(words[first : start + 1])
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
    if not is_first and is_single_letter(word):
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
        if word.key in GIVEN and at not in own and at not in taken and not _is_town(words, at):
            start = _name_start(words, at, taken)
            run = _run(words, start, taken, strong=False, has_capitals=has_capitals)
            if len(run) > 1:
                return split_name(run)
    return None


def _is_town(words: Sequence[Word], at: int) -> bool:
    """Return whether a given name belongs to a town: "she is in San Pedro Carchá"."""
    before = [word.key for word in words[max(0, at - 2) : at]]
    return len(before) == 2 and before[0] in {"in", "en", "from"} and before[1] in _SAINTS


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
