"""Telephone numbers: one canonical form per number, so that one sender never has two identities.

A canonical number is for matching identities only; replies go to the address that the channel
gave, verbatim (reference/channels.md 1.10). No other module may strip, prefix or compare numbers,
and a number reaches a log only through `mask`.
"""

import re
import unicodedata

import phonenumbers

_WRITTEN = re.compile(r"(?:tel:)?(\+?[0-9\s().\-/]+)", re.IGNORECASE)
# Mexico dialled these before a number until 2019; many address books still have them.
_MEXICAN_TRUNK = re.compile(r"(\+?52)?(?:01|044|045)([0-9]{10})")
# Argentina's 9 and its domestic 15, both written in one number.
_ARGENTINE_BOTH = re.compile(r"\+549([0-9]{2,4}15[0-9]{6,8})")
_ABROAD_FROM_US = "011"
_SHORTEST = 7
_LONGEST = 15
_LONGEST_LOCAL = 10
_WITH_MOBILE_MARK = 13


def canonical(raw: str) -> str | None:
    """Return E.164 with its plus, or None when `raw` cannot be a telephone number.

    Digits without a plus are international, as channels write them. The old mobile marks of Mexico
    (`521…`, `044`) and Argentina (`549…`, `15`) are removed. The documented examples
    (`+1-555-0100`) are shorter than any real number, so validity is not demanded
    (reference/lola.md 13 and 20.3).
    """
    text = _dialled(raw)
    if text is None:
        return None
    digits = text.lstrip("+")
    if not _SHORTEST <= len(digits) <= _LONGEST or digits.startswith("0"):
        return None
    return _without_mobile_mark(_valid(f"+{digits}", None) or f"+{digits}")


def dictated(raw: str, region: str) -> str | None:
    """Return E.164 of a number that a person gives for somebody in `region`, or None.

    `region` is ISO 3166-1 alpha-2. Without a plus, 00 or 011 the number must be valid in the
    region's own plan: a digit that is missing never makes it a number of another country.
    """
    text = _dialled(raw, region)
    if text is None:
        return None
    if text.startswith("+"):
        return canonical(text)
    number = _valid(text, region)
    if number is None and text.startswith(_ABROAD_FROM_US):
        number = _valid(f"+{text.removeprefix(_ABROAD_FROM_US)}", None)
    return number and _without_mobile_mark(number)


def international(raw: str) -> str | None:
    """Return E.164 when `raw` names its country; None when it may be a local number.

    The country is named by a plus, 00 or 011, or by digits that are too many for a local number of
    the countries we pay in and valid as they are.
    """
    text = _dialled(raw)
    if text is None:
        return None
    number = canonical(text)
    if text.startswith("+") or number is None:
        return number
    return number if len(text) > _LONGEST_LOCAL and _valid(number, None) else None


def match_key(raw: str) -> str | None:
    """Return what all spellings of a number share: canonical, without Brazil's ninth digit."""
    number = canonical(raw)
    if number is None:
        return None
    return re.sub(r"(\+55[1-9][0-9])9([6-9][0-9]{7})\Z", r"\1\2", number)


def same(first: str, second: str) -> bool:
    """Return whether both are one number, also without Brazil's ninth digit.

    Source: reference/channels.md 1.10.
    """
    key = match_key(first)
    return key is not None and key == match_key(second)


def readable(number: str) -> str:
    """Return an E.164 number in the groups of its country, for the person who gave it."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def mask(number: str) -> str:
    """Return a form for logs: at most the last two digits."""
    digits = re.sub(r"[^0-9]", "", number)
    return f"…{digits[-2:]}" if len(digits) >= _SHORTEST else "…"


def _dialled(raw: str, region: str | None = None) -> str | None:
    """Return the digits, with a plus if international, without Mexico's old prefixes.

    None when there is anything but a number in `raw`. Without a region, 011 is how one dials
    abroad from the United States; in a region it may be the beginning of a number of its own.
    """
    written = _WRITTEN.fullmatch(_visible(raw))
    if written is None:
        return None
    digits = re.sub(r"[^0-9]", "", written[1])
    dialled = f"+{digits}" if written[1].lstrip().startswith("+") else digits
    if digits.startswith("00"):
        dialled = f"+{digits[2:]}"
    elif region is None and digits.startswith(_ABROAD_FROM_US):
        dialled = f"+{digits.removeprefix(_ABROAD_FROM_US)}"
    trunk = _MEXICAN_TRUNK.fullmatch(dialled)
    if trunk and (trunk[1] or region == "MX"):
        return f"+52{trunk[2]}"
    return dialled


def _visible(raw: str) -> str:
    """Return a number as an address book shows it: without invisible marks, with plain hyphens."""
    text = unicodedata.normalize("NFKC", raw)
    return "".join(
        "-" if unicodedata.category(char) == "Pd" else char
        for char in text
        if unicodedata.category(char) != "Cf"
    ).strip()


def _valid(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _without_mobile_mark(number: str) -> str:
    if both := _ARGENTINE_BOTH.fullmatch(number):
        number = _valid(f"+54{both[1]}", None) or number
    # Only numbers of this length have the mark; a shorter one may start with the same digits.
    if len(number) == _WITH_MOBILE_MARK + 1 and number.startswith(("+521", "+549")):
        return number[:3] + number[4:]
    return number
