"""The one policy of what is removed from a text before it is stored, logged or shown.

Card data (reference/lola.md 18), codes, passwords, keys and identity numbers become typed
placeholders; the last four digits of a card stay. `redact_stored` masks account numbers too. Pure,
linear, and it never raises. It must never be used on identifiers, which have to stay as they came.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from lola.domain.messages import JsonObject
from lola.safety.input.accounts import find_routing_numbers, mask_accounts
from lola.safety.input.cards import find_cards, fold_digits
from lola.safety.input.credentials import find_codes, find_passwords, find_secrets
from lola.safety.input.identity_numbers import find_identity_numbers
from lola.safety.input.spans import Span, apart, replaced
from lola.text.number_table import DIGITS

CARD = "card"
SECURITY_CODE = "security_code"
EXPIRY = "expiry"
CODE = "code"
PASSWORD = "password"  # noqa: S105 - a kind of value
SECRET = "secret"  # noqa: S105 - a kind of value
IDENTITY = "identity_number"
ROUTING = "routing_number"

CARD_DATA = frozenset({CARD, SECURITY_CODE, EXPIRY})
CREDENTIALS = frozenset({CODE, PASSWORD, SECRET})

_CODE_MARK = "[security code ••••]"
_EXPIRY_MARK = "[expiry ••••]"

_CARD_WORD = re.compile(
    r"\b(?:tarjetas?|cards?|visa|master\s?card|amex|american express|discover|"
    r"d[eé]bito|cr[eé]dito|debit|credit|pl[aá]stico)\b",
    re.IGNORECASE,
)
_DIGIT_WORD = rf"(?:{'|'.join(DIGITS)})"
_CODE = (
    rf"(?<![0-9•])[0-9](?:[ .\-]?[0-9]){{2,3}}(?![ .,\-/]?(?:[0-9]|\[security))|"
    rf"{_DIGIT_WORD}(?:[ ,]{{1,2}}{_DIGIT_WORD}){{2,3}}\b"
)
_CODE_WORD = (
    r"(?<![^\W\d_])(?:cvv2?|cvc2?|cvn|ccv|csc|cid|"
    r"(?:c[oó]digo|clave|n[uú]mero) (?:de )?(?:seguridad|verificaci[oó]n de (?:la |mi )?tarjeta)|"
    r"(?:card )?(?:security|verification) (?:code|number)|card code|back code|"
    r"(?:c[oó]digo|n[uú]meros?|d[ií]gitos|numeritos) (?:que (?:vienen?|est[aá]n?) )?"
    r"(?:de |por |en la parte de )?(?:atr[aá]s|(?:del )?(?:reverso|dorso)|traser[oa]s?)|"
    r"(?:code|numbers?|digits) (?:on|at|from) the back|(?:three|four|3|4)[ -]digit code)"
    r"(?![^\W\d_])"
)
_FILLER = (
    r"(?:[^\w\[\]•]|\b(?:de|la|mi|tarjeta|es|el|son|is|the|of|my|card|number|code|est[aá]|"
    r"atr[aá]s|on|back)\b){0,12}?"
)
_CODE_AFTER = re.compile(rf"({_CODE_WORD}{_FILLER})({_CODE})", re.IGNORECASE)
_CODE_BEFORE = re.compile(
    rf"({_CODE})(?=(?:[^\w\[\]•]|\b(?:es|el|is|the|my|mi)\b){{1,6}}{_CODE_WORD})", re.IGNORECASE
)
_ANY_CODE_AFTER = re.compile(
    rf"(\b(?:c[oó]digo|code|clave|pin|nip)\b{_FILLER})({_CODE})", re.IGNORECASE
)
_MARKED = r"\[(?:card|expiry)[^\]\n]{1,9}\]"
_CODE_BEHIND = re.compile(rf"({_MARKED}[^\w\[]{{0,8}})([0-9]{{3,4}}(?![0-9]))")

_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:20)?[2-4][0-9]"
_DATE = rf"(?<![0-9])(?<![0-9][/.\-]){_MONTH}\s?[/.\-]\s?{_YEAR}(?![0-9])(?![/.\-][0-9])"
_LOOSE_DATE = (
    rf"{_DATE}|(?<![0-9]){_MONTH}\s{{1,2}}{_YEAR}(?![0-9])|(?<![0-9])(?:0[1-9]|"
    rf"1[0-2])[2-4][0-9](?![0-9])"
    r"|(?:ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic|jan|apr|aug|dec)[a-z]{0,7}\.?"
    rf"(?:\sdel?|\sof|,|/|-)?\s?{_YEAR}(?![0-9])"
)
_EXPIRY_WORD = (
    r"\b(?:venc(?:e|imiento|en)|expir(?:a|aci[oó]n|es|y|ation|ing)|exp|caduc(?:a|idad)|"
    r"v[aá]lid[ao]? (?:hasta|thru|through|until)|good thru|vto)\b"
)
_DATE_AFTER_WORD = re.compile(
    rf"({_EXPIRY_WORD}[^\d\[\]•\n]{{0,20}}?)({_LOOSE_DATE})", re.IGNORECASE
)
_DATE_BEHIND_CARD = re.compile(rf"(\[card[^\]\n]{{1,9}}\]\W{{0,8}})({_LOOSE_DATE})", re.IGNORECASE)
# "La cotización vence 12/29" is about something else; a bare "vence 12/29" is a card's.
_DATE_ALONE = re.compile(
    rf"((?:\A|[.,;:!?\n]|\b(?:y|and|que))\s{{0,3}}{_EXPIRY_WORD}[^\w\[\]•\n]{{1,4}})({_DATE})",
    re.IGNORECASE,
)
_DATE_ANYWHERE = re.compile(rf"()({_DATE})")
_ONLY_DATE_AND_CODE = re.compile(rf"\A\s*+({_DATE})(\W{{1,4}})([0-9]{{3,4}})\s*")
# Its digits can form a card number by chance.
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z\-]{5,22}")
_ID_KEY = re.compile(r"(?:\A|_)(?:id|ids|reference|token|url)\Z", re.IGNORECASE)
_CODE_KEY = re.compile(r"cvv|cvc|cvn|ccv|security_?code", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A text that may be kept; `found` names what was removed, each kind once.

    `values` are those removed values, with their kind, that a bank's vault may keep.
    """

    text: str
    found: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedJson:
    """A JSON-like value that may be kept; `found` as in `Redacted`."""

    value: JsonObject
    found: tuple[str, ...] = ()


