"""Finds numbers that an authority gave a person: CURP, RFC, SSN, DUI, DPI, cédula and the like.

A number is taken for one by its form and, where it has one, its check digit. Forms that telephone
numbers, amounts and references share count only behind the document's name. Pure and linear.
"""

import re
from collections.abc import Iterator

from lola.safety.input.spans import Span

MARK = "[identity number ••••]"

_DATE = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_STATES = (
    "AS|BC|BS|CC|CL|CM|CS|CH|DF|DG|GT|GR|HG|JC|MC|MN|MS|NT|NL|OC|PL|QT|QR|SP|SL|SR|TC|TS|TL|VZ|"
    "YN|ZS|NE"
)
_CURP = re.compile(
    rf"(?<![A-Z0-9])[A-Z]{{4}}{_DATE}[HMX](?:{_STATES})"
    r"[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z][0-9](?![A-Z0-9])",
    re.IGNORECASE,
)
_RFC = re.compile(
    rf"(?<![A-Z0-9Ñ&])[A-ZÑ&]{{3,4}}[ -]?{_DATE}[ -]?[0-9A-Z]{{2}}[0-9A](?![A-Z0-9])",
    re.IGNORECASE,
)
_RFC_LETTERS = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
# Area, group and serial that were never given out are no number; 9xx is a tax number (ITIN).
_SSN = re.compile(
    r"(?<![0-9.\-])(?!000|666)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9]|[.\-][0-9])"
)
# An id of hex digits in groups can begin alike, and is none.
_DUI = re.compile(r"(?<![0-9A-Za-z.\-])[0-9]{8}-[0-9](?![0-9A-Za-z]|[.\-][0-9])")
_DPI = re.compile(r"(?<![0-9.\-])[0-9]{4}([ \-])[0-9]{5}\1[0-9]{4}(?![0-9]|[.\-][0-9])")
_DOMINICAN = re.compile(r"(?<![0-9.\-])[0-9]{3}-[0-9]{7}-[0-9](?![0-9]|[.\-][0-9])")
_NICARAGUAN = re.compile(
    r"(?<![0-9.\-])[0-9]{3}-(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])[0-9]{2}-[0-9]{4}[A-Z](?![A-Z0-9])",
    re.IGNORECASE,
)
_HONDURAN = re.compile(
    r"(?<![0-9.\-])(?:0[1-9]|1[0-8])[0-9]{2}-(?:19|20)[0-9]{2}-[0-9]{5}(?![0-9])"
)
_NAMED = re.compile(
    r"(?<![^\W\d_])(?:ssn|itin|social security|seguro social|dui|dpi|cui|c[eé]dula|nit|nss|"
    r"dni|rtn|ine|curp|rfc|pasaporte|passport|licencia|driver'?s? licen[sc]e|"
    r"clave de elector|(?:documento|tarjeta|n[uú]mero|carn[eé]t?) de identidad|identidad|"
    r"id number|identification number)(?![^\W\d_])"
    r"(?:[^\w\[\]•]|\b(?:de|del|la|el|mi|es|son|n[uú]mero|no|nro|num|number|is|my|the|of|"
    r"ciudadan[ií]a|identidad|extranjer[ií]a)\b){1,12}?"
    r"(?P<value>(?=[A-Z\-]{0,6}[0-9])[A-Z0-9]{1,20}(?:[.\- ]?[0-9]{2,18}){0,5}"
    r"(?:-?[0-9A-Z](?![A-Z0-9]))?)",
    re.IGNORECASE,
)
_FEWEST_DIGITS = 6


def find_identity_numbers(text: str) -> Iterator[Span]:
    """Yield every identity number of a text with ASCII digits."""
    for pattern, is_right in _FORMS:
        for match in pattern.finditer(text):
            if is_right(match.group()):
                yield Span(start=match.start(), end=match.end(), mark=MARK)
    for match in _NAMED.finditer(text):
        if sum(letter.isdigit() for letter in match["value"]) >= _FEWEST_DIGITS:
            yield Span(start=match.start("value"), end=match.end("value"), mark=MARK)


def _digits(text: str) -> list[int]:
    return [int(letter) for letter in text if letter.isdigit()]


def _always(_: str) -> bool:
    return True


def _is_rfc(text: str) -> bool:
    """Check the last character, modulo 11 over all before it (a company's has three letters)."""
    letters = "".join(letter for letter in text.upper() if letter not in " -").rjust(13)
    total = sum(
        _RFC_LETTERS.index(letter) * (13 - place) for place, letter in enumerate(letters[:12])
    )
    rest = -total % 11
    return letters[12] == ("A" if rest == 10 else str(rest))


def _is_dui(text: str) -> bool:
    *body, check = _digits(text)
    total = sum(digit * (9 - place) for place, digit in enumerate(body))
    return -total % 10 == check


def _is_dpi(text: str) -> bool:
    digits = _digits(text)
    department = digits[9] * 10 + digits[10]
    total = sum(digit * (place + 2) for place, digit in enumerate(digits[:8]))
    return 1 <= department <= 22 and total % 11 == digits[8]


def _is_dominican(text: str) -> bool:
    digits = _digits(text)
    doubled = (digit * (1 + place % 2) for place, digit in enumerate(digits[:10]))
    return -sum(value // 10 + value % 10 for value in doubled) % 10 == digits[10]


_FORMS = (
    (_CURP, _always),
    (_RFC, _is_rfc),
    (_SSN, _always),
    (_DUI, _is_dui),
    (_DPI, _is_dpi),
    (_DOMINICAN, _is_dominican),
    (_NICARAGUAN, _always),
    (_HONDURAN, _always),
)
