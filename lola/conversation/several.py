"""Finds several transfers in one message, and writes each of them as a message of its own.

Two amounts for two people or two countries are two transfers. A model that prepares one of them
sees the words of that one only, so that no summary is made of parts of both. Nothing is guessed:
what is said for both is repeated in each, what is said for one stays with it. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lola.models.offline.nlu.amounts import find_amounts
from lola.models.offline.nlu.money import Amount
from lola.models.offline.nlu.places import find_places
from lola.models.offline.nlu.reader import by_grammars
from lola.models.offline.nlu.text import Word, split
from lola.models.offline.nlu.understanding import Understanding
from lola.text.folding import fold

MOST = 4
LONGEST = 400
"""Characters of the longest message that is divided."""
_JOINING = frozenset({"y", "e", "and", "tambien", "ademas", "also", "plus", "luego", "then"})
_GIVING = frozenset({"a", "para", "to", "for"})
# One of these makes the second amount a correction or a choice, not another transfer.
_CORRECTING = frozenset(
    {"mejor", "digo", "perdon", "sino", "instead", "rather", "actually", "sorry", "meant",
     "corrijo", "equivoque", "oops", "mistake", "vez", "lugar"}
)  # fmt: skip
_CHOOSING = frozenset({"o", "u", "or", "entre", "between"})
_DENYING = frozenset({"no", "not"})
_EACH = frozenset({("cada", "una"), ("cada", "uno"), ("cada", "quien"), ("each",), ("c", "u")})
_BOTH = frozenset({("las", "dos"), ("los", "dos"), ("ambas",), ("ambos",), ("both",),
                   ("las", "tres"), ("los", "tres"), ("all", "three"), ("todas",), ("todos",),
                   ("todo",), ("all",)})  # fmt: skip
_AFTER_BOTH = frozenset({"are", "of", "them", "son", "van", "es", "is", "go", "goes"})
_ADDING = frozenset({"tambien", "ademas", "aparte", "also", "another", "otro", "otros", "otra"})
_CENTS = frozenset({"centavo", "centavos", "cent", "cents"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One transfer of several. `said` are the sender's own words, `text` the complete message."""

    said: str
    text: str


def transfers_in(text: str) -> tuple[Part, ...]:
    """Return the transfers of a message that asks for two or more; empty for any other."""
    text = ". ".join(filter(None, map(str.strip, text.splitlines())))
    words = split(text)
    if len(text) > LONGEST or "?" in text or any(word.key in _CORRECTING for word in words):
        return ()
    amounts = [item for item in find_amounts(words) if _is_whole(item, words)]
    cuts = _between_amounts(words, amounts) if len(amounts) > 1 else _between_people(words)
    if not cuts:
        return ()
    body, tail = _shared_end(words, cuts)
    starts = (0, *cuts)
    spans = list(zip(starts, (*cuts, body), strict=True))
    head = _head(words, spans[0], amounts)
    cores = [_slice(text, words, _core(words, span, head)) for span in spans]
    if not 2 <= len(cores) <= MOST or not _are_different([by_grammars(core) for core in cores]):
        return ()
    before = _slice(text, words, (0, head))
    each = _said_for_each(text, words, amounts)
    after = _slice(text, words, (tail, len(words))) if tail else ""
    return tuple(
        Part(
            said=f"{core} {after}".strip(),
            text=" ".join(filter(None, (before, each if place else "", core, after))),
        )
        for place, core in enumerate(cores)
    )


def addition_in(text: str, recipient: str) -> str:
    """Return the words of a further transfer, beside the open one to `recipient`: "y también 50 a
    mi tía". Empty for any other message.
    """
    words = split(text)
    is_added = words and words[0].key in _JOINING | _ADDING
    if len(text) > LONGEST or "?" in text or not is_added:
        return ""
    joints = _JOINING | _ADDING
    start = next((at for at, word in enumerate(words) if word.key not in joints), 0)
    said = text[words[start].start :].strip()
    meaning, known = by_grammars(said), set(fold(recipient).split())
    is_another = bool(meaning.relation) or not known & set(fold(_person(meaning)).split())
    is_one = meaning.amount is not None and bool(_person(meaning))
    return said if is_one and is_another else ""


def _is_whole(amount: Amount, words: Sequence[Word]) -> bool:
    """Return whether it may be the amount of a transfer: no small article and no cents."""
    is_cents = any(word.key in _CENTS for word in words[amount.end - 1 : amount.end + 1])
    return not (amount.negated or amount.is_article or is_cents)


