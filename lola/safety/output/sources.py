"""Reads the sources of a turn into figures with currency, role and payout method.

The keys of a result say what its figures are, as this service's own tools name them
(`agents/tools/`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from lola.domain.messages import JsonObject
from lola.safety.output.figure_words import CURRENCY_CODES, Role
from lola.safety.output.figures import Figure, figures_in
from lola.safety.output.known import MIN_DIGITS, Item, Origin


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


_ROLE_KEYS: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("limit_used", re.compile(r"used|spent")),
    ("limit_left", re.compile(r"left|remaining|available")),
    ("limit_per", re.compile(r"per_transfer|max|min(?:imum)?(?:_|$)")),
    ("limit", re.compile(r"limit|daily|monthly|weekly")),
    ("rate", re.compile(r"rate|exchange")),
    ("fee", re.compile(r"fee|commission|charge|cost")),
    ("total", re.compile(r"total")),
    ("receive", re.compile(r"receive|destination|payout|recipient_amou")),
    ("send", re.compile(r"send|source|sent")),
    ("validity", re.compile(r"expire|valid")),
)
_CURRENCY_OF: Mapping[Role, tuple[str, ...]] = {
    "send": ("send_currency", "source_currency", "from_currency"),
    "fee": ("fee_currency", "send_currency", "source_currency"),
    "total": ("total_currency", "send_currency", "source_currency"),
    "receive": ("receive_currency", "destination_currency", "to_currency", "recipient_currency"),
    "limit": ("source_currency",),
    "limit_per": ("source_currency",),
    "rate": ("rate_currency", "receive_currency", "destination_currency"),
}
_SECONDS_OF_KEY = (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400))
_OPEN_FROM_TO = re.compile(
    r"\b(?:de|from) (?P<from>\d{1,2}) (?:a|to) (?P<to>\d{1,2}) ?(?:h|hs|hrs|horas)\b", re.IGNORECASE
)
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

# Passages are approved texts that come again and again; text of a sender is never cached here.
_figures_in_passage = lru_cache(maxsize=256)(figures_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where in a result a value is: its keys, and the fields beside it."""

    path: tuple[str, ...] = ()
    beside: Mapping[str, object] = field(default_factory=dict)
    methods: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The last key."""
        return self.path[-1] if self.path else ""

    @property
    def roles(self) -> frozenset[Role]:
        """The role of a value by the nearest key that names one."""
        for key in reversed(self.path):
            for role, pattern in _ROLE_KEYS:
                if pattern.search(key):
                    return frozenset({role})
        return frozenset()


def items_of(sources: Sources, language: str) -> Iterator[Item]:
    """Yield every figure of the sources."""
    for result in (*sources.tool_results, *sources.facts):
        yield from _json_items(result, _Place(), language)
    for passage in sources.passages:
        yield from _text_items(passage, "passage", language)
    yield from _text_items(sources.sender_words, "sender", language)


def _text_items(text: str, origin: Origin, language: str) -> Iterator[Item]:
    read = _figures_in_passage if origin == "passage" else figures_in
    for figure in read(text, language):
        # A passage may word the same fact otherwise, so its roles are not compared.
        roles = frozenset[Role]() if origin == "passage" else figure.roles
        yield Item(figure=figure, origin=origin, roles=roles)
        yield from _as_digits(figure, origin)
    if origin == "passage":
        yield from _opening_hours(text)


def _opening_hours(text: str) -> Iterator[Item]:
    """Yield the times of "de 8 a 18 h", which may be repeated as 6 in the evening."""
    for match in _OPEN_FROM_TO.finditer(text):
        for hours in match.group("from", "to"):
            minutes = frozenset({Decimal(hours) * 60})
            yield Item(figure=Figure(kind="time", excerpt=hours, values=minutes), origin="passage")


def _as_digits(figure: Figure, origin: Origin) -> Iterator[Item]:
    """Yield a long number or reference as plain digits too, however it is spaced."""
    digits = re.sub(r"\D", "", figure.excerpt)
    if figure.kind not in {"number", "reference", "digits"} or len(digits) < MIN_DIGITS:
        return
    spelled = Figure(kind="digits", excerpt=digits, tokens=frozenset({digits}))
    yield Item(figure=spelled, origin=origin)
    if figure.kind != "number":
        amount = Figure(kind="number", excerpt=digits, values=frozenset({Decimal(digits)}))
        yield Item(figure=amount, origin=origin)


def _json_items(value: object, place: _Place, language: str) -> Iterator[Item]:
    match value:
        case Mapping():
            method = value.get("payout_method")
            methods = frozenset({method}) if isinstance(method, str) else place.methods
            inside = replace(place, beside=value, methods=methods)
            for key, item in value.items():
                yield from _json_items(
                    item, replace(inside, path=(*place.path, str(key).lower())), language
                )
        case list() | tuple():
            yield from _count(value, place)
            for item in value:
                yield from _json_items(item, place, language)
        case bool() | None:
            return
        case int() | float() | Decimal():
            yield from _plain_items(str(value), place)
        case str():
            yield from _string_items(value, place, language)


def _count(rows: list[object] | tuple[object, ...], place: _Place) -> Iterator[Item]:
    """Yield how many rows a list has, and how many there are with those it leaves out."""
    more = place.beside.get("more")
    counts = {len(rows)} | ({len(rows) + more} if isinstance(more, int) else set())
    if rows and isinstance(rows[0], Mapping):
        for count in counts:
            figure = Figure(
                kind="number", excerpt=str(count), values=frozenset({Decimal(count)})
            )
            yield Item(figure=figure, origin="tool", roles=frozenset({"count"}))


def _string_items(value: str, place: _Place, language: str) -> Iterator[Item]:
    if _PLAIN_NUMBER.fullmatch(value.strip()):
        yield from _plain_items(value.strip(), place)
        return
    for figure in figures_in(value, language):
        roles = figure.roles or place.roles
        yield Item(figure=figure, origin="tool", roles=roles, methods=place.methods)
        yield from _as_digits(figure, "tool")


def _plain_items(written: str, place: _Place) -> Iterator[Item]:
    try:
        value = Decimal(written)
    except InvalidOperation:
        return
    if re.search(r"percent|pct", place.key):
        figure = Figure(kind="percent", excerpt=written, values=frozenset({value}))
    elif seconds := next((size for word, size in _SECONDS_OF_KEY if word in place.key), 0):
        figure = Figure(
            kind="duration",
            excerpt=written,
            values=frozenset({value * seconds}),
            tokens=frozenset({"b" if "business" in place.key else "s"}),
        )
    else:
        figure = Figure(
            kind="number",
            excerpt=written,
            values=frozenset({value}),
            currencies=_currency(place),
        )
    yield Item(figure=figure, origin="tool", roles=place.roles, methods=place.methods)
    yield from _as_digits(figure, "tool")


def _currency(place: _Place) -> frozenset[str]:
    """Return the currency of an amount; a rate's is that of what is received."""
    roles, beside = place.roles, place.beside
    names = [f"{place.key}_currency", *(name for role in roles for name in _CURRENCY_OF.get(role, ()))]
    if "rate" in roles:
        received = beside.get("receive")
        found = [received.get("currency") if isinstance(received, Mapping) else None]
    else:
        names.append("currency")
        found = []
    for code in (*(beside.get(name) for name in names), *found):
        if isinstance(code, str) and code.upper() in CURRENCY_CODES:
            return frozenset({code.upper()})
    return frozenset()
