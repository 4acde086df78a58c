"""Money as it is written: an amount, and the names, letters and signs of its currency.

Says which currency is written beside a number, never which one a bare "peso" or "$" means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.phrases import Found, PhraseBook
from lola.models.offline.nlu.text import Word
from lola.text.folding import unaccented

CURRENCIES = table("currencies")
FAMILIES: dict[str, list[str]] = CURRENCIES["families"]
HOME_OF: dict[str, str] = CURRENCIES["country"]
SIGNS: dict[str, str] = CURRENCIES["signs"]
MULTIPLES: dict[str, dict[str, int]] = CURRENCIES["multiples"]
BETWEEN = frozenset({"$", "de", "en", "in", "of"})
CURRENCY_BOOK = PhraseBook(CURRENCIES["words"])
_BEHIND_BOOK = PhraseBook(CURRENCIES["behind"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number that may be money. `currency` is an ISO code, a family (`peso`) or empty.

    `start` and `end` are word positions. `firm`: a currency or sign is written with it, so it is
    money. `is_stated`: "son 50", "50 a Luis". `negated`: the sender said it is not this one ("no
    200, 150"). `is_article`: a small number word ("una", "one") that is rarely meant as a number.
    `others`: further amounts that may be meant instead, so the sender is asked which ("200 o 300").
    """

    value: Decimal
    currency: str
    start: int
    end: int
    firm: bool = False
    negated: bool = False
    is_article: bool = False
    is_stated: bool = False
    others: tuple[tuple[Decimal, str], ...] = ()

    @property
    def readings(self) -> tuple[tuple[Decimal, str], ...]:
        """Return every value with its currency that may be meant."""
        return ((self.value, self.currency), *self.others)


def amount_text(value: Decimal, currency: str) -> str:
    """Return an amount as a choice that reads back as the same amount."""
    names = {"peso": "pesos", "colon": "colones", "luca": "lucas"}
    return f"{value:,.2f} {names.get(currency, currency)}".rstrip()


def find_currency(words: Sequence[Word]) -> str:
    """Return the last currency word of a line, as a code or family; empty when there is none."""
    found = CURRENCY_BOOK.longest(words)
    return found[-1].label if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Currencies:
    """The currency words of a line, by the positions where they start and end."""

    starting: Mapping[int, Found]
    ending: Mapping[int, Found]
    behind: Mapping[int, Found]

    @classmethod
    def of(cls, words: Sequence[Word]) -> "Currencies":
        """Find the currency words of a line."""
        found = CURRENCY_BOOK.longest(words)
        return cls(
            starting={item.start: item for item in found},
            ending={item.end: item for item in found},
            behind={item.start: item for item in _BEHIND_BOOK.longest(words)},
        )


def currency_beside(
    words: Sequence[Word], currencies: Currencies, start: int, end: int
) -> tuple[str, int, int]:
    """Return the currency after the number, or before it, and the span of words of both."""
    first, last, currency = start, end, ""
    if before := currencies.ending.get(start):
        currency, first = before.label, before.start
    at = end
    if at < len(words) and words[at].key == "$" and words[at].glued:
        at += 1
    after = currencies.starting.get(at) or currencies.behind.get(at)
    if after is None and at < len(words) and words[at].key in BETWEEN:
        after = currencies.starting.get(at + 1)
    if after and not (words[after.start].breaks and after.start == at):
        currency, last = after.label, after.end
    elif at < len(words) and (letters := _letters(words[at], touches=words[at].glued)):
        currency, last = letters, at + 1
    return currency, first, last


def is_sign_behind(words: Sequence[Word], end: int) -> bool:
    """Return whether a dollar sign belongs to the number before it: `500$`, `500 $`."""
    if end >= len(words) or words[end].key != "$":
        return False
    return words[end].glued or end + 1 == len(words) or not words[end + 1].is_number


def sign_letters(words: Sequence[Word], start: int) -> str:
    """Return the currency of letters in front of the number: `Q500`, `Q. 500`, `L 500`, `S/ 20`."""
    if not start:
        return ""
    before = words[start - 1]
    touches = words[start].glued or before.raw[-1] in "./"
    return "" if words[start].breaks else _letters(before, touches=touches)


def _letters(word: Word, *, touches: bool) -> str:
    """Return the currency of letters that touch a number or are in capitals."""
    raw = unaccented(word.raw).replace(".", "")
    return SIGNS.get(raw, "") if touches or word.raw.isupper() else ""