def redact(text: str) -> Redacted:
    """Replace what this service never needs; account numbers and anything else stay."""
    values: list[tuple[str, str]] = []
    found: dict[str, None] = {}
    text = _redact_never_kept(text, found)
    for kind, find in _MAY_BE_SEALED:
        spans = apart(find(fold_digits(text)))
        values += ((kind, text[span.start : span.end]) for span in spans)
        text = _mark(kind, spans, text, found)
    return Redacted(text=text, found=tuple(found), values=tuple(values))


def redact_never_kept(text: str) -> Redacted:
    """Replace card data, codes, passwords and keys, which are kept nowhere, not even sealed.

    Connectors use it while they parse; `lola.safety.input.admission` removes the rest.
    """
    found: dict[str, None] = {}
    text = _redact_never_kept(text, found)
    return Redacted(text=text, found=tuple(found))


def _redact_never_kept(text: str, found: dict[str, None]) -> str:
    text = _mark(SECRET, find_secrets(fold_digits(text)), text, found)
    card_free = redact_card_data(text)
    found.update(dict.fromkeys(card_free.found))
    text = card_free.text
    # An identity number behind "clave" is not a code.
    taken = [text[span.start : span.end] for span in find_identity_numbers(fold_digits(text))]
    for kind, find in ((CODE, find_codes), (PASSWORD, find_passwords)):
        spans = find(fold_digits(text))
        text = _mark(kind, (s for s in spans if text[s.start : s.end] not in taken), text, found)
    if text == card_free.text:
        return text
    # Digits that ran into a code that is gone now may be card data of their own.
    again = redact_card_data(text)
    found.update(dict.fromkeys(again.found))
    return again.text


def redact_stored(text: str) -> str:
    """Return a text as it may be logged, exported or shown to staff: account numbers masked."""
    return mask_accounts(redact(text).text)


def _mark(kind: str, spans: Iterable[Span], text: str, found: dict[str, None]) -> str:
    spans = tuple(spans)
    if spans:
        found[kind] = None
    return replaced(text, spans)


