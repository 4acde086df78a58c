"""Applies what a line says about the recipient: saved person, relative, name or correction."""

from difflib import SequenceMatcher

from lola.models.offline.dialogue.facts import Entry, Facts
from lola.models.offline.dialogue.slots import DESTINATION, State, is_meant
from lola.models.offline.dialogue.titles import person_name, recipient_titles
from lola.models.offline.dialogue.update import Update
from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.names import corrected
from lola.models.offline.nlu.text import keys_of
from lola.models.offline.nlu.understanding import Understanding
from lola.text.folding import unaccented

PERSON = ("recipient_first_name", "recipient_last_name", "recipient_id", "recipient_phone")
LIKE = 0.8
"""The share of letters that two spellings of a name have in common."""
NAME_WORDS = frozenset({"llama", "nombre", "name", "named", "called"})


def apply_tapped_person(update: Update, meaning: Understanding, facts: Facts) -> None:
    """Apply the saved person whose title was chosen."""
    for title, person in recipient_titles(facts.recipients or ()):
        if unaccented(title) == unaccented(meaning.choice):
            update.void(*PERSON, *DESTINATION, "country", "payout_method")
            _put_saved(update, person)
            update.changed.add("recipient_id")


def apply_named_person(update: Update, meaning: Understanding, facts: Facts) -> None:
    """Apply the one saved person whose name or nickname is in the line, with any words around."""
    said = {word.key for word in meaning.words}
    meant = [
        person
        for person in facts.recipients or ()
        if said & {*keys_of(person_name(person)), *keys_of(str(person.get("alias", "")))}
    ]
    if len(meant) == 1:
        _put_saved(update, meant[0])


def apply_relative(update: Update, state: State, meaning: Understanding, facts: Facts) -> None:
    """Replace the person named so far by another relative that the line names."""
    named = update.get("recipient_first_name")
    meant = not meaning.name and meaning.relation not in {"", state.relation}
    if not (named and meant and meaning.has("send", "instead", "modify")):
        return
    update.void(*PERSON, *DESTINATION)
    update.changed.add("recipient_first_name")
    update.corrected = update.fresh_start = True
    if any(is_meant(meaning.relation, {}, person) for person in facts.recipients or ()):
        update.changed.add("recipient_id")
        if not meaning.countries:
            update.void("country", "payout_method")


def follow_person(update: Update, state: State, meaning: Understanding, facts: Facts) -> None:
    """Use a saved person's own destination, when the country came from a question only."""
    if state.goal or meaning.countries or not (meaning.relation or meaning.name):
        return
    meant = [
        person
        for person in facts.recipients or ()
        if is_meant(meaning.relation, update.values, person)
    ]
    if len(meant) == 1 and meant[0].get("country") != update.get("country"):
        update.void("country", "payout_method", *DESTINATION)


def apply_name(update: Update, meaning: Understanding, expected: str) -> None:
    """Apply a name: a correction of the known one, a missing part of it, or another person's."""
    current = PersonName(
        first=update.before.get("recipient_first_name"),
        last=update.before.get("recipient_last_name"),
    )
    if fixed := corrected(meaning.words, current):
        _put_name(update, fixed)
        update.void("recipient_id")
        return
    if meaning.name is None:
        return
    name, same = _completed(meaning.name, current, meaning, expected)
    if current.first and not same and unaccented(name.first) != unaccented(current.first):
        keeps_payer = update.before.get("payout_method") == "cash_pickup"
        update.void(*PERSON, "account", *(() if keeps_payer else ("payer_id",)))
        update.fresh_start = update.other_person = True
    _put_name(update, name)


def _completed(
    name: PersonName, current: PersonName, meaning: Understanding, expected: str
) -> tuple[PersonName, bool]:
    """Return a name with the known part that it lacks, and whether it is the known person's."""
    same = not _parts(name).isdisjoint(_parts(current))
    if expected == "recipient_last_name" and not _starts_like(name, current):
        return PersonName(first=current.first, last=name.full), True
    if (spelled := _respelled(name, current)) is not None:
        return spelled, True
    if not name.first:
        return PersonName(first=current.first, last=name.last), same
    if not name.last and same:
        return current, same
    if not name.last and current.first:
        keeps = any(word.key in NAME_WORDS for word in meaning.words)
        return PersonName(first=name.first, last=current.last if keeps else ""), keeps
    return name, same


def _respelled(name: PersonName, current: PersonName) -> PersonName | None:
    """Return the known name with the part that is spelled anew; None when the name is another.

    A surname that is written from its first word on replaces it: "es Solórzano de Cifuentes".
    """
    said, known = name.full.split(), current.last.split()
    if len(said) > 1 and [*map(unaccented, known[: len(said)])] == [*map(unaccented, said)]:
        return current
    if known and len(said) > 1 and unaccented(said[0]) == unaccented(known[0]):
        return PersonName(first=current.first, last=name.full)
    if len(said) != 1:
        return None
    like = [part for part in current.full.split() if _is_like(said[0], part)]
    if len(like) != 1:
        return None
    first, last = (
        " ".join(said[0] if part == like[0] else part for part in parts.split())
        for parts in (current.first, current.last)
    )
    return PersonName(first=first, last=last)


def _is_like(one: str, other: str) -> bool:
    """Return whether two words are spellings of one name."""
    return SequenceMatcher(None, unaccented(one), unaccented(other)).ratio() > LIKE


def _parts(name: PersonName) -> set[str]:
    return {unaccented(part) for part in name.full.split()}


def _starts_like(name: PersonName, current: PersonName) -> bool:
    """Return whether the full name was given again when only the surname was asked for."""
    given, known = (unaccented(item.first).split()[:1] for item in (name, current))
    return given == known and bool(name.last)


def _put_saved(update: Update, person: Entry) -> None:
    update.put("recipient_first_name", str(person.get("first_name", "")))
    update.put("recipient_last_name", str(person.get("last_name", "")))
    update.put("recipient_id", str(person["id"]))


def _put_name(update: Update, name: PersonName) -> None:
    for key, value in (("recipient_first_name", name.first), ("recipient_last_name", name.last)):
        if value:
            update.put(key, value)
        else:
            update.void(key)
