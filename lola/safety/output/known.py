"""The figures of all sources of a turn, by what they are looked up with."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lola.safety.output.figure_words import Role
from lola.safety.output.figures import Figure

Origin = Literal["tool", "passage", "sender"]
MIN_DIGITS = 4
"""Digits of the shortest number that may be the end of an account or card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One figure that a source holds."""

    figure: Figure
    origin: Origin
    roles: frozenset[Role] = frozenset()
    methods: frozenset[str] = frozenset()


class Known:
    """The figures of the sources by what they are looked up with, so that a reply full of figures
    is not compared with each of them.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._by_key: dict[tuple[str, object], list[Item]] = {}
        self._roles: set[Role] = set()
        self.has_money = False
        self.limit_left: Decimal | None = None
        self.methods_with_fees: frozenset[str] = frozenset()
        digits: dict[bool, list[str]] = {True: [], False: []}
        for item in {_meaning(item): item for item in items}.values():
            for key in dict.fromkeys(_keys_of(item.figure)):
                self._by_key.setdefault(key, []).append(item)
            if item.figure.kind == "digits":
                digits[item.origin != "sender"] += item.figure.tokens
            if item.origin == "tool":
                self._roles |= item.roles
                self.has_money |= bool(item.figure.currencies)
                if "limit_left" in item.roles and item.figure.values:
                    self.limit_left = max(item.figure.values)
                if "fee" in item.roles:
                    self.methods_with_fees |= item.methods
        self._digits = {trusted: "|".join(tokens) for trusted, tokens in digits.items()}

    def like(self, figure: Figure) -> list[Item]:
        """Return the items that may be the same figure; `matching` decides."""
        keys: list[tuple[str, object]] = [
            (figure.kind, value) for value in (*figure.values, *figure.tokens)
        ]
        if figure.kind == "number":
            keys += [("duration part", value) for value in figure.values]
            keys.append(("ending", figure.excerpt))
        found = (item for key in keys for item in self._by_key.get(key, ()))
        return list({id(item): item for item in found}.values())

    def has_role(self, role: Role) -> bool:
        """Return whether a result of a tool has a figure with this role."""
        return role in self._roles

    def has_digits(self, figure: Figure, *, trusted: bool) -> bool:
        """Return whether a long number is part of a known one."""
        return any(token in self._digits[trusted] for token in figure.tokens)


def _meaning(item: Item) -> tuple[object, ...]:
    """Return all of an item that is compared; one that only repeats it adds nothing."""
    figure = item.figure
    excerpt = figure.excerpt if figure.kind == "duration" else ""
    return (
        item.origin, item.roles, item.methods, figure.kind, figure.values, figure.tokens,
        figure.currencies, figure.is_money, excerpt,
    )  # fmt: skip


def _keys_of(figure: Figure) -> Iterator[tuple[str, object]]:
    for value in figure.values:
        yield figure.kind, value
    for token in figure.tokens:
        yield figure.kind, token
        if figure.kind == "date":
            yield figure.kind, f"*{token[-6:]}"
            yield figure.kind, f"{token[:7]}-*"
        if figure.kind == "digits":
            yield "ending", token[-MIN_DIGITS:]
    if figure.kind == "duration":
        for number in re.findall(r"\d+", figure.excerpt):
            yield "duration part", Decimal(number)
