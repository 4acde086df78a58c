"""Account and telephone numbers in a line, as they were written.

Only tells numbers that can be an account or a telephone from amounts. It never judges whether a
number is valid: the bank's own check does.
"""

import re
from dataclasses import dataclass
from typing import Literal

from lola.models.offline.nlu.text import keys_of

Kind = Literal["account", "phone", ""]

_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}\b")
# Address books separate digits with typographic hyphens and spaces too.
_DIGITS = re.compile(r"\+?\(?\d(?:[ \u00a0\u2007\u202f.()\-\u2010-\u2015]{0,2}\d){4,24}")
_MASKED = re.compile(r"\[••••[0-9A-Z]{4}\]")
_ACCOUNT_WORDS = frozenset({"cuenta", "clabe", "account", "iban", "acct"})
_PHONE_WORDS = frozenset(
    {"telefono", "tel", "celular", "cel", "movil", "whatsapp", "phone", "cell", "mobile"}
)
_BEFORE = 120
"""Characters before a number in which the words that name it are looked for."""
_MIN_DIGITS, _MAX_PHONE_DIGITS, _CLABE_DIGITS = 7, 13, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class LongNumber:
    """A long number. `kind` is empty when only the question that was asked can tell what it is."""

    text: str
    kind: Kind
    start: int
    end: int

    @property
    def is_masked(self) -> bool:
        """Return whether this stands for an account number that was masked on arrival."""
        return self.text.startswith("[")


def find_long_numbers(text: str, *, min_digits: int = _MIN_DIGITS) -> tuple[LongNumber, ...]:
    """Return the numbers with at least `min_digits` digits, in order."""
    found = [_number(match, "account") for match in _MASKED.finditer(text)]
    found += [_number(match, "account") for match in _IBAN.finditer(text)]
    for match in _DIGITS.finditer(text):
        digits = sum(char.isdigit() for char in match.group())
        inside = any(item.start <= match.start() < item.end for item in found)
        if digits >= min_digits and not inside and not _is_money(text, match):
            found.append(_number(match, _kind(text, match, digits)))
    return tuple(sorted(found, key=lambda item: item.start))


def _number(match: re.Match[str], kind: Kind) -> LongNumber:
    return LongNumber(text=match.group().strip(), kind=kind, start=match.start(), end=match.end())


def _is_money(text: str, match: re.Match[str]) -> bool:
    """Return whether it is a grouped amount such as `1.500.000` or follows a currency sign."""
    before = text[max(0, match.start() - _BEFORE) : match.start()].rstrip()[-1:]
    if before and before in "$€₡":
        return True
    return bool(re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?", match.group()))


def _kind(text: str, match: re.Match[str], digits: int) -> Kind:
    before = frozenset(keys_of(text[max(0, match.start() - _BEFORE) : match.start()])[-4:])
    if match.group().startswith("+") or before & _PHONE_WORDS:
        return "phone"
    if before & _ACCOUNT_WORDS or digits > _MAX_PHONE_DIGITS or digits == _CLABE_DIGITS:
        return "account"
    return ""
