"""Understands one line of a sender: its intents and its values, before the dialogue decides.

Grammars read values, assent and refusal. What a line wants comes from the classifier, joined with
phrases.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from lola.models.offline.nlu.amounts import find_amounts
from lola.models.offline.nlu.choices import chosen
from lola.models.offline.nlu.intents import find_intents, find_item, is_question
from lola.models.offline.nlu.learned import is_sure, joined, labelled
from lola.models.offline.nlu.long_numbers import LongNumber, find_long_numbers
from lola.models.offline.nlu.money import Amount, find_currency
from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.names import (
    bare_name,
    find_alias,
    find_name,
    find_relation,
    relation_at,
)
from lola.models.offline.nlu.places import (
    Place,
    find_mentions,
    find_method_words,
    find_methods,
)
from lola.models.offline.nlu.text import Word, split
from lola.models.offline.nlu.understanding import SAYS_LITTLE, Entity, Intent, Kind, Understanding
from lola.text.folding import few_marks

AFTER_AMOUNT = frozenset(
    {"country", "recipient_first_name", "recipient_last_name", "payout_method", "payer_id"}
)
MAX_FOLLOW_UP_WORDS = 5
MIN_BARE = 10
"""A smaller number alone is rather a place in a list than an amount."""
SAID_WITH_NAMES = frozenset({"yes", "greeting", "send", "modify", "instead"})
ASKED_EARLIER = frozenset({"amount", "country"})
OF_MONEY = frozenset({"quote", "send", "limits"})
NOT_OF_TRANSFER = frozenset(
    {"security", "robot", "person", "complaint", "greeting", "language", "off_topic", "card_data",
     "payment_methods", "register", "wrong_number", "frustration"}
)  # fmt: skip
ASIDE = frozenset({"security", "robot", "card_data", "language", "off_topic"})
SURE, LIKELY, UNSURE = 1.0, 0.7, 0.5
GUESSED_AT = frozenset({"", "modify", "amount", "country", "payout_method", "payment_method_id"})
"""What may be asked while any guess is heard; a name or an account may be any word."""


@lru_cache(maxsize=2_000)
def understand(text: str, *, expected: str = "", options: tuple[str, ...] = ()) -> Understanding:
    """Return what a line means. `expected` is the property asked for, `options` what was offered.

    A tapped option means its title and nothing else.
    """
    sentences = labelled(text)
    found = by_grammars(text, expected=expected, options=options, sentences=sentences)
    is_any_word = expected not in GUESSED_AT or _is_answer(found, expected)
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
        else _amounts(words, places, intents, expected, question=question, priced=priced)
    )
    number = _number(text, expected, choice)
    if number is not None and not number.kind and _is_firm_amount(amounts, words, number):
        number = None
    taken = {at for place in mentioned for at in range(place.start, place.end)}
    taken |= {at for amount in amounts for at in range(amount.start, amount.end)}
    if number is not None:
        taken |= {at for at, word in enumerate(words) if number.start <= word.start < number.end}
        amounts = tuple(item for item in amounts if not _overlaps(item, words, number))
    meaning = Understanding(
        text=text,
        words=words,
        intents=intents,
        question=question,
        choice=choice,
        currency=find_currency(words),
        countries=tuple(place.code for place in places if not place.negated),
        methods=find_methods(_said_as_method(_of_transfer(words, sentences), intents, expected)),
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
    meaning = replace(meaning, amount=_best(amounts), name=name)
    return replace(meaning, entities=tuple(_entities(meaning, places)))


def _before_a_pause(words: Sequence[Word], taken: set[int]) -> PersonName | None:
    """Return the name in front of the first comma: "Ana Paz Ruiz, Banrural"."""
    pause = next((at for at, word in enumerate(words) if at and word.breaks), 0)
    name = bare_name(words[:pause], taken) if pause > 1 else None
    return name if name is not None and name.last else None


def _entities(meaning: Understanding, places: Sequence[Place]) -> Iterator[Entity]:
    """Yield the values of a line with their places in it, and how sure each is."""
    words = meaning.words

    def entity(kind: Kind, start: int, end: int, confidence: float) -> Entity:
        return Entity(
            kind=kind, confidence=confidence, start=words[start].start, end=words[end - 1].end
        )

    if (amount := meaning.amount) is not None:
        sure = UNSURE if amount.others else SURE if amount.firm else LIKELY
        yield entity("amount", amount.start, amount.end, sure)
    for place in places:
        yield entity("place", place.start, place.end, SURE)
    for found in find_method_words(words):
        yield entity("method", found.start, found.end, SURE)
    if meaning.relation:
        at = relation_at(words)
        yield entity("relation", at, at + 1, SURE)
    if (number := meaning.number) is not None:
        sure = SURE if number.kind else LIKELY
        yield Entity(kind="number", confidence=sure, start=number.start, end=number.end)
    if meaning.name is not None and (span := _span_of(meaning.name, words)):
        yield entity("person", *span, SURE if meaning.name.last else LIKELY)


def _span_of(name: PersonName, words: Sequence[Word]) -> tuple[int, int] | None:
    """Return the words that a name was written with."""
    parts = {word.key for word in split(name.full)}
    at = [place for place, word in enumerate(words) if word.key in parts]
    return (at[0], at[-1] + 1) if at else None


def _amounts(
    words: Sequence[Word],
    places: Sequence[Place],
    intents: frozenset[str],
    expected: str,
    *,
    question: bool,
    priced: bool,
) -> tuple[Amount, ...]:
    """Return the numbers that something marks as money: a currency, the question, the subject."""
    found = find_amounts(words)
    short = len(words) <= 2
    if expected == "amount" and _is_dictated(words):
        return ()
    if expected == "amount":
        return tuple(item for item in found if item.firm or short or not item.is_article)
    if short and expected in AFTER_AMOUNT and not question:
        # The question before, or the one after: the sender was faster, or corrects themselves.
        return tuple(item for item in found if item.firm or item.value >= MIN_BARE)
    about_money = (
        priced
        or bool(intents & {"send", "quote", "instead", "modify"})
        or find_item(words) == "amount"
        or len(found) > 1
        or bool(places)
        or any(item.is_stated or item.others for item in found)
        or (bool(find_relation(words)) and not question)
        or (not expected and _is_all(found, words) and not question)
    )
    return tuple(item for item in found if item.firm or (about_money and not item.is_article))


def _of_transfer(words: Sequence[Word], sentences: Sequence[Intent]) -> tuple[Word, ...]:
    """Return the words outside of sentences about something else: "is this really the bank?"."""
    other = [item for item in sentences if item.label in NOT_OF_TRANSFER and is_sure(item)]
    return tuple(
        word for word in words if not any(item.start <= word.start < item.end for item in other)
    )


def _said_as_method(
    words: Sequence[Word], intents: frozenset[str], expected: str
) -> Sequence[Word]:
    """Return the words that may name a payout method: of a place that pays, "bank" is its name."""
    if expected != "payer_id" or intents & {"instead", "modify"}:
        return words
    return [word for word in words if word.key not in {"banco", "bank"}]


def _is_dictated(words: Sequence[Word]) -> bool:
    """Return whether digits are said one by one: "3 0 0" is asked for again."""
    return len(words) > 1 and all(word.raw.isdecimal() and len(word.raw) == 1 for word in words)


def _is_all(found: Sequence[Amount], words: Sequence[Word]) -> bool:
    """Return whether a line is hardly more than one amount."""
    return len(words) <= 2 or (len(found) == 1 and found[0].end - found[0].start == len(words))


def _best(amounts: Sequence[Amount]) -> Amount | None:
    """Return the amount meant: one that was not ruled out, and rather one with its currency."""
    kept = [item for item in amounts if not item.negated] or list(amounts[:1])
    firm = [item for item in kept if item.firm]
    return (firm or kept)[-1] if kept else None


def _number(text: str, expected: str, choice: str) -> LongNumber | None:
    if choice:
        return None
    asked = expected in {"account", "recipient_phone"}
    found = find_long_numbers(text, min_digits=5 if asked else 7)
    firm = [item for item in found if item.kind or asked]
    long = [item for item in found if sum(char.isdigit() for char in item.text) > 7]
    return next(iter(firm or long), None)


def _is_firm_amount(amounts: Sequence[Amount], words: Sequence[Word], number: LongNumber) -> bool:
    """Return whether a currency is written with digits that only might be an account."""
    return any(item.firm and _overlaps(item, words, number) for item in amounts)


def _overlaps(amount: Amount, words: Sequence[Word], number: LongNumber) -> bool:
    return any(
        number.start <= words[at].start < number.end for at in range(amount.start, amount.end)
    )


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
