"""Reads the figures in a text: amounts, rates, percentages, durations, dates, times, references.

Both number styles (1,234.56 and 1.234,56), digits of any script, numbers in words, and
abbreviations are read. A figure that can be read in two ways keeps both readings. Menu numbers,
list markers and a few idioms are not figures. Pure; `grounding` decides whether a figure may stay.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lola.safety.output.figure_words import (
    CURRENCY_CODES,
    CURRENCY_WORDS,
    MONTHS,
    ROLES,
    SIGNS,
    UNITS,
    Role,
)
from lola.text.folding import few_marks
from lola.text.number_words import MARK, digits_for_words

Kind = Literal["number", "percent", "duration", "date", "time", "digits", "reference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure as it is written in a text.

    `values` are its possible readings: amounts; seconds for a duration; minutes of the day for a
    time; `tokens` are the spelling of digits and references and the possible days of a date.
    `currencies` are the ISO codes that fit what was written; empty when none was. `is_money` says
    that a sign or currency was written; `before` is the text in front, back to the last figure.
    """

    kind: Kind
    excerpt: str
    values: frozenset[Decimal] = frozenset()
    tokens: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    is_money: bool = False
    roles: frozenset[Role] = frozenset()
    before: str = ""


_ROLE = re.compile(
    "|".join(rf"(?P<{role}>\b(?:{names})\b)" for role, names in ROLES), re.IGNORECASE
)
_PER_DOLLAR = re.compile(
    r"\b(?:por|cada|per|for every)\s(?:cada\s|un\s|one\s)?(?:d[oó]lar|dollar|USD)\b", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[;!?\n]|\.(?=\s)")

_CODES = "|".join(sorted(CURRENCY_CODES))
_NUMBER = r"\d{1,3}(?:[ '’]\d{3})+(?!\d)(?:[.,]\d{1,4})?|\d+(?:[.,]\d+)*"
_AFTER = "|".join(name for name, _ in CURRENCY_WORDS)
_UNIT = "|".join(name for name, _, _ in UNITS)
_FIGURE = re.compile(
    rf"(?P<sign>US\$|MX\$|RD\$|CA\$|C\$|R\$|S/\.?|(?<![^\W\d_])(?:Q|L\.?)(?=\s?{MARK}?\d)|[$€£]|"
    rf"(?<![^\W\d_])(?:{_CODES})\s?\$?)?\s?"
    rf"(?P<words>{MARK})?(?P<minus>(?<!\w)-)?(?P<number>{_NUMBER})"
    rf"(?P<scale>k\b|\s?(?:mil|thousand|mill[oó]n(?:es)?|million)\b)?"
    rf"(?:\s?(?P<percent>%|por ?ciento\b|percent\b|per cent\b)"
    rf"|\s?(?P<unit>{_UNIT})\b"
    rf"|\s?(?:de )?(?P<code>(?:{_CODES})\b|\$|€|(?:{_AFTER})\b))?"
    rf"(?:\s?(?:con|y|and|with)\s{MARK}?(?P<cents>\d{{1,2}})\s(?:centavos?|c[eé]ntimos?|cents?)\b"
    rf"|\s(?P<hundredths>\d{{2}})/100)?",
    re.IGNORECASE,
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_STAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|"
    r"[+-]\d{2}:?\d{2})?"
)
_DATE = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<a>\d{{1,2}})[/.-](?P<b>\d{{1,2}})[/.-](?P<y>\d{{4}}|"
    rf"\d{{2}})(?!\d)"
    rf"|(?P<d1>\d{{1,2}})(?:º|\.º|st|nd|rd|th)?(?: de| of)? (?P<m1>{_MONTH})\b\.?(?:(?: del?|,|"
    rf" of)? (?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<y2>\d{{4}}))?",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::\d{2})?(?:\s?(?P<half>[ap])\.?\s?m\b\.?|\s?h(?:rs?|oras?)?\b)?"
    r"|(?P<h2>\d{1,2})\s?(?P<half2>[ap])\.?\s?m\b\.?",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?<![\w$])(?:[^\W\d_]++-?\d[\w\-]{2,}|\d++[^\W\d_][\w\-]{3,}|"
    r"[^\W_]++(?:-[^\W_]++)+|[^\W\d_]++_[\w\-]++)"
)
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_LIKE_A_REFERENCE = re.compile(r"\d{3}|\d[^\W\d_]++\d|_")
_AMOUNT_WITH_CODE = re.compile(
    rf"\A(?:[QL]\d[\d.,]*|(?:{_CODES})-?\d[\d.,]*|\d[\d.,]*+-?(?:{_CODES}))",
    re.IGNORECASE,
)
_LONG_DIGITS = re.compile(
    r"(?<![\d.,$])(?:\+\d{1,3} ?)?\(?\d(?:(?:[ \-]|\)[ \-]?)?\d){6,18}(?!\d|[.,]\d)"
)
_GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3})+")
_URL = re.compile(r"https?://\S+", re.IGNORECASE)

