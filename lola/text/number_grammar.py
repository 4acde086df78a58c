"""The grammar of spelled numbers: what a run of number words may mean, in Spanish and English.

A run is a list of folded words and of numbers in digits beside them ("3 mil 650"). Values only:
what a number counts is for the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lola.text.number_table import (
    ARTICLES,
    HALVES,
    JOINERS,
    MANY,
    PAIR_LINKS,
    PAIRS,
    POINTS,
    SCALES,
    VALUES,
)

Token = str | Decimal
_MIN_SINGLE_DIGITS = 3
_HUNDRED = 100
_THOUSAND = 1000
_MOST_GROUPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a run begins with: its possible values and how many words they take.

    `digits` is the spelling of a number said digit by digit, which may begin with zeros.
    """

    values: tuple[Decimal, ...] = ()
    used: int = 0
    digits: str = ""


def read_number(run: Sequence[Token]) -> Reading:
    """Return the number that `run` begins with; `used` is 0 when it begins with none."""
    digits = _single_digits(run)
    value, used = _group(run)
    if len(digits) >= _MIN_SINGLE_DIGITS or (digits and not used):
        decimals, taken = _decimals(run[len(digits) :])
        values = (Decimal(f"{digits}.{decimals or 0}"),)
        used = len(digits) + taken
        return Reading(values=values, used=used, digits="" if taken else digits)
    if not used:
        return Reading()
    decimals, taken = _decimals(run[used:])
    if taken:
        return Reading(values=(Decimal(f"{int(value)}.{decimals}"),), used=used + taken)
    fraction, taken = _fraction(run[used:])
    if taken:
        used += taken
        scale = next((_scale(word) for word in reversed(run[: used - taken]) if _scale(word)), 1)
        value += fraction * scale
        if used < len(run) and (after := _scale(run[used])):
            value, used = value * after, used + 1
        return Reading(values=(value,), used=used)
    return _said_in_groups(run, value, used)


def _said_in_groups(run: Sequence[Token], first: Decimal, used: int) -> Reading:
    """Read "six twenty-five", "two hundred three ninety-nine", "dos ciento cincuenta"."""
    groups, ends = [first], [used]
    while len(groups) < _MOST_GROUPS and ends[-1] < len(run):
        value, taken = _group(run[ends[-1] :])
        if not taken:
            break
        groups.append(value)
        ends.append(ends[-1] + taken)
    for count in range(len(groups), 1, -1):
        if values := _joined(groups[:count]):
            return Reading(values=values, used=ends[count - 1])
    return Reading(values=(first,), used=used)


def _joined(groups: Sequence[Decimal]) -> tuple[Decimal, ...]:
    *before, last = groups
    is_pair = 10 <= last < _HUNDRED and last % 1 == 0
    match before:
        case [first] if is_pair and first % 1 == 0:
            cents = first + last / _HUNDRED
            return (cents, first * _HUNDRED + last) if 1 <= first < _HUNDRED else (cents,)
        case [first] if 1 <= first < 10 and _HUNDRED <= last < 2 * _HUNDRED:
            return (first * _HUNDRED + last - _HUNDRED,)
        case [first] if first == 1 and last >= _HUNDRED:
            return (last,)
        case [first, second] if is_pair and 1 <= first < _HUNDRED and 10 <= second < _HUNDRED:
            return (first * _HUNDRED + second + last / _HUNDRED,)
        case _:
            return ()


def _single_digits(run: Sequence[Token]) -> str:
    digits = ""
    for word in run:
        value = VALUES.get(word, 10) if isinstance(word, str) else 10
        if value > 9:
            break
        digits += str(value)
    return digits


def _decimals(run: Sequence[Token]) -> tuple[str, int]:
    """Return the decimals behind a point in words, and the words they take with the point."""
    if len(run) < 2 or run[0] not in POINTS:
        return "", 0
    digits = _single_digits(run[1:])
    if len(digits) > 1:
        return digits, 1 + len(digits)
    value, used = _group(run[1:])
    return (str(int(value)), 1 + used) if used else ("", 0)