def _between_amounts(words: Sequence[Word], amounts: Sequence[Amount]) -> tuple[int, ...]:
    """Return where each transfer but the first begins; empty when something else joins two."""
    cuts: list[int] = []
    for one, other in pairwise(amounts):
        between = range(one.end, other.start + 1)
        keys = {words[at].key for at in between}
        joints = [at for at in between if words[at].breaks or words[at].key in _JOINING]
        if not joints or keys & _CHOOSING:
            return ()
        cut = joints[-1]
        if words[cut].key in _DENYING or words[min(cut + 1, other.start)].key in _DENYING:
            return ()
        cuts.append(cut)
    return tuple(cuts)


def _between_people(words: Sequence[Word]) -> tuple[int, ...]:
    """Return where a second person begins: "a mi mamá y a mi papá"."""
    return tuple(
        at
        for at in range(1, len(words) - 1)
        if words[at].key in _JOINING and words[at + 1].key in _GIVING and _names_a_person(words, at)
    )


def _names_a_person(words: Sequence[Word], at: int) -> bool:
    following = words[at + 2 : at + 4]
    meaning = by_grammars(" ".join(word.raw for word in following))
    is_written_as_name = bool(following) and following[0].raw.istitle() and not meaning.countries
    return bool(meaning.relation) or (is_written_as_name and not meaning.methods)


def _shared_end(words: Sequence[Word], cuts: Sequence[int]) -> tuple[int, int]:
    """Return where the last transfer ends, and where begins what is said for both; 0 for none."""
    for at in range(cuts[-1] + 1, len(words)):
        for marker in _BOTH:
            if tuple(word.key for word in words[at : at + len(marker)]) == marker:
                end = at - 1 if words[at - 1].key in {"a", "para", "for", "to"} else at
                tail = at + len(marker)
                while tail < len(words) and words[tail].key in _AFTER_BOTH:
                    tail += 1
                return end, tail if tail < len(words) else 0
    return len(words), 0


def _head(words: Sequence[Word], first: tuple[int, int], amounts: Sequence[Amount]) -> int:
    """Return the end of the words before the first transfer's own: "quiero mandar"."""
    start, end = first
    own = [item.start for item in amounts if start <= item.start < end]
    meanings = {at: by_grammars(words[at].raw) for at in range(start, end)}
    verb = max((at for at in meanings if meanings[at].has("send")), default=-1)
    places = {place.start for place in find_places(words)} if own else set()
    has_person = any(at in meanings for at in _people(words))
    given = [
        at
        for at in range(start, end)
        if words[at].key in _GIVING and at > verb and not (has_person and at + 1 in places)
    ]
    related = [max(at - 1, start) for at in meanings if meanings[at].relation]
    return min([*own[:1], *given[:1], *related[:1], end - 1])


def _people(words: Sequence[Word]) -> tuple[int, ...]:
    """Return where "a", "para" or "mi" leads to a person."""
    return tuple(
        at
        for at in range(len(words) - 1)
        if words[at].key in _GIVING and _names_a_person(words, at - 1)
    )


def _core(words: Sequence[Word], span: tuple[int, int], head: int) -> tuple[int, int]:
    start, end = max(span[0], head), span[1]
    while start < end and words[start].key in _JOINING:
        start += 1
    for mark in _EACH:
        if tuple(word.key for word in words[max(start, end - len(mark)) : end]) == mark:
            end -= len(mark)
    while end > start and words[end - 1].key in _JOINING:
        end -= 1
    return start, end


def _said_for_each(text: str, words: Sequence[Word], amounts: Sequence[Amount]) -> str:
    """Return the one amount when the sender said that each person gets it."""
    keys = tuple(word.key for word in words)
    is_each = any(keys[at : at + len(mark)] == mark for mark in _EACH for at in range(len(keys)))
    if len(amounts) != 1 or not is_each:
        return ""
    return _slice(text, words, (amounts[0].start, amounts[0].end))


def _slice(text: str, words: Sequence[Word], span: tuple[int, int]) -> str:
    start, end = span
    return text[words[start].start : words[end - 1].end].strip() if start < end else ""


def _are_different(meanings: Sequence[Understanding]) -> bool:
    """Return whether each transfer has a target of its own."""
    targets = list(map(_target, meanings))
    return all(targets) and all(
        _differ(one, other) for at, one in enumerate(meanings) for other in meanings[at + 1 :]
    )


def _target(meaning: Understanding) -> str:
    return _person(meaning) or "".join(meaning.countries[-1:])


def _person(meaning: Understanding) -> str:
    return meaning.name.full if meaning.name else meaning.relation


def _differ(one: Understanding, other: Understanding) -> bool:
    people = (_person(one).casefold(), _person(other).casefold())
    places = (one.countries[-1:], other.countries[-1:])
    in_two_places = all(places) and places[0] != places[1]
    if all(people):
        return people[0] != people[1] or in_two_places
    return in_two_places or (any(people) and any(places))
