"""Reads one line of a sender: everything that it may mean, before the dialogue decides."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from lola.models.offline.nlu.amounts import find_amounts
from lola.models.offline.nlu.choices import chosen
from lola.models.offline.nlu.intents import find_intents, find_item, is_question
from lola.models.offline.nlu.learned import with_guess
from lola.models.offline.nlu.long_numbers import LongNumber, find_long_numbers
from lola.models.offline.nlu.money import Amount, find_currency
from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.names import (
    bare_name,
    find_alias,
    find_name,
    find_relation,
)
from lola.models.offline.nlu.places import Place, find_mentions, find_methods
from lola.models.offline.nlu.text import Word, split
from lola.text.folding import few_marks

AFTER_AMOUNT = frozenset(
    {"country", "recipient_first_name", "recipient_last_name", "payout_method", "payer_id"}
)
MIN_BARE = 10
"""A smaller number alone is rather a place in a list than an amount."""
SAID_WITH_NAMES = frozenset({"yes", "greeting", "send", "modify", "instead"})
ASKED_EARLIER = frozenset({"amount", "country"})
GUESSED_AT = frozenset({"", "modify", "amount", "country", "payout_method", "payment_method_id"})
"""What may be asked while the classifier is heard; a name or an account may be any word."""
SAYS_LITTLE = frozenset({"trade", "request", "sent_before", "period", "arrival"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a line says. `choice` is the offered option it means; `text` is what was read."""

    text: str
    words: tuple[Word, ...]
    intents: frozenset[str] = frozenset()
    question: bool = False
    choice: str = ""
    amount: Amount | None = None
    currency: str = ""
    countries: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    name: PersonName | None = None
    relation: str = ""
    number: LongNumber | None = None
    item: str = ""
    city: str = ""
    alias: str = ""

    def has(self, *intents: str) -> bool:
        """Return whether the line shows any of these intents."""
        return any(intent in self.intents for intent in intents)


@lru_cache(maxsize=2_000)
def read(text: str, *, expected: str = "", options: tuple[str, ...] = ()) -> Reading:
    """Read a line. `expected` is the property that was asked for, `options` what was offered.

    The classifier is heard beside the phrases, unless a name or an account may be any word.
    """
    reading = read_by_rules(text, expected=expected, options=options)
    if reading.choice or expected not in GUESSED_AT:
        return reading
    nothing = _has_nothing(reading)
    return replace(
        reading,
        intents=with_guess(text, reading.intents, question=reading.question, nothing=nothing),
    )


def read_by_rules(text: str, *, expected: str = "", options: tuple[str, ...] = ()) -> Reading:
    """Read a line by phrases and grammars alone."""
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
    amounts = () if skipped else _amounts(words, places, intents, expected, question=question)
    number = _number(text, expected, choice)
    if number is not None and not number.kind and _is_firm_amount(amounts, words, number):
        number = None
    taken = {at for place in mentioned for at in range(place.start, place.end)}
    taken |= {at for amount in amounts for at in range(amount.start, amount.end)}
    if number is not None:
        taken |= {at for at, word in enumerate(words) if number.start <= word.start < number.end}
        amounts = tuple(item for item in amounts if not _overlaps(item, words, number))
    reading = Reading(
        text=text,
        words=words,
        intents=intents,
        question=question,
        choice=choice,
        currency=find_currency(words),
        countries=tuple(place.code for place in places if not place.negated),
        methods=find_methods(words),
        relation=find_relation(words),
        number=number,
        item=find_item(words),
        city=next((place.city for place in places if place.city and not place.negated), ""),
        alias=find_alias(words),
    )
    name = None if choice else find_name(words, taken)
    if _may_be_name(reading, expected):
        surname = expected == "recipient_last_name"
        whole = bare_name(words, taken, surname=surname)
        name = whole if name is None or _holds(whole, name) else name
    return replace(reading, amount=_best(amounts), name=name)


def _has_nothing(reading: Reading) -> bool:
    """Return whether phrases and readers found nothing to go on with."""
    values = (
        reading.amount, reading.name, reading.number, reading.countries, reading.methods,
        reading.relation, reading.city, reading.alias, reading.item,
    )  # fmt: skip
    return not any(values) and not reading.intents - SAYS_LITTLE


def _amounts(
    words: Sequence[Word],
    places: Sequence[Place],
    intents: frozenset[str],
    expected: str,
    *,
    question: bool,
) -> tuple[Amount, ...]:
    """Return the numbers that something marks as money: a currency, the question, the subject."""
    found = find_amounts(words)
    short = len(words) <= 2
    if expected == "amount":
        return tuple(item for item in found if item.firm or short or not item.is_article)
    if short and expected in AFTER_AMOUNT and not question:
        # The question before, or the one after: the sender was faster, or corrects themselves.
        return tuple(item for item in found if item.firm or item.value >= MIN_BARE)
    about_money = (
        bool(intents & {"send", "quote", "instead", "modify"})
        or find_item(words) == "amount"
        or len(found) > 1
        or bool(places)
        or any(item.is_stated or item.others for item in found)
        or (bool(find_relation(words)) and not question)
        or (not expected and _is_all(found, words) and not question)
    )
    return tuple(item for item in found if item.firm or (about_money and not item.is_article))


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
    """Return whether a name ends with another one, which lacks its beginning."""
    return whole is not None and whole.full.lower().endswith(part.full.lower())


def _may_be_name(reading: Reading, expected: str) -> bool:
    wanted = expected.startswith("recipient_") and expected != "recipient_phone"
    # A sender may give the name before they are asked for it.
    written = _is_written_as_name(reading)
    early = expected in ASKED_EARLIER and written
    return (
        (wanted or early)
        and not reading.question
        and not reading.choice
        and not reading.intents - (SAID_WITH_NAMES | ({"trade"} if written else set()))
    )


def _is_written_as_name(reading: Reading) -> bool:
    """Return whether a line is two words or more with capitals and no place or payout method."""
    return (
        len(reading.words) > 1
        and all(word.raw.istitle() for word in reading.words)
        and not (reading.countries or reading.methods)
    )
