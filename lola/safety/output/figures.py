"""Reads the figures in a text: amounts, rates, percentages, durations, dates, times, references.

Both number styles (1,234.56 and 1.234,56), digits of any script, numbers in words, and
abbreviations are read. A figure that can be read in two ways keeps both readings. Menu numbers,
list markers and a few idioms are not figures. Pure; `grounding` decides whether a figure may stay.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal

from lola.safety.output.figure import Figure, Kind
from lola.safety.output.figure_context import (
    Said,
    Sentences,
    after_of,
    arrives,
    before_of,
    methods_in,
    role_behind,
    roles_in,
)
from lola.safety.output.figure_kinds import date_of, multiple_of, reference_of, stamp_of, time_of
from lola.safety.output.figure_patterns import (
    CHOICE,
    DATE,
    DAY_ORDINAL,
    FIGURE,
    FILL,
    GROUPED,
    HALF_UNIT,
    LIST_MARKER,
    LONG_DIGITS,
    MONEY_BEFORE,
    MONEY_BEHIND,
    MULTIPLE,
    NEXT_CHOICE,
    ONE_CURRENCY,
    ONE_UNIT,
    REFERENCE,
    STAMP,
    STRUCTURE,
    TIME,
    URL,
    day_of,
)
from lola.safety.output.figure_values import Written, written
from lola.safety.output.figure_words import Role
from lola.text.folding import few_marks
from lola.text.number_digits import readings
from lola.text.number_words import MARK, digits_for_words

__all__ = ["Figure", "Kind", "figures_in", "normal_form", "readings"]

_MOST_DIGITS_OF_AMOUNT = 9
_FILLERS = re.compile(
    r"[\W_]{0,8}(?:(?:s[ií]|no|son|es|solo|just|yes|only|it's|it is|ser[ií]an|unos|about|like|como|"
    r"entonces|veces|times)"
    r"[\W_]{1,8}){0,6}\Z",
    re.IGNORECASE,
)
_PERIODIC: frozenset[Role] = frozenset({"limit", "limit_left", "limit_used", "send"})
"""Roles beside which "a day" says what a limit is for, not how long something takes."""
_ADDED = re.compile(
    r"(?:as well|too|also|tambi[eé]n|igual(?:mente)?|today|hoy|now|ahora|flat|exactly|exact[oa]s)?",
    re.IGNORECASE,
)
"""Words behind a figure that add nothing to it."""
_PLAIN = re.compile("[\\t\\n -~áéíóúüñÁÉÍÓÚÜÑ¡¿“”’—]*")
"""A text of these letters and marks is in its normal form already; most replies are."""
_MOST_COUNTED = 100
"""In "that 150 transfer" the number is an amount and counts nothing."""
_PART_END = re.compile(r"[,:()¿¡]")


def figures_in(text: str, language: str) -> tuple[Figure, ...]:
    """Return every figure of a text, in the order of the kinds looked for."""
    return tuple(_Reader(text, language).read())


def normal_form(text: str) -> str:
    """Return the text with ASCII digits and without invisible characters, for detectors only."""
    if _PLAIN.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFKC", few_marks(text)).replace("٫", ".").replace("٬", ",")
    return "".join(
        str(unicodedata.decimal(letter)) if unicodedata.category(letter) == "Nd" else letter
        for letter in folded
        if letter.isascii() or unicodedata.category(letter) not in {"Cf", "Co"}
    )


def _spelled_out(text: str, language: str) -> str:
    """Return the text with numbers, ordinals of days, halves of units and "a dollar" in digits."""
    text = URL.sub(FILL, normal_form(text))
    text = DAY_ORDINAL.sub(day_of, text)
    text = HALF_UNIT.sub(lambda match: f"{MARK}0.5 {match['unit']}", text)
    text = ONE_UNIT.sub(lambda match: f"{match['lead'] or ''}{MARK}1 ", text)
    text = ONE_CURRENCY.sub(lambda match: match.group() if match["per"] else f"{MARK}1 ", text)
    return digits_for_words(text, language)


class _Reader:
    """Reads one text kind by kind; each match is blanked for the kinds after it."""

    def __init__(self, text: str, language: str) -> None:
        self._language = language
        self._text = _spelled_out(text, language)

    def read(self) -> Iterator[Figure]:
        self._blank_markers()
        self._blank_choices()
        for pattern in STRUCTURE:
            self._text = pattern.sub(_filler, self._text)
        for pattern, make in (
            (STAMP, stamp_of),
            (DATE, date_of),
            (TIME, time_of),
            (REFERENCE, reference_of),
            (MULTIPLE, multiple_of),
            (LONG_DIGITS, self._digits),
        ):
            yield from self._take(pattern, make)
        yield from self._numbers()

    def _take(
        self, pattern: re.Pattern[str], make: Callable[[re.Match[str]], tuple[Figure, ...]]
    ) -> list[Figure]:
        found: list[Figure] = []

        def blank(match: re.Match[str]) -> str:
            figures = make(match)
            found.extend(figures)
            return _filler(match) if figures else match.group()

        self._text = pattern.sub(blank, self._text)
        return found

    def _blank_markers(self) -> None:
        """Blank list markers: `1)` at a line's start, and any kind that counts up from 1."""
        due, run = 1, []
        for match in LIST_MARKER.finditer(self._text):
            number = int(match["number"])
            if number not in {due, 1}:
                continue
            due = number + 1
            run.append(match)
        counted = len({match["number"] for match in run}) > 1
        self._blank(
            match.span("number")
            for match in run
            if counted or (match["form"] == ")" and match["line"] is not None)
        )

    def _blank_choices(self) -> None:
        """Blank the numbers of a menu: "reply 1 for …, 2 for …", counting up."""
        spans: list[tuple[int, int]] = []
        last = 0
        following = NEXT_CHOICE.finditer(self._text)
        due = next(following, None)
        for match in CHOICE.finditer(self._text):
            spans.append(match.span("number"))
            last = int(match["number"])
            while due is not None and due.start() < match.end():
                due = next(following, None)
            while due is not None and int(due["number"]) == last + 1:
                spans.append(due.span("number"))
                last += 1
                due = next(following, None)
        self._blank(sorted(set(spans)))

    def _blank(self, spans: "Iterator[tuple[int, int]] | list[tuple[int, int]]") -> None:
        parts: list[str] = []
        position = 0
        for start, end in spans:
            if start < position:
                continue
            parts += self._text[position:start], FILL * (end - start)
            position = end
        self._text = "".join((*parts, self._text[position:]))

    def _digits(self, match: re.Match[str]) -> tuple[Figure, ...]:
        spelled = match.group()
        digits = re.sub(r"\D", "", spelled)
        if GROUPED.fullmatch(spelled) or len(digits) < 7:
            return ()
        before = self._text[max(0, match.start() - 60) : match.start()]
        if self._is_amount(match, before):
            return ()
        return (
            Figure(
                kind="digits", excerpt=spelled.strip(), tokens=frozenset({digits}), before=before
            ),
        )

    def _is_amount(self, match: re.Match[str], before: str) -> bool:
        """Return whether seven digits in a row are money and no account or telephone number."""
        if not match.group().strip().isdecimal():
            return False
        if MONEY_BEHIND.match(self._text, match.end()) or MONEY_BEFORE.search(before):
            return True
        return len(match.group()) <= _MOST_DIGITS_OF_AMOUNT and bool(
            roles_in(before_of(before, len(before), 0), self._text[match.end() : match.end() + 40])
        )

    def _numbers(self) -> Iterator[Figure]:
        found: list[tuple[re.Match[str], Written]] = []
        position = 0
        while match := FIGURE.search(self._text, position):
            number = written(match, self._language)
            found.append((match, number))
            position = max(number.end, match.end())
        sentences = Sentences(self._text)
        starts = [match.start() for match, _ in found[1:]] + [len(self._text)] * bool(found)
        previous = 0
        for (match, number), following in zip(found, starts, strict=True):
            start = match.end() - len(match.group().lstrip())
            before = before_of(self._text, start, previous)
            after, is_last = after_of(self._text, number.end, following)
            is_last = is_last or following == len(self._text)
            roles = roles_in(before, after, is_last=is_last)
            said = sentences.at(start)
            if number.is_money or min(number.values, default=0) >= _MOST_COUNTED:
                roles -= {"count"}
            if number.is_small_word and not _is_claim(number, roles, before, after, said):
                continue
            previous = number.end + role_behind(after, is_last=is_last)[1]
            if number.kind == "duration":
                if number.is_period and roles & _PERIODIC:
                    continue
                roles = frozenset({"arrival"}) if arrives(before, after) else frozenset()
            yield Figure(
                kind=number.kind,
                excerpt=number.excerpt,
                values=number.values,
                tokens=number.tokens,
                currencies=number.currencies,
                is_money=number.is_money,
                roles=frozenset() if number.kind == "percent" else roles,
                methods=methods_in(before, after, is_last=is_last),
                before=before,
                after=after,
                said=said,
            )


def _is_claim(number: Written, roles: frozenset[Role], before: str, after: str, said: Said) -> bool:
    """Return whether a small number in words says something: it has a role, or says all there is.

    "Two transfers" counts and "an envío" does not; "la comisión es cinco" names a fee; "three." is
    the answer to a question.
    """
    if said.is_question and ("count" in roles or said.is_attributed):
        return False
    if "count" in roles:
        return number.values != {Decimal(1)}
    if roles:
        if number.values == {Decimal(1)} and roles <= {"send", "receive"}:
            # "You will get one" means a thing.
            return False
        rest = _PART_END.split(after.strip(), maxsplit=1)[0].strip()
        return bool(_ADDED.fullmatch(rest)) or role_behind(after)[1] > 0
    is_alone = _FILLERS.fullmatch(_PART_END.split(before)[-1] + " ")
    return bool(is_alone and _FILLERS.fullmatch(_PART_END.split(after, maxsplit=1)[0] + " "))


def _filler(match: re.Match[str]) -> str:
    return FILL * len(match.group())
