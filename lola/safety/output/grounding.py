"""Grounding: each figure and each claim needs a source of this turn (docs/safety.md G6, G9).

Sources are this turn's tool results, the session's typed draft and tickets, approved passages and,
for echoing only, the sender's own words. Values must be equal; nothing is rounded, and a sum that
the model made itself is no source. Pure.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

from lola.domain.messages import JsonObject
from lola.safety.output.claims import unsupported_claims
from lola.safety.output.figure_words import CURRENCY_CODES, Role
from lola.safety.output.figures import Figure, Kind, figures_in
from lola.safety.output.findings import Finding

Origin = Literal["tool", "passage", "sender"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where a reply may take its facts from.

    `tool_results` are the results of this turn, `facts` typed data of the session (draft, tickets),
    `passages` approved texts, `sender_words` what the sender wrote, `links` the addresses that were
    created for this conversation.
    """

    tool_results: tuple[JsonObject, ...] = ()
    facts: tuple[JsonObject, ...] = ()
    passages: tuple[str, ...] = ()
    sender_words: str = ""
    links: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One figure that a source holds."""

    figure: Figure
    origin: Origin
    roles: frozenset[Role]


_ROLE_KEYS: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("limit", re.compile(r"limit|max|min(?:imum)?(?:_|$)|daily|monthly|weekly")),
    ("rate", re.compile(r"rate|exchange")),
    ("fee", re.compile(r"fee|commission|charge|cost")),
    ("total", re.compile(r"total")),
    ("receive", re.compile(r"receive|destination|payout|recipient_amou")),
    ("send", re.compile(r"send|source|sent")),
)
_CURRENCY_OF: dict[Role, tuple[str, ...]] = {
    "send": ("send_currency", "source_currency", "from_currency"),
    "fee": ("fee_currency", "send_currency", "source_currency"),
    "total": ("total_currency", "send_currency", "source_currency"),
    "receive": ("receive_currency", "destination_currency", "to_currency", "recipient_currency"),
    "limit": ("source_currency",),
    "rate": (),
}
_SECONDS_OF_KEY = (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400))
_MIN_DIGITS = 4
_NAMED_BEFORE = 120
"""Characters before a figure in which the words that name it are looked for."""
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# Figures that only the bank may state, so the sender's own words are no source for them.
_BANKS_OWN: frozenset[Role] = frozenset({"fee", "total", "rate", "limit"})
_CALL = re.compile(
    r"\b(?:ll[aá]m\w+|marc\w+|comun[ií]c\w+|cont[aá]ct\w+|escr[ií]b\w+|tel[eé]fono|call|dial|phone|text|contact|"
    r"whatsapp)\b",
    re.IGNORECASE,
)

# Passages are approved texts that come again and again; text of a sender is never cached here.
_figures_in_passage = lru_cache(maxsize=256)(figures_in)
_ENDING = re.compile(
    r"(?:terminad[ao]|termina|ending|ends|[uú]ltimos|last)(?:\s\w+){0,2}\s?$|(?<![•*x])[•*x]{2,}+\s?$",
    re.IGNORECASE,
)


def check(reply: str, sources: Sources, language: str) -> tuple[Finding, ...]:
    """Return what the reply says without a source: claims first, then figures."""
    items = tuple(_items(sources, language))
    known = _Known(items)
    claims = (
        Finding(
            guard="claims",
            excerpt=claim.excerpt,
            why=f"no result of this turn supports this ({claim.kind})",
        )
        for claim in unsupported_claims(reply, sources)
    )
    figures = (
        Finding(
            guard="numbers",
            excerpt=figure.excerpt,
            why="this figure is in no result, draft or approved text with this meaning",
        )
        for figure in figures_in(reply, language)
        if not _is_grounded(figure, known)
    )
    return (*claims, *figures)


class _Known:
    """The figures of the sources by what they are looked up with, so that a reply full of figures
    is not compared with each of them.
    """

    def __init__(self, items: Iterable[_Item]) -> None:
        self._by_key: dict[tuple[str, object], list[_Item]] = {}
        digits: dict[bool, list[str]] = {True: [], False: []}
        for item in {_meaning(item): item for item in items}.values():
            for key in dict.fromkeys(_keys_of(item.figure)):
                self._by_key.setdefault(key, []).append(item)
            if item.figure.kind == "digits":
                digits[item.origin != "sender"] += item.figure.tokens
        self._digits = {trusted: "|".join(tokens) for trusted, tokens in digits.items()}

    def like(self, figure: Figure) -> list[_Item]:
        """Return the items that may be the same figure; `_is_same` decides."""
        keys: list[tuple[str, object]] = [
            (figure.kind, value) for value in (*figure.values, *figure.tokens)
        ]
        if figure.kind == "number":
            keys += [("duration part", value) for value in figure.values]
            keys.append(("ending", figure.excerpt))
        found = (item for key in keys for item in self._by_key.get(key, ()))
        return list({id(item): item for item in found}.values())

    def has_digits(self, figure: Figure, *, trusted: bool) -> bool:
        """Return whether a long number is part of a known one."""
        return any(token in self._digits[trusted] for token in figure.tokens)


def _meaning(item: _Item) -> tuple[object, ...]:
    """Return all of an item that is compared; one that only repeats it adds nothing."""
    figure = item.figure
    excerpt = figure.excerpt if figure.kind == "duration" else ""
    return (
        item.origin, item.roles, figure.kind, figure.values, figure.tokens, figure.currencies,
        figure.is_money, excerpt,
    )  # fmt: skip


def _keys_of(figure: Figure) -> Iterator[tuple[str, object]]:
    for value in figure.values:
        yield figure.kind, value
    for token in figure.tokens:
        yield figure.kind, token
        if figure.kind == "date":
            yield figure.kind, f"*{token[-6:]}"
        if figure.kind == "digits":
            yield "ending", token[-_MIN_DIGITS:]
    if figure.kind == "duration":
        for number in re.findall(r"\d+", figure.excerpt):
            yield "duration part", Decimal(number)


def _is_grounded(figure: Figure, known: _Known) -> bool:
    if figure.kind == "digits":
        return known.has_digits(figure, trusted=True) or (
            _may_echo(figure) and known.has_digits(figure, trusted=False)
        )
    same = [item for item in known.like(figure) if _is_same(figure, item.figure)]
    trusted = [item for item in same if item.origin != "sender"]
    if trusted:
        return any(_fits(figure, item) for item in trusted)
    return any(_may_echo(figure) and _fits(figure, item) for item in same)


def _is_same(figure: Figure, known: Figure) -> bool:
    """Return whether two figures are one value of one kind; currency and role are not compared."""
    return _COMPARED.get(figure.kind, _share_a_value)(figure, known)


def _share_a_value(figure: Figure, known: Figure) -> bool:
    return figure.kind == known.kind and bool(figure.values & known.values)


def _same_number(figure: Figure, known: Figure) -> bool:
    match known.kind:
        case "number":
            return _share_a_value(figure, known)
        case "digits":
            return _is_ending(figure, known)
        case "duration":
            return not (figure.currencies or figure.roles) and _is_bare_part(figure, known)
        case _:
            return False


def _same_date(figure: Figure, known: Figure) -> bool:
    return known.kind == "date" and any(
        _same_day(mine, theirs) for mine in figure.tokens for theirs in known.tokens
    )


def _same_duration(figure: Figure, known: Figure) -> bool:
    return figure.tokens == known.tokens and _share_a_value(figure, known)


def _same_reference(figure: Figure, known: Figure) -> bool:
    return known.kind == "reference" and bool(figure.tokens & known.tokens)


def _is_bare_part(figure: Figure, known: Figure) -> bool:
    """Return whether it is a number of a duration: the 10 of "10 a 15 minutos" has no unit."""
    numbers = re.findall(r"\d+", known.excerpt)
    return any(Decimal(number) in figure.values for number in numbers)


def _is_ending(figure: Figure, known: Figure) -> bool:
    """Return whether "terminada en 1234" gives the end of a known account or card."""
    return bool(_ENDING.search(figure.before[-_NAMED_BEFORE:])) and any(
        digits.endswith(figure.excerpt) and len(figure.excerpt) == _MIN_DIGITS
        for digits in known.tokens
    )


def _same_day(mine: str, theirs: str) -> bool:
    return mine == theirs or (mine.startswith("*") and mine[1:] == theirs[-6:])


_COMPARED: Mapping[Kind, Callable[[Figure, Figure], bool]] = {
    "number": _same_number,
    "date": _same_date,
    "duration": _same_duration,
    "reference": _same_reference,
}
"""How two figures of a kind are compared; the kinds left out share a value."""


def _fits(figure: Figure, item: _Item) -> bool:
    if figure.is_money and item.origin == "passage" and not item.figure.is_money:
        return False
    written, known = figure.currencies, item.figure.currencies
    if written and known and written.isdisjoint(known):
        return False
    if not figure.roles:
        return True
    if not item.roles:
        # "La comisión es de 0" needs a fee of zero; any other zero is about something else.
        return not (figure.roles & _BANKS_OWN and figure.values == {Decimal(0)})
    may_be_limit = item.roles == {"limit"} and figure.roles & {"send", "receive"}
    return bool(figure.roles & item.roles or may_be_limit)


def _may_echo(figure: Figure) -> bool:
    if figure.kind == "digits":
        return not _CALL.search(figure.before)
    if figure.kind == "number":
        return not figure.roles & _BANKS_OWN
    return figure.kind in {"date", "time", "reference"}


def _items(sources: Sources, language: str) -> Iterator[_Item]:
    for result in (*sources.tool_results, *sources.facts):
        yield from _json_items(result, (), {}, language)
    for passage in sources.passages:
        yield from _text_items(passage, "passage", language)
    yield from _text_items(sources.sender_words, "sender", language)


def _text_items(text: str, origin: Origin, language: str) -> Iterator[_Item]:
    read = _figures_in_passage if origin == "passage" else figures_in
    for figure in read(text, language):
        # A passage may word the same fact otherwise, so its roles are not compared.
        roles = frozenset[Role]() if origin == "passage" else figure.roles
        yield _Item(figure=figure, origin=origin, roles=roles)
        yield from _digits(figure, origin)


def _digits(figure: Figure, origin: Origin) -> Iterator[_Item]:
    """Yield a long number or reference as plain digits too, however it is spaced."""
    digits = re.sub(r"\D", "", figure.excerpt)
    if figure.kind not in {"number", "reference", "digits"} or len(digits) < _MIN_DIGITS:
        return
    spelled = Figure(kind="digits", excerpt=digits, tokens=frozenset({digits}))
    yield _Item(figure=spelled, origin=origin, roles=frozenset())
    if figure.kind != "number":
        amount = Figure(kind="number", excerpt=digits, values=frozenset({Decimal(digits)}))
        yield _Item(figure=amount, origin=origin, roles=frozenset())


def _json_items(
    value: object, path: tuple[str, ...], around: Mapping[str, object], language: str
) -> Iterator[_Item]:
    match value:
        case Mapping():
            for key, item in value.items():
                yield from _json_items(item, (*path, str(key).lower()), value, language)
        case list() | tuple():
            for item in value:
                yield from _json_items(item, path, around, language)
        case bool() | None:
            return
        case int() | float() | Decimal():
            yield from _plain_items(str(value), path, around)
        case str():
            if _PLAIN_NUMBER.fullmatch(value.strip()):
                yield from _plain_items(value.strip(), path, around)
                return
            for figure in figures_in(value, language):
                roles = figure.roles or _role_of(path)
                yield _Item(figure=figure, origin="tool", roles=roles)
                yield from _digits(figure, "tool")


def _plain_items(
    written: str, path: tuple[str, ...], around: Mapping[str, object]
) -> Iterator[_Item]:
    try:
        value = Decimal(written)
    except InvalidOperation:
        return
    roles = _role_of(path)
    key = path[-1] if path else ""
    if re.search(r"percent|pct", key):
        figure = Figure(kind="percent", excerpt=written, values=frozenset({value}))
    elif seconds := next((size for word, size in _SECONDS_OF_KEY if word in key), 0):
        figure = Figure(
            kind="duration",
            excerpt=written,
            values=frozenset({value * seconds}),
            tokens=frozenset({"b" if "business" in key else "s"}),
        )
    else:
        figure = Figure(
            kind="number",
            excerpt=written,
            values=frozenset({value}),
            currencies=_currency(key, roles, around),
        )
    yield _Item(figure=figure, origin="tool", roles=roles)
    yield from _digits(figure, "tool")


def _role_of(path: tuple[str, ...]) -> frozenset[Role]:
    """Return the role of a value by the nearest key that names one."""
    for key in reversed(path):
        for role, pattern in _ROLE_KEYS:
            if pattern.search(key):
                return frozenset({role})
    return frozenset()


def _currency(key: str, roles: frozenset[Role], around: Mapping[str, object]) -> frozenset[str]:
    if "rate" in roles:
        return frozenset()
    names = (
        f"{key}_currency",
        *(name for role in roles for name in _CURRENCY_OF[role]),
        "currency",
    )
    for name in names:
        code = around.get(name)
        if isinstance(code, str) and code.upper() in CURRENCY_CODES:
            return frozenset({code.upper()})
    return frozenset()
