"""Values that are planted in one conversation and searched for in all others."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_LETTERS = "bcdfghjklm"
_DIGITS = 4
_ROLES = ("Zu", "Qa", "Xo", "Wi")
_CODE = rf"[{_LETTERS}]{{{_DIGITS}}}"
_PHONE = "+52554455"
# Twice, so that no random key or token of the service looks like one.
_PLANTED = re.compile(
    rf"(?:{'|'.join(_ROLES)})(?P<code>{_CODE})(?P=code)"
    rf"|{re.escape(_PHONE)}(?P<number>[0-9]{{{_DIGITS}}})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """The values of one conversation: letters only, so that no guard stops them."""

    number: int

    @property
    def first_name(self) -> str:
        """Return the sender's name at the bank."""
        return self._word("Zu")

    @property
    def contact(self) -> str:
        """Return the first name of the sender's saved person."""
        return self._word("Qa")

    @property
    def said(self) -> str:
        """Return a word that the sender writes in every message."""
        return self._word("Xo")

    @property
    def profile(self) -> str:
        """Return the name of the sender's channel profile."""
        return self._word("Wi")

    @property
    def contact_phone(self) -> str:
        """Return the saved person's telephone number."""
        return f"{_PHONE}{self.number:0{_DIGITS}d}"

    def _word(self, role: str) -> str:
        code = "".join(_LETTERS[int(digit)] for digit in f"{self.number:0{_DIGITS}d}")
        return role + code * 2


def owners_of(text: str) -> frozenset[int]:
    """Return the numbers of all conversations whose values are in a text."""
    return frozenset(_number(match) for match in _PLANTED.finditer(text))


def values_in(text: str) -> tuple[str, ...]:
    """Return every planted value in a text, each once."""
    return tuple(dict.fromkeys(match.group() for match in _PLANTED.finditer(text)))


def _number(match: re.Match[str]) -> int:
    code = match["code"]
    return int("".join(str(_LETTERS.index(one)) for one in code) if code else match["number"])


def foreign(texts: Iterable[str], own: int) -> int:
    """Return how many of the texts hold a value of another conversation."""
    return sum(bool(owners_of(text) - {own}) for text in texts)
