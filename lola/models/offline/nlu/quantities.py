"""Numbers in a line of a sender: digits in any local spelling, number words, and both mixed.

Reads values only; what a number counts is for the caller. An ambiguous group of three digits
counts as thousands, because amounts of money have at most two decimals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lola.models.offline.nlu.text import Word
from lola.text.folding import unaccented
from lola.text.number_table import INFORMAL_SCALES, INFORMAL_VALUES, JOINERS

_HUNDRED, _THOUSAND = 100, 1000


def parse_digits(text: str) -> Decimal | None:
    """Read digits with local separators: `2,500` `1.500,50` `1,500.50` `200.5`."""
    cleaned = text.strip(".,")
    last = max(cleaned.rfind("."), cleaned.rfind(","))
    if last < 0:
        return Decimal(cleaned) if cleaned.isdecimal() and cleaned.isascii() else None
    whole, tail = cleaned[:last], cleaned[last + 1 :]
    mixed = "." in cleaned and "," in cleaned
    repeated = cleaned.count(cleaned[last]) > 1
    is_fraction = len(tail) != 3 or (mixed and not repeated) or whole == "0"
    digits = whole.replace(".", "").replace(",", "")
    if not (digits + tail).isascii() or not (digits + tail).isdecimal():
        return None
    return Decimal(f"{digits}.{tail}") if is_fraction and not repeated else Decimal(digits + tail)


def read_quantity(words: Sequence[Word], start: int) -> tuple[Decimal | None, int]:
    """Return the number above zero that starts at `start`, or None, and where reading ended."""
    number = _Sum()
    end = start
    while end < len(words) and _takes(number, words, end, is_first=end == start):
        end += 1
    return number.value or None, end


@dataclass(slots=True)
class _Sum:
    """A number while it is read: `finished` thousands and millions, and the part below them."""

    finished: Decimal = Decimal(0)
    below: Decimal = Decimal(0)

    @property
    def value(self) -> Decimal:
        """The number read so far."""
        return self.finished + self.below

    def put_digits(self, value: Decimal | None, *, is_first: bool) -> bool:
        """Take digits; after words they can only be what follows a thousand. Return whether so."""
        follows = bool(self.finished) and not self.below
        if value is None or not (is_first or (follows and value < _THOUSAND)):
            return False
        self.below = value
        return True

    def multiply(self, scale: int) -> None:
        """Apply a word such as `mil`; without a number before it, it counts once."""
        if scale == _HUNDRED:
            self.below = max(self.below, Decimal(1)) * scale
        elif scale == _THOUSAND:
            self.finished += max(self.below, Decimal(1)) * scale
            self.below = Decimal(0)
        else:
            self.finished = (self.finished + max(self.below, Decimal(1))) * scale
            self.below = Decimal(0)


def _takes(number: _Sum, words: Sequence[Word], at: int, *, is_first: bool) -> bool:
    """Add the word at `at` to the number. Return False when the word does not belong to it."""
    word = words[at]
    if word.breaks and not is_first:
        return False
    if word.is_number:
        return number.put_digits(parse_digits(word.raw), is_first=is_first)
    if word.key in INFORMAL_VALUES:
        if not is_first and words[at - 1].is_number:
            return False
        number.below += INFORMAL_VALUES[word.key]
        return True
    if scale := _scale(word):
        number.multiply(scale)
        return True
    return not is_first and word.key in JOINERS and _goes_on(words, at + 1)


def _scale(word: Word) -> int:
    # Chat spelling turns "k" into "que"; right after a number it is a thousand.
    is_k = word.key == "que" and word.glued and unaccented(word.raw) == "k"
    return _THOUSAND if is_k else INFORMAL_SCALES.get(word.key, 0)


def _goes_on(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and not words[at].breaks and words[at].key in INFORMAL_VALUES
