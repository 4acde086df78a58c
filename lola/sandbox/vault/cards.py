"""Validates a card form: brand, check digit, expiry, security code, and the test cards.

The result has the brand, the last four digits and the names of the errors, and never a number, an
expiry or a code that was typed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from lola.safety.input.cards import fold_digits, is_card_number

BRANDS: tuple[tuple[str, str], ...] = (
    ("American Express", r"3[47]"),
    ("Visa", r"4"),
    ("Mastercard", r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"),
)
LONG_CODE = "American Express"
DECLINED = "4000000000000002"
TEST_CARDS: Mapping[str, str] = MappingProxyType(
    {
        "4111111111111111": "Visa",
        "4622943127013705": "Visa",
        "4622943127013713": "Visa",
        "4622943127013721": "Visa",
        "4622943127013739": "Visa",
        "4622943127013747": "Visa",
        "5555555555554444": "Mastercard",
        "2222420000001113": "Mastercard",
        "2222630000001125": "Mastercard",
        "378282246310005": "American Express",
        DECLINED: "Visa",
    }
)
"""The published numbers (reference/raas.md 11), one American Express, and one that is declined.

Every other number is refused, because no real card may be typed into a sandbox.
"""

_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*[/.\- ]?\s*(?:20)?(\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCard:
    """A validated form. `errors` is field → key of an error text; `last4` may be shown."""

    errors: Mapping[str, str]
    brand: str = ""
    last4: str = ""


def brand_of(digits: str) -> str:
    """Return the network of a number by its first digits, or an empty text."""
    return next((brand for brand, start in BRANDS if re.match(start, digits)), "")


def check_card(form: Mapping[str, str], today: date) -> CheckedCard:
    """Validate the fields `number`, `expiry` (MM/YY) and `code` as a vault would."""
    digits = _digits(form.get("number", ""))
    brand = brand_of(digits)
    problems = {
        "number": _number_problem(digits),
        "expiry": _expiry_problem(form.get("expiry", ""), today),
        "code": _code_problem(form.get("code", "").strip(), brand),
    }
    errors = {field: problem for field, problem in problems.items() if problem}
    return CheckedCard(errors=errors) if errors else CheckedCard(
        errors={}, brand=brand, last4=digits[-4:]
    )  # fmt: skip


def _digits(typed: str) -> str:
    return re.sub(r"[\s.\-]", "", fold_digits(typed))


def _number_problem(digits: str) -> str:
    if not digits:
        return "error_number_missing"
    if not digits.isascii() or not digits.isdigit() or not is_card_number(digits):
        return "error_number"
    if digits not in TEST_CARDS:
        return "error_not_test"
    return "error_declined" if digits == DECLINED else ""


def _expiry_problem(typed: str, today: date) -> str:
    match = _EXPIRY.fullmatch(fold_digits(typed).strip())
    if match is None:
        return "error_expiry"
    month, year = int(match[1]), 2000 + int(match[2])
    return "error_expired" if (year, month) < (today.year, today.month) else ""


def _code_problem(typed: str, brand: str) -> str:
    if not typed:
        return "error_code_missing"
    length = 4 if brand == LONG_CODE else 3
    return "" if re.fullmatch(rf"[0-9]{{{length}}}", fold_digits(typed)) else "error_code"
