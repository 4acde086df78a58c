"""Understands one line of a sender: its intents and its values, before the dialogue decides.

Grammars read values, assent and refusal. What a line wants comes from the classifier, joined with
phrases.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from lola.models.offline.nlu.choices import chosen
from lola.models.offline.nlu.entities import entities_of
from lola.models.offline.nlu.intents import find_intents, find_item, is_question
from lola.models.offline.nlu.learned import is_sure, joined, labelled
from lola.models.offline.nlu.line_values import (
    amounts_of,
    best_of,
    is_firm_amount,
    number_of,
    of_transfer,
    overlaps,
    said_as_method,
)
from lola.models.offline.nlu.money import find_currency
from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.names import bare_name, find_alias, find_name, find_relation
from lola.models.offline.nlu.places import find_mentions, find_methods
from lola.models.offline.nlu.text import Word, split
from lola.models.offline.nlu.understanding import SAYS_LITTLE, Intent, Understanding
from lola.text.folding import few_marks

MAX_FOLLOW_UP_WORDS = 5
SAID_WITH_NAMES = frozenset({"yes", "greeting", "send", "modify", "instead"})
ASKED_EARLIER = frozenset({"amount", "country"})
OF_MONEY = frozenset({"quote", "send", "limits"})
ASKED_OF_DOCUMENTS = frozenset({"knowledge", "how_to"})
ASIDE = frozenset({"security", "robot", "card_data", "language", "off_topic"})
GUESSED_AT = frozenset({"", "modify", "amount", "country", "payout_method", "payment_method_id"})
"""What may be asked while any guess is heard; a name or an account may be any word."""


@lru_cache(maxsize=2_000)
def understand(text: str, *, expected: str = "", options: tuple[str, ...] = ()) -> Understanding:
    """Return what a line means. `expected` is the property asked for, `options` what was offered.

    A tapped option means its title and nothing else.
    """
    sentences = labelled(text)
    found = by_grammars(text, expected=expected, options=options, sentences=sentences)
    is_answer = _is_answer(found, expected)
    if is_answer:
        # "It's my first time, 180": the words around an answer ask for no document.
        found = replace(found, intents=found.intents - ASKED_OF_DOCUMENTS)
    is_any_word = expected not in GUESSED_AT or is_answer
    is_whole_name = is_any_word and found.name is not None and bool(found.name.last)
    if found.choice or is_whole_name or _is_follow_up(found):
        return found
    return replace(
        found,
        sentences=sentences,
        intents=joined(
            found.intents,
            sentences,
            question=found.question,
            is_any_word=is_any_word,
        ),
    )


def _is_answer(found: Understanding, expected: str) -> bool:
    """Return whether a statement holds the value that was asked for."""
    given = {
        "country": found.countries,
        "amount": found.amount,
        "payout_method": found.methods,
    }.get(expected)
    return bool(given) and not found.question


def _is_follow_up(found: Understanding) -> bool:
    """Return whether a line only asks the same about another value: "¿y a Guatemala?"."""
    words = found.words
    opens = bool(words) and words[0].key in {"y", "and"}
    says_little = not found.intents - SAYS_LITTLE
    return opens and says_little and bool(found.entities) and len(words) <= MAX_FOLLOW_UP_WORDS


def clauses(text: str) -> tuple[str, ...]:
    """Return the sentences of a line that ask about something else beside the transfer, each alone.

    Any other line stays whole.
    """
    sentences = labelled(text)
    aside = [item.label in ASIDE and is_sure(item) for item in sentences]
    if not any(aside) or all(aside):
        return (text,)
    return tuple(text[item.start : item.end].strip() for item in sentences)


def by_grammars(
    text: str,
    *,
    expected: str = "",
    options: tuple[str, ...] = (),
    sentences: Sequence[Intent] = (),
) -> Understanding:
    """Return what phrases and grammars find in a line; `sentences` say what it is about."""
    text = unicodedata.normalize("NFC", few_marks(text))
    words = split(text)
    choice = chosen(words, options)
    if choice:
        text, words = choice, split(choice.rstrip("…"))
    mentioned = find_mentions(words, asked=expected == "country")
    places = tuple(place for place in mentioned if not place.is_origin)
    intents = find_intents(words)
    question = is_question(text, words)
    # What was offered is an amount only where the sender was asked which one they mean.
    skipped = bool(choice) and expected != "amount"
    priced = any(item.label in OF_MONEY and is_sure(item) for item in sentences)
    amounts = (
        ()
        if skipped
        else amounts_of(words, places, intents, expected, question=question, priced=priced)
    )
    number = number_of(text, expected, choice)
    if number is not None and not number.kind and is_firm_amount(amounts, words, number):
        number = None
    taken = {at for place in mentioned for at in range(place.start, place.end)}
    taken |= {at for amount in amounts for at in range(amount.start, amount.end)}
    if number is not None:
        taken |= {at for at, word in enumerate(words) if number.start <= word.start < number.end}
        amounts = tuple(item for item in amounts if not overlaps(item, words, number))
    meaning = Understanding(
        text=text,
        words=words,
        intents=intents,
        question=question,
        choice=choice,
        currency=find_currency(words),
        countries=tuple(place.code for place in places if not place.negated),
        methods=find_methods(said_as_method(of_transfer(words, sentences), intents, expected)),
        relation=find_relation(words),
        number=number,
        item=find_item(words),
        city=next((place.city for place in places if place.city and not place.negated), ""),
        alias=find_alias(words),
    )
    name = None if choice else find_name(words, taken)
    if _may_be_name(meaning, expected):
        surname = expected == "recipient_last_name"
        whole = bare_name(words, taken, surname=surname) or _before_a_pause(words, taken)
        name = whole if name is None or _holds(whole, name) else name
    meaning = replace(meaning, amount=best_of(amounts), name=name)
    return replace(meaning, entities=tuple(entities_of(meaning, places)))


def _before_a_pause(words: Sequence[Word], taken: set[int]) -> PersonName | None:
    """Return the name in front of the first comma: "Ana Paz Ruiz, Banrural"."""
    pause = next((at for at, word in enumerate(words) if at and word.breaks), 0)
    name = bare_name(words[:pause], taken) if pause > 1 else None
    return name if name is not None and name.last else None


def _holds(whole: PersonName | None, part: PersonName) -> bool:
    """Return whether a name holds another one, which lacks its beginning or its end."""
    return whole is not None and part.full.lower() in whole.full.lower()


def _may_be_name(meaning: Understanding, expected: str) -> bool:
    wanted = expected.startswith("recipient_") and expected != "recipient_phone"
    # A sender may give the name before they are asked for it.
    written = _is_written_as_name(meaning)
    early = expected in ASKED_EARLIER and written
    return (
        (wanted or early)
        and not meaning.question
        and not meaning.choice
        and not meaning.intents - (SAID_WITH_NAMES | ({"trade"} if written else set()))
    )


def _is_written_as_name(meaning: Understanding) -> bool:
    """Return whether a line is two words or more with capitals and no place or payout method."""
    return (
        len(meaning.words) > 1
        and all(word.raw.istitle() for word in meaning.words)
        and not (meaning.countries or meaning.methods)
    )
