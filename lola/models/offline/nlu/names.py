"""People's names in a line: after a cue ("para", "se llama"), or bare when a name was asked for.

A name stays as the sender wrote it; only all-small or all-capital spelling is corrected. Spanish
has one or two given names and one or two surnames: a list of common given names tells them apart.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.phrases import PhraseBook
from lola.models.offline.nlu.text import Word
from lola.text.folding import unaccented

NAMES = table("names")
RELATIONS = table("relations")
STOP = frozenset(NAMES["stop"])
SKIP = frozenset(NAMES["skip"])
GIVEN = frozenset(NAMES["given"])
PARTICLES = frozenset(NAMES["particles"])
_RELATION_OF = {word: name for name, row in RELATIONS.items() for word in row["words"]}
_CUES = PhraseBook(
    {"strong": NAMES["strong"], "weak": (*NAMES["weak"], *_RELATION_OF), "last": NAMES["last"],
     "own": NAMES["own"]}
)  # fmt: skip
_ALIAS_CUES = PhraseBook({"alias": NAMES["alias"]})
MAX_ALIAS_WORDS = 2
_NEGATORS = PhraseBook({"not": (*NAMES["negators"], *NAMES["instead"])})
MAX_WORDS = 7


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


def find_name(words: Sequence[Word], taken: Collection[int] = ()) -> PersonName | None:
    """Return the person that a line introduces. `taken` are words that mean something else."""
    cues = _CUES.longest(words)
    own = {at for cue in cues if cue.label == "own" for at in range(cue.start, cue.end + 3)}
    begins, has_capitals = _name_begins(words, taken), _has_capitals(words)
    for label in ("last", "strong", "weak"):
        for cue in cues:
            if cue.label != label or cue.start in own:
                continue
            run = _run(
                words, begins[cue.end], taken, strong=label != "weak", has_capitals=has_capitals
            )
            if run and label == "last":
                return PersonName(last=_spelled(run))
            if run:
                return split_name(run)
    return _uncued(words, taken, own, has_capitals=has_capitals)


def bare_name(words: Sequence[Word], taken: Collection[int] = ()) -> PersonName | None:
    """Return the name that a whole line is, when a name was asked for; else None."""
    start, end = 0, len(words)
    while start < end and (words[start].key in SKIP or words[start].key in _RELATION_OF):
        start += 1
    while end > start and words[end - 1].key in SKIP:
        end -= 1
    run = _run(words, start, taken, strong=True, has_capitals=_has_capitals(words))
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
        and word.raw.isalpha()
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
    if len(units) <= 2:
        cut = 1
    elif len(units) == 3:
        cut = 2 if units[1][-1].key in GIVEN else 1
    else:
        cut = 2
    return PersonName(
        first=_spelled([word for unit in units[:cut] for word in unit]),
        last=_spelled([word for unit in units[cut:] for word in unit]),
    )


def _units(words: Sequence[Word]) -> list[list[Word]]:
    """Join particles with the word after them: `de la Cruz` is one surname."""
    units: list[list[Word]] = [[]]
    for word in words:
        units[-1].append(word)
        if word.key not in PARTICLES:
            units.append([])
    return [unit for unit in units if unit]


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
    for at in range(start, min(len(words), start + MAX_WORDS)):
        word = words[at]
        if at in taken or (run and word.breaks) or not word.raw.replace("'", "").isalpha():
            break
        if run and word.key in PARTICLES and _leads_on(words, at, taken):
            run.append(word)
            continue
        if _is_no_name(word):
            break
        if not strong and not _is_spelled_as_name(word, has_capitals, is_first=not run):
            break
        run.append(word)
    return run


def _has_capitals(words: Sequence[Word]) -> bool:
    """Return whether the line tells words with capitals from words without."""
    return any(word.raw[0].isupper() for word in words) and any(
        word.raw.islower() for word in words
    )


def _is_no_name(word: Word) -> bool:
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
        and words[following].raw.isalpha()
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
    while (
        at > first
        and not words[at].breaks
        and at - 1 not in taken
        and words[at - 1].raw.istitle()
        and words[at - 1].key not in STOP | PARTICLES
    ):
        at -= 1
    return at


def _leads_to_a_name(word: Word) -> bool:
    return word.key in SKIP or word.key in _RELATION_OF


def _spelled(words: Sequence[Word]) -> str:
    written = [word.raw for word in words]
    if all(raw.islower() for raw in written) or all(raw.isupper() for raw in written):
        written = [
            raw.lower() if word.key in PARTICLES else raw.capitalize()
            for raw, word in zip(written, words, strict=True)
        ]
    return " ".join(written)
