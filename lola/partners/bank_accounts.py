"""Checks the form and the check digits of bank account numbers, without a network call.

A number that passes may still not exist: only the bank's system knows. One that fails never has to
leave the service.
"""

import re
from collections.abc import Mapping

from lola.partners.remittances import Validation

CLABE_WEIGHTS = (3, 7, 1)
CLABE_LENGTH = 18
BANK_DIGITS = 3
SEPARATORS = str.maketrans("", "", " -.\u00a0")
NATIONAL = re.compile(r"[0-9]{5,20}")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
IBAN_LENGTHS: Mapping[str, int] = {"GT": 28, "SV": 28, "DO": 28, "HN": 28}


def clabe_check_digit(first: str) -> str:
    """Return the 18th digit of a CLABE for its first 17 (weights 3-7-1; reference/raas.md 5.11)."""
    total = sum(
        int(digit) * CLABE_WEIGHTS[position % 3] % 10 for position, digit in enumerate(first)
    )
    return str(-total % 10)


def bank_code(country: str, canonical: str) -> str:
    """Return the three digits by which a CLABE names its bank; empty for any other number."""
    return canonical[:BANK_DIGITS] if country == "MX" and len(canonical) == CLABE_LENGTH else ""


def check_account(country: str, account: str) -> Validation:
    """Check form and check digits. `reason` is `characters`, `length` or `check_digit`."""
    canonical = account.translate(SEPARATORS).upper()
    if country == "MX":
        return _check_clabe(canonical)
    if canonical[:2] == country:
        return _check_iban(country, canonical)
    if not (canonical.isascii() and canonical.isdigit()):
        return Validation(valid=False, reason="characters")
    if not NATIONAL.fullmatch(canonical):
        return Validation(valid=False, reason="length")
    return Validation(valid=True, canonical=canonical)


def _check_clabe(canonical: str) -> Validation:
    if not (canonical.isascii() and canonical.isdigit()):
        return Validation(valid=False, reason="characters")
    if len(canonical) != CLABE_LENGTH:
        return Validation(valid=False, reason="length")
    if clabe_check_digit(canonical[:-1]) != canonical[-1]:
        return Validation(valid=False, reason="check_digit")
    return Validation(valid=True, canonical=canonical)


def _check_iban(country: str, canonical: str) -> Validation:
    if not IBAN.fullmatch(canonical):
        return Validation(valid=False, reason="characters")
    if len(canonical) != IBAN_LENGTHS.get(country, len(canonical)):
        return Validation(valid=False, reason="length")
    digits = "".join(str(int(letter, 36)) for letter in canonical[4:] + canonical[:4])
    if int(digits) % 97 != 1:
        return Validation(valid=False, reason="check_digit")
    return Validation(valid=True, canonical=canonical)
