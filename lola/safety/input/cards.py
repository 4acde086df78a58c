"""Finds card numbers in a text by issuer range, length and Luhn over groups of digits.

Pure and linear in the length of the text. It reads digits of any script and digits that are spelled
out, with anything but letters between them; a number starts and ends where a group does. It must
never take a telephone number, an account number (CLABE) or a time stamp for a card.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lola.text.number_table import DIGITS

_SPELLED = {**DIGITS, "oh": "0"}
_GROUP = re.compile(rf"[0-9]+|\b(?:{'|'.join(_SPELLED)})\b", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\[[a-z ]{0,20}••••[0-9A-Z]{0,4}\]|\[card[^\]\n]{0,12}\]")
_LETTER = re.compile(r"[^\W\d_]")
_PHONE_GAP = re.compile(r"[ \u00a0().-]{1,4}")
_PHONE_DIGITS = range(8, 14)
_CLABE_WORD = re.compile(r"clabe\W{0,12}\Z", re.IGNORECASE)

# First digits (low, high) and lengths: published issuer ranges (ISO/IEC 7812).
_RANGES: tuple[tuple[str, str, frozenset[int]], ...] = tuple(
    (low, high, frozenset(lengths))
    for low, high, lengths in (
        ("4", "4", (13, 16, 19)),
        ("51", "55", (16,)),
        ("2221", "2720", (16,)),
        ("34", "34", (15,)),
        ("37", "37", (15,)),
        ("300", "305", (14, 16, 17, 18, 19)),
        ("3095", "3095", (14, 16, 17, 18, 19)),
        ("36", "36", (14, 15, 16, 17, 18, 19)),
        ("38", "39", (14, 16, 17, 18, 19)),
        ("6011", "6011", (16, 17, 18, 19)),
        ("644", "659", (16, 17, 18, 19)),
        ("3528", "3589", (16, 17, 18, 19)),
        ("62", "62", (16, 17, 18, 19)),
        ("81", "82", (16, 17, 18, 19)),
        ("2200", "2204", (16, 17, 18, 19)),
        ("5018", "5018", (13, 14, 15, 16, 17, 18, 19)),
        ("5020", "5020", (13, 14, 15, 16, 17, 18, 19)),
        ("5038", "5038", (13, 14, 15, 16, 17, 18, 19)),
        ("5893", "5893", (13, 14, 15, 16, 17, 18, 19)),
        ("6304", "6304", (13, 14, 15, 16, 17, 18, 19)),
        ("6759", "6763", (13, 14, 15, 16, 17, 18, 19)),
        ("5022", "5022", (16,)),
        ("506", "509", (16, 19)),
        ("604", "604", (16,)),
        ("606282", "606282", (16,)),
        ("627780", "627780", (16,)),
        ("636", "639", (16,)),
        ("2869", "2869", (16,)),
        ("9792", "9792", (16,)),
    )
)
_FIRST_DIGITS = frozenset(low[0] for low, _, _ in _RANGES)
# The usual lengths first: a code right after a number must not hide it.
_LENGTHS = (16, 15, 19, 14, 13, 18, 17)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_CLABE_WEIGHTS = (3, 7, 1) * 5 + (3, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A run of digits; `start` and `end` are positions in the text."""

    start: int
    end: int
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A stretch of text that holds a card number; `last_four` may be shown."""

    start: int
    end: int
    last_four: str


def fold_digits(text: str) -> str:
    """Return the text with the digits of every script in ASCII; positions stay the same."""
    if text.isascii():
        return text
    return "".join(
        letter if letter.isascii() or (value := unicodedata.digit(letter, None)) is None
        else str(value)
        for letter in text
    )  # fmt: skip


def find_cards(text: str) -> tuple[Card, ...]:
    """Return every card number in order; overlapping ones as one."""
    folded = fold_digits(text)
    cards: list[Card] = []
    for chain in _chains(folded):
        for card in _cards_in(chain, folded):
            if cards and card.start < cards[-1].end:
                first = cards.pop()
                card = Card(  # noqa: PLW2901 - the two are one from here on
                    start=first.start, end=max(first.end, card.end), last_four=first.last_four
                )
            cards.append(card)
    return tuple(cards)


def _chains(folded: str) -> Iterator[list[Group]]:
    """Yield groups that only punctuation, space or invisible characters separate."""
    start = 0
    for placeholder in (*PLACEHOLDER.finditer(folded), None):
        yield from _chains_between(
            folded, start, placeholder.start() if placeholder else len(folded)
        )
        start = placeholder.end() if placeholder else start


def _chains_between(folded: str, start: int, stop: int) -> Iterator[list[Group]]:
    chain: list[Group] = []
    for match in _GROUP.finditer(folded, start, stop):
        if chain and _LETTER.search(folded, chain[-1].end, match.start()):
            yield chain
            chain = []
        word = match.group().casefold()
        chain.append(Group(start=match.start(), end=match.end(), digits=_SPELLED.get(word, word)))
    if chain:
        yield chain


def _cards_in(chain: Sequence[Group], folded: str) -> Iterator[Card]:
    if sum(len(group.digits) for group in chain) < min(_LENGTHS):
        return
    if _is_labelled_clabe(chain, folded):
        return
    position = 0
    while position < len(chain):
        after_phone = _after_phone(chain, position, folded)
        if after_phone > position:
            position = after_phone
            continue
        card = _card_at(chain, position)
        if card is not None:
            yield card
        position += 1


def _card_at(chain: Sequence[Group], first: int) -> Card | None:
    """Return the most likely card number that starts with this group."""
    if chain[first].digits[0] not in _FIRST_DIGITS:
        return None
    digits = ""
    ends: dict[int, tuple[int, str]] = {}
    for group in chain[first : first + max(_LENGTHS)]:
        digits += group.digits
        if len(digits) > max(_LENGTHS):
            break
        if is_card_number(digits) and not (group is chain[first] and is_clabe(digits)):
            ends[len(digits)] = (group.end, digits)
    for length in _LENGTHS:
        if length in ends:
            # Longer readings are removed too, but the last four are those of the most likely one.
            end = max(end for end, _ in ends.values())
            return Card(start=chain[first].start, end=end, last_four=ends[length][1][-4:])
    return None


def _after_phone(chain: Sequence[Group], first: int, folded: str) -> int:
    """Return the position after a telephone number written with `+`, else `first`."""
    if folded[chain[first].start - 1 : chain[first].start] != "+":
        return first
    last = first
    while (
        last + 1 < len(chain)
        and last - first < max(_PHONE_DIGITS)
        and _PHONE_GAP.fullmatch(folded, chain[last].end, chain[last + 1].start)
    ):
        last += 1
    total = sum(len(group.digits) for group in chain[first : last + 1])
    return last + 1 if total in _PHONE_DIGITS else first


def _is_labelled_clabe(chain: Sequence[Group], folded: str) -> bool:
    start = chain[0].start
    return bool(_CLABE_WORD.search(folded, max(0, start - 20), start)) and is_clabe(
        "".join(group.digits for group in chain[:19])
    )


def is_card_number(digits: str) -> bool:
    """Return whether issuer range, length and check digit (Luhn) all fit."""
    return (
        len(digits) in _LENGTHS
        and _luhn(digits) == 0
        and any(
            len(digits) in lengths and low <= digits[: len(low)] <= high
            for low, high, lengths in _RANGES
        )
    )


def is_clabe(digits: str) -> bool:
    """Return whether this is a Mexican account number: 18 digits and its own check digit."""
    if len(digits) != len(_CLABE_WEIGHTS) + 1:
        return False
    total = sum(
        int(digit) * weight % 10 for digit, weight in zip(digits, _CLABE_WEIGHTS, strict=False)
    )
    return (10 - total % 10) % 10 == int(digits[-1])


def _luhn(digits: str) -> int:
    plain, doubled = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, plain)) + sum(_DOUBLED[int(digit)] for digit in doubled)) % 10