_STRUCTURE = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"\d\ufe0f?\u20e3",
        (
            r"\b(?:opci[oó]n|paso|n[uú]mero|option|step|number|respon\w+|reply|escrib\w+|elig\w+|"
            r"marca|type|choose|press|pulsa)\s(?:con\s|el\s|with\s)?"
            rf"[\"'“]?{MARK}?\d{{1,2}}(?![\d.,%$])[\"'”]?"
        ),
        (
            rf"{MARK}?\b\d{{1,2}}\s(?:opciones|opci[oó]n|pasos?|preguntas?|momentos?|options?|"
            r"steps?|questions?|moments?|maneras|formas|ways|d[ií]gitos|digits|letras|n[uú]meros)\b"
        ),
        (
            rf"(?:dame|deme|espera|espere|give me|wait|just)\s(?:solo\s)?{MARK}?1\s"
            r"(?:minut[oe]|segundo|second)\b"
        ),
        # The left side of "1 USD = 18.72 MXN" only says what the right side is a price of.
        rf"(?:\b(?:por|cada|per|for|every)\s){{1,2}}{MARK}?1\s?(?:{_AFTER}|[A-Z]{{3}})\b",
        rf"{MARK}?\b1\s?(?:{_AFTER}|USD)\s?(?:=|≈|son\b|es\b|equivale|equals|is\b)",
    )
)
_MARKER = re.compile(
    r"(?P<line>^[ \t*]*)?(?<![\w.,$])(?P<number>\d{1,2})(?P<form>\)|[.:\-](?=\s)|\.\*)",
    re.MULTILINE,
)
_MIN_CLAIM_IN_WORDS = 13
_FILL = "¦"


def figures_in(text: str, language: str) -> tuple[Figure, ...]:
    """Return every figure of a text, in the order of the kinds looked for."""
    return tuple(_Reader(text, language).read())


def normal_form(text: str) -> str:
    """Return the text with ASCII digits and without invisible characters, for detectors only."""
    folded = unicodedata.normalize("NFKC", few_marks(text)).replace("٫", ".").replace("٬", ",")
    return "".join(
        str(unicodedata.decimal(letter)) if unicodedata.category(letter) == "Nd" else letter
        for letter in folded
        if letter.isascii() or unicodedata.category(letter) not in {"Cf", "Co"}
    )