def _fraction(run: Sequence[Token]) -> tuple[Decimal, int]:
    """Return "y medio" or "and a quarter" behind a number."""
    if not run or run[0] not in JOINERS:
        return Decimal(0), 0
    at = 2 if len(run) > 1 and run[1] in ARTICLES else 1
    word = run[at] if at < len(run) else ""
    return (HALVES[word], at + 1) if isinstance(word, str) and word in HALVES else (Decimal(0), 0)


def _scale(word: Token) -> int:
    scale = SCALES.get(word, 0) if isinstance(word, str) else 0
    return scale if scale >= _THOUSAND else 0


def _group(run: Sequence[Token]) -> tuple[Decimal, int]:
    """Return the longest number of ordinary grammar at the beginning, and its words."""
    number = _Number()
    used = 0
    for position, word in enumerate(run):
        following = run[position + 1] if position + 1 < len(run) else ""
        match number.take(word, following, is_first=used == 0):
            case None:
                break
            case True:
                used = position + 1
            case _:
                continue
    return number.total + number.current, used


@dataclass(slots=True)
class _Number:
    """A number while it is read: finished scales, and the part below the next one."""

    total: Decimal = Decimal(0)
    current: Decimal = Decimal(0)
    smallest: int = 10**15
    is_pair: bool = False
    ended: bool = False

    def take(self, word: Token, following: Token, *, is_first: bool) -> bool | None:
        """Return True when the word belongs to the number, False when it only links, else None."""
        if self.ended:
            return None
        if isinstance(word, Decimal):
            return self._put(word, started=not is_first)
        if word in JOINERS:
            return False if not is_first and self._joins(word, following) else None
        if word in PAIRS and self.current <= 1 and not self.total:
            self.current, self.is_pair = Decimal(2), True
            return True
        if word in PAIR_LINKS:
            return True if self.is_pair and self.current == 2 else None
        if word in HALVES or (word in ARTICLES and word not in VALUES):
            return self._open(word, following, is_first=is_first)
        if (scale := SCALES.get(word) or (self.is_pair and MANY.get(word)) or 0) > 0:
            return self._multiply(scale)
        value = VALUES.get(word)
        return None if value is None else self._put(Decimal(value), started=not is_first)

    def _open(self, word: str, following: Token, *, is_first: bool) -> bool | None:
        """Take "a" or "half" in front of a scale: "a hundred", "half a million"."""
        opens = following in SCALES or following in PAIRS
        if word in HALVES and is_first and (opens or following in ARTICLES):
            self.current = HALVES[word]
            return False
        if word in ARTICLES and opens and (is_first or self.current < 1):
            self.current = self.current or Decimal(1)
            return False
        return None

    def _multiply(self, scale: int) -> bool | None:
        if scale <= _HUNDRED:
            if self.current >= _HUNDRED or (self.current >= 10 and self.total):
                return None
            self.current = (self.current or Decimal(1)) * scale
            # "two dozen five" is no number.
            self.ended = scale < _HUNDRED
            return True
        if scale >= self.smallest:
            # "mil millones": a larger scale multiplies all that was said.
            if scale == self.smallest or not 0 < self.total + self.current < scale:
                return None
            self.total, self.current = (self.total + self.current) * scale, Decimal(0)
        elif self.total and not self.current:
            return None
        else:
            self.total += (self.current or Decimal(1)) * scale
            self.current = Decimal(0)
        self.smallest = scale
        return True

    def _put(self, value: Decimal, *, started: bool) -> bool | None:
        """Add a unit behind round tens, tens behind round hundreds, anything behind a scale."""
        current = self.current
        if started and (current or not self.total):
            if not value or not current or self.is_pair or current % 1:
                return None
            if value < 10 and (current % 10 or current % _HUNDRED == 10):
                return None
            if value >= 10 and (value >= _HUNDRED or current % _HUNDRED):
                return None
        self.current += value
        return True

    def _joins(self, word: str, following: Token) -> bool:
        value = VALUES.get(following, 0) if isinstance(following, str) else 0
        if not value or self.current % 1:
            return False
        if self.total > 0 and self.current == 0:
            return value < _THOUSAND
        if JOINERS[word] == "es":
            return self.current % _HUNDRED >= 30 and self.current % 10 == 0 and value < 10
        return self.current > 0 and self.current % _HUNDRED == 0 and value < _HUNDRED
