"""Finds bank account numbers: CLABE, IBAN, and others behind their name; and routing numbers.

A transfer needs the recipient's account, so it is masked and not removed: the last four characters
stay, and the number itself is sealed for the tools. Pure and linear.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lola.safety.input.cards import fold_digits, is_clabe
from lola.safety.input.spans import Span, replaced

ACCOUNT = "account"
ROUTING_MARK = "[routing number ••••]"

# Also with a wrong check digit: a mistyped account is one, and nothing else has as many digits.
_RUN = re.compile(r"(?<![0-9.,\-+/•])[0-9]{18}(?![0-9]|[.,][0-9])")
# As banks print it: bank, branch, account and check digit; or in equal groups.
_GROUPED = re.compile(
    r"(?<![0-9•])(?:[0-9]{3}([ \-])[0-9]{3}\1[0-9]{11}\1[0-9]|"
    r"[0-9]{4}([ \-])[0-9]{4}\2[0-9]{4}\2[0-9]{4}\2[0-9]{2}|"
    r"[0-9]{3}(?:([ \-])[0-9]{3})(?:\3[0-9]{3}){4}|[0-9]{6}([ \-])[0-9]{6}\4[0-9]{6})(?![0-9])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ \-]?[A-Za-z0-9]){11,30}")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BR": 29, "CH": 21, "CR": 22, "DE": 22, "DK": 18,
    "DO": 28, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "GT": 28, "HN": 28,
    "IE": 22, "IL": 23, "IT": 27, "LU": 20, "NI": 28, "NL": 18, "NO": 15, "PL": 28, "PT": 25,
    "SE": 24, "SV": 28, "TR": 26, "VG": 24,
}  # fmt: skip
_NAMED = re.compile(
    r"(?<![^\W\d_])(?:clabe|cuenta|account|acct|cta)(?![^\W\d_])"
    r"(?:[^\w\[\]•+$]|\b(?:interbancaria|de|del|la|el|mi|su|es|is|ahorros?|corriente|cheques|"
    r"bancaria|n[uú]mero|no|nro|num|number|checking|savings|banco|bank)\b){1,12}?"
    r"(?P<value>[0-9](?:[ \-]?[0-9]){6,21})(?![0-9]|[.,][0-9]|[ ]?(?:pesos|d[oó]lar|usd|mxn|dls|"
    r"quetzal|lempira|dollar))",
    re.IGNORECASE,
)
_ROUTING = re.compile(
    r"(?<![^\W\d_])(?:routing|aba|ruta|tr[aá]nsito)(?![^\W\d_])"
    r"(?:[^\w\[\]•]|\b(?:number|transit|no|n[uú]mero|de|is|es|bancari[ao])\b){1,8}?"
    r"(?P<value>[0-9]{9}|[0-9]{4}[ \-][0-9]{4}[ \-][0-9]|"
    r"[0-9]{3}[ \-][0-9]{3}[ \-][0-9]{3})(?![0-9])",
    re.IGNORECASE,
)
_MASKED = re.compile(r"••••([0-9A-Z]{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account number in a text, as digits and letters without separators."""

    start: int
    end: int
    number: str

    @property
    def mark(self) -> str:
        """What takes its place. It has no word, because the text may be in any language."""
        return masked(self.number)


def masked(number: str) -> str:
    """Return an account number as it is shown: `[••••1234]`."""
    return f"[••••{number[-4:]}]"


def last_four_of(text: str) -> str:
    """Return the last four characters of a masked account number in a text, or ""."""
    match = _MASKED.search(text)
    return match[1] if match else ""


def find_accounts(text: str) -> tuple[Account, ...]:
    """Return the account numbers of a text in order."""
    folded = fold_digits(text)
    found: list[Account] = []
    for account in sorted(_accounts(folded), key=lambda one: (one.start, -one.end)):
        if not found or account.start >= found[-1].end:
            found.append(account)
    return tuple(found)


def mask_accounts(text: str) -> str:
    """Return the text with every account number masked."""
    return replaced(
        text,
        (Span(start=one.start, end=one.end, mark=one.mark) for one in find_accounts(text)),
    )


def find_routing_numbers(text: str) -> Iterator[Span]:
    """Yield the routing numbers (ABA) of banks in the United States, behind their name."""
    for match in _ROUTING.finditer(text):
        digits = [int(letter) for letter in match["value"] if letter.isdigit()]
        if sum(digit * (3, 7, 1)[place % 3] for place, digit in enumerate(digits)) % 10 == 0:
            yield Span(start=match.start("value"), end=match.end("value"), mark=ROUTING_MARK)


def _accounts(text: str) -> Iterator[Account]:
    for match in _RUN.finditer(text):
        yield _account(match)
    for match in _GROUPED.finditer(text):
        if is_clabe(_plain(match.group())):
            yield _account(match)
    for match in _NAMED.finditer(text):
        yield _account(match, "value")
    yield from _ibans(text)


def _ibans(text: str) -> Iterator[Account]:
    """Yield the IBANs; what only begins like one must not hide another behind it."""
    position = 0
    while match := _IBAN.search(text, position):
        end = _end_of_iban(match.group())
        position = match.start() + (end or len("ES"))
        if end:
            number = _plain(match.group()[:end])
            yield Account(start=match.start(), end=position, number=number)


def _account(match: re.Match[str], group: int | str = 0) -> Account:
    return Account(start=match.start(group), end=match.end(group), number=_plain(match[group]))


def _end_of_iban(text: str) -> int:
    """Return where the IBAN at the beginning of a text ends; 0 when there is none."""
    length = _IBAN_LENGTHS.get(text[:2].upper(), len(text.split(maxsplit=1)[0]))
    count = 0
    for place, letter in enumerate(text):
        count += letter.isalnum()
        if count == length:
            is_cut = text[place + 1 : place + 2].isalnum()
            return 0 if is_cut or not _is_iban(_plain(text[: place + 1])) else place + 1
    return 0


def _is_iban(number: str) -> bool:
    digits = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
    return int(digits) % 97 == 1


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum()).upper()
