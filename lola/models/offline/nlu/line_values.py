"""Which numbers of a line are money and which are accounts, and which words may name methods.

What was asked and what the line is about decide; a value is never made up.
"""

from bisect import bisect_right
from collections.abc import Sequence

from lola.models.offline.nlu.amounts import find_amounts
from lola.models.offline.nlu.intents import find_item
from lola.models.offline.nlu.learned import is_sure
from lola.models.offline.nlu.long_numbers import LongNumber, find_long_numbers
from lola.models.offline.nlu.money import Amount
from lola.models.offline.nlu.names import find_relation
from lola.models.offline.nlu.places import Place
from lola.models.offline.nlu.text import Word
from lola.models.offline.nlu.understanding import Intent

AFTER_AMOUNT = frozenset(
    {"country", "recipient_first_name", "recipient_last_name", "payout_method", "payer_id"}
)
MIN_BARE = 10
"""A smaller number alone is rather a place in a list than an amount."""
NOT_OF_TRANSFER = frozenset(
    {"security", "robot", "person", "complaint", "greeting", "language", "off_topic", "card_data",
     "payment_methods", "register", "wrong_number", "frustration"}
)  # fmt: skip
"""Labels of sentences whose words are no values of a transfer."""


def amounts_of(
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


def of_transfer(words: Sequence[Word], sentences: Sequence[Intent]) -> tuple[Word, ...]:
    """Return the words outside of sentences about something else: "is this really the bank?"."""
    other = [item for item in sentences if item.label in NOT_OF_TRANSFER and is_sure(item)]
    starts = [item.start for item in other]

    def is_within(at: int) -> bool:
        place = bisect_right(starts, at) - 1
        return place >= 0 and at < other[place].end

    return tuple(word for word in words if not is_within(word.start))


def said_as_method(words: Sequence[Word], intents: frozenset[str], expected: str) -> Sequence[Word]:
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


def best_of(amounts: Sequence[Amount]) -> Amount | None:
    """Return the amount meant: one that was not ruled out, and rather one with its currency."""
    kept = [item for item in amounts if not item.negated] or list(amounts[:1])
    firm = [item for item in kept if item.firm]
    return (firm or kept)[-1] if kept else None


def number_of(text: str, expected: str, choice: str) -> LongNumber | None:
    """Return the account or telephone number of a line; None when there is none."""
    if choice:
        return None
    asked = expected in {"account", "recipient_phone"}
    found = find_long_numbers(text, min_digits=5 if asked else 7)
    firm = [item for item in found if item.kind or asked]
    long = [item for item in found if sum(char.isdigit() for char in item.text) > 7]
    return next(iter(firm or long), None)


def is_firm_amount(amounts: Sequence[Amount], words: Sequence[Word], number: LongNumber) -> bool:
    """Return whether a currency is written with digits that only might be an account."""
    return any(item.firm and overlaps(item, words, number) for item in amounts)


def overlaps(amount: Amount, words: Sequence[Word], number: LongNumber) -> bool:
    """Return whether an amount and a long number are the same words."""
    return any(
        number.start <= words[at].start < number.end for at in range(amount.start, amount.end)
    )
