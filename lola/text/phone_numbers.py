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
_SHORTEST = 7
_LONGEST = 15
_WITH_MOBILE_MARK = 13


def canonical(raw: str, default_region: str | None = None) -> str | None:
    """Return E.164 with its plus, or None when `raw` cannot be a telephone number.

    Digits without a plus are international, as channels write them, unless they are a valid
    number of `default_region` (ISO 3166-1 alpha-2). The old mobile marks of Mexico (`521…`, `044`)
    and Argentina (`549…`, `15`) are removed. The documented examples (`+1-555-0100`) are shorter
    than any real number, so validity is not demanded (reference/lola.md 13 and 20.3).
    """
    written = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", raw).strip())
    if written is None:
        return None
    text = _dialled(written[1], default_region)
    number = None
    if default_region and not text.startswith("+"):
        number = _valid(text, default_region)
    if number is None:
        digits = text.lstrip("+")
        if not _SHORTEST <= len(digits) <= _LONGEST or digits.startswith("0"):
            return None
        number = _valid(f"+{digits}", None) or f"+{digits}"
    return _without_mobile_mark(number)


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


def mask(number: str) -> str:
    """Return a form for logs: at most the last two digits."""
    digits = re.sub(r"[^0-9]", "", number)
    return f"…{digits[-2:]}" if len(digits) >= _SHORTEST else "…"


def _dialled(text: str, region: str | None) -> str:
    """Return the digits, with a plus if international, without Mexico's old prefixes."""
    digits = re.sub(r"[^0-9]", "", text)
    dialled = f"+{digits}" if text.lstrip().startswith("+") else digits
    if digits.startswith("00"):
        dialled = f"+{digits[2:]}"
    trunk = _MEXICAN_TRUNK.fullmatch(dialled)
    if trunk and (trunk[1] or region == "MX"):
        return f"+52{trunk[2]}"
    return dialled


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