class _Reader:
    """Reads one text kind by kind; each match is blanked for the kinds after it."""

    def __init__(self, text: str, language: str) -> None:
        self._text = digits_for_words(_URL.sub(_FILL, normal_form(text)), language)

    def read(self) -> Iterator[Figure]:
        self._blank_markers()
        for pattern in _STRUCTURE:
            self._text = pattern.sub(_filler, self._text)
        for pattern, make in (
            (_STAMP, self._stamp),
            (_DATE, self._date),
            (_TIME, self._time),
            (_REFERENCE, self._reference),
            (_LONG_DIGITS, self._digits),
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
        for match in _MARKER.finditer(self._text):
            number = int(match["number"])
            if number not in {due, 1}:
                continue
            due = number + 1
            run.append(match)
        counted = len({match["number"] for match in run}) > 1
        parts: list[str] = []
        position = 0
        for match in run:
            at_line_start = match["line"] is not None
            if counted or (match["form"] == ")" and at_line_start):
                start, end = match.span("number")
                parts += self._text[position:start], _FILL * (end - start)
                position = end
        self._text = "".join((*parts, self._text[position:]))

    def _stamp(self, match: re.Match[str]) -> tuple[Figure, ...]:
        hours, minutes = map(int, match["time"].split(":"))
        return (
            Figure(kind="date", excerpt=match.group(), tokens=frozenset({match["day"]})),
            Figure(
                kind="time",
                excerpt=match.group(),
                values=frozenset({Decimal(hours * 60 + minutes)}),
            ),
        )

    def _date(self, match: re.Match[str]) -> tuple[Figure, ...]:
        days: set[str] = set()
        if match["iso"]:
            days.add(match["iso"])
        elif match["a"]:
            year = match["y"] if len(match["y"]) == 4 else f"20{match['y']}"
            for day, month in ((match["a"], match["b"]), (match["b"], match["a"])):
                if int(month) <= 12 and int(day) <= 31:
                    days.add(f"{year}-{int(month):02}-{int(day):02}")
        else:
            month = MONTHS[(match["m1"] or match["m2"]).lower()]
            day, year = match["d1"] or match["d2"], match["y1"] or match["y2"]
            days.add(f"{year or '*'}-{month:02}-{int(day):02}")
        if not days:
            return ()
        return (Figure(kind="date", excerpt=match.group().strip(), tokens=frozenset(days)),)

    def _time(self, match: re.Match[str]) -> tuple[Figure, ...]:
        hours, minutes = int(match["h"] or match["h2"]), int(match["m"] or 0)
        half = (match["half"] or match["half2"] or "").lower()
        if hours > 24 or minutes > 59:
            return ()
        if half:
            hours = hours % 12 + (12 if half == "p" else 0)
        value = Decimal(hours * 60 + minutes)
        # "6:30" without am or pm may mean the evening.
        both = {value, value + 720} if not half and hours < 12 else {value}
        return (Figure(kind="time", excerpt=match.group().strip(), values=frozenset(both)),)

    def _reference(self, match: re.Match[str]) -> tuple[Figure, ...]:
        word = match.group()
        # Checked here and not ahead in the pattern, which would read the same letters again for
        # each place where a reference could begin.
        if not (_LETTER.search(word) and _DIGIT.search(word)):
            return ()
        if _AMOUNT_WITH_CODE.fullmatch(word) or not _LIKE_A_REFERENCE.search(word):
            return ()
        return (Figure(kind="reference", excerpt=word, tokens=frozenset({word.casefold()})),)

    def _digits(self, match: re.Match[str]) -> tuple[Figure, ...]:
        written = match.group()
        digits = re.sub(r"\D", "", written)
        if _GROUPED.fullmatch(written) or len(digits) < 7:
            return ()
        before = self._text[max(0, match.start() - 60) : match.start()]
        return (
            Figure(
                kind="digits", excerpt=written.strip(), tokens=frozenset({digits}), before=before
            ),
        )

    def _numbers(self) -> Iterator[Figure]:
        previous = 0
        for match in _FIGURE.finditer(self._text):
            before = _CLAUSE_END.split(self._text[previous : match.start()])[-1]
            figure = _figure(match, before)
            previous = match.end()
            if figure is not None:
                yield figure


def _figure(match: re.Match[str], before: str) -> Figure | None:
    values = _scaled(readings(match["number"]), match["scale"])
    cents = match["cents"] or match["hundredths"]
    if cents:
        values = frozenset(value + Decimal(cents) / 100 for value in values if value % 1 == 0)
    if match["minus"]:
        values = frozenset(-value for value in values)
    excerpt = match.group().replace(MARK, "").strip()
    if match["percent"]:
        return Figure(kind="percent", excerpt=excerpt, values=values, before=before)
    if match["unit"]:
        return _duration(match["unit"], values, excerpt, before)
    currencies = _currencies(match["sign"]) or _currencies(match["code"])
    is_small_word = match["words"] and max(values, default=Decimal(0)) < _MIN_CLAIM_IN_WORDS
    if is_small_word and not (match["sign"] or match["code"] or "." in match["number"]):
        return None
    return Figure(
        kind="number",
        excerpt=excerpt,
        values=values,
        currencies=currencies,
        is_money=bool(match["sign"] or match["code"]),
        roles=roles_in(before),
        before=before,
    )


def _duration(unit: str, values: frozenset[Decimal], excerpt: str, before: str) -> Figure | None:
    for name, family, factor in UNITS:
        if re.fullmatch(name, unit, re.IGNORECASE):
            return Figure(
                kind="duration",
                excerpt=excerpt,
                values=frozenset(value * factor for value in values),
                tokens=frozenset({family}),
                before=before,
            )
    return None


def roles_in(before: str) -> frozenset[Role]:
    """Return the role that the nearest words before a figure give it.

    "The total you send" may be either, so both roles are kept.
    """
    if _PER_DOLLAR.search(before):
        return frozenset({"rate"})
    named: list[Role] = [match.lastgroup for match in _ROLE.finditer(before)]  # type: ignore[misc]
    if not named:
        return frozenset()
    return frozenset(named[-2:]) if set(named[-2:]) == {"send", "total"} else frozenset(named[-1:])


def readings(written: str) -> frozenset[Decimal]:
    """Return every value that a written number may have in Spanish or English."""
    plain = re.sub(r"[ '’]", "", written)
    marks = [letter for letter in plain if letter in ".,"]
    if not marks:
        return frozenset({Decimal(plain)})
    whole, decimals = re.split(r"[.,](?=\d*$)", plain)
    found: set[Decimal] = set()
    if _is_grouped(whole, other_than=marks[-1]):
        found.add(Decimal(f"{re.sub(r'[.,]', '', whole)}.{decimals}"))
    if len(set(marks)) == 1 and _is_grouped(plain, other_than="") and not plain.startswith("0"):
        found.add(Decimal(re.sub(r"[.,]", "", plain)))
    return frozenset(found)


def _is_grouped(digits: str, *, other_than: str) -> bool:
    """Return whether it has no separators, or groups of three separated by one kind of mark."""
    marks = {letter for letter in digits if letter in ".,"}
    if not marks:
        return True
    mark = next(iter(marks))
    pattern = rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+"
    return len(marks) == 1 and mark != other_than and bool(re.fullmatch(pattern, digits))


def _scaled(values: frozenset[Decimal], scale: str | None) -> frozenset[Decimal]:
    if not scale:
        return values
    word = scale.strip().lower()
    factor = 1000 if word in {"k", "mil", "thousand"} else 10**6
    return frozenset(value * factor for value in values)


def _currencies(written: str | None) -> frozenset[str]:
    if not written:
        return frozenset()
    name = written.strip()
    if name.upper().rstrip(" $") in CURRENCY_CODES:
        return frozenset({name.upper().rstrip(" $")})
    if name.upper() in SIGNS:
        return SIGNS[name.upper()]
    for names, codes in CURRENCY_WORDS:
        if re.fullmatch(names, name, re.IGNORECASE):
            return codes
    return frozenset()


def _filler(match: re.Match[str]) -> str:
    return _FILL * len(match.group())