_MAY_BE_SEALED: tuple[tuple[str, Callable[[str], Iterable[Span]]], ...] = (
    (IDENTITY, find_identity_numbers),
    (ROUTING, find_routing_numbers),
)


def redact_card_data(text: str) -> Redacted:
    """Replace card numbers, security codes and expiry dates."""
    marked = _mark_cards(text)
    has_number = "[card ••••" in marked
    dated = _mark_dates(marked, has_number=has_number)
    coded = _mark_codes(dated, has_number=has_number or _EXPIRY_MARK in dated)
    found = tuple(
        kind
        for kind, changed in (
            (CARD, marked != text),
            (SECURITY_CODE, coded.count(_CODE_MARK) > text.count(_CODE_MARK)),
            (EXPIRY, coded.count(_EXPIRY_MARK) > text.count(_EXPIRY_MARK)),
        )
        if changed
    )
    return Redacted(text=coded, found=found)


def redact_mapping(value: Mapping[str, object]) -> RedactedJson:
    """Redact every string, and every whole number, in a JSON-like value; keys stay."""
    found: dict[str, None] = {}
    return RedactedJson(value=_mapping(value, found, redact), found=tuple(found))


def redact_facts(value: Mapping[str, object]) -> JsonObject:
    """Return what a tool was given or returned as it may be kept: ids stay, accounts are masked."""
    return _mapping(value, {}, lambda text: Redacted(text=redact_stored(text)), ids=_ID_KEY)


def _mapping(
    value: Mapping[str, object],
    found: dict[str, None],
    read: Callable[[str], Redacted],
    ids: re.Pattern[str] | None = None,
) -> JsonObject:
    kept: JsonObject = {}
    for key, item in value.items():
        if _CODE_KEY.search(key) and isinstance(item, str | int) and item:
            found[SECURITY_CODE] = None
            kept[key] = _CODE_MARK
        elif ids and ids.search(key) and isinstance(item, str | int):
            kept[key] = item
        else:
            kept[key] = _value(item, found, read, ids)
    return kept


def _value(
    value: object,
    found: dict[str, None],
    read: Callable[[str], Redacted],
    ids: re.Pattern[str] | None,
) -> object:
    match value:
        case Mapping():
            return _mapping(value, found, read, ids)
        case list() | tuple():
            return [_value(item, found, read, ids) for item in value]
        case str() if ids and _MOMENT.fullmatch(value):
            return value
        case str():
            redacted = read(value)
        case int() if not isinstance(value, bool):
            redacted = read(str(value))
            if redacted.text == str(value):
                return value
        case _:
            return value
    found.update(dict.fromkeys(redacted.found))
    return redacted.text


def _mark_cards(text: str) -> str:
    parts: list[str] = []
    position = 0
    for card in find_cards(text):
        parts += text[position : card.start], f"[card ••••{card.last_four}]"
        position = card.end
    return "".join((*parts, text[position:]))


def _mark_dates(text: str, *, has_number: bool) -> str:
    if match := _ONLY_DATE_AND_CODE.fullmatch(fold_digits(text)):
        return f"{_EXPIRY_MARK}{match[2]}{_CODE_MARK}"
    if has_number or _CARD_WORD.search(text):
        text = _replace(_DATE_AFTER_WORD, text, _EXPIRY_MARK)
    text = _replace(_DATE_ALONE, text, _EXPIRY_MARK)
    if has_number:
        text = _replace(_DATE_BEHIND_CARD, text, _EXPIRY_MARK)
        text = _replace(_DATE_ANYWHERE, text, _EXPIRY_MARK)
    return text


def _mark_codes(text: str, *, has_number: bool) -> str:
    text = _replace(_CODE_AFTER, text, _CODE_MARK)
    text = _replace(_CODE_BEFORE, text, _CODE_MARK, group=1)
    if has_number:
        text = _replace(_ANY_CODE_AFTER, text, _CODE_MARK)
        text = _replace(_CODE_BEHIND, text, _CODE_MARK)
    return text


def _replace(pattern: re.Pattern[str], text: str, mark: str, *, group: int = 2) -> str:
    """Put `mark` where `group` matched, looking at digits of every script but keeping the text."""
    parts: list[str] = []
    position = 0
    for match in pattern.finditer(fold_digits(text)):
        start, end = match.span(group)
        parts += text[position:start], mark
        position = end
    return "".join((*parts, text[position:]))
