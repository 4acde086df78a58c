"""Decides whether a figure of a reply has a source: the same value, currency, role and method.

What only the sender said may be repeated as theirs, never as what the bank charges, allows or
promises.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from lola.safety.output.figure_context import (
    MOST_BEFORE,
    is_asserted,
    is_attributed,
    is_denied,
    is_owned,
    is_waited,
)
from lola.safety.output.figure_words import Role
from lola.safety.output.figures import Figure, Kind
from lola.safety.output.known import MIN_DIGITS, Item, Known

# Figures that only the bank may state, so the sender's own words are no source for them.
_BANKS_OWN: frozenset[Role] = frozenset(
    {"fee", "total", "rate", "limit", "limit_used", "limit_left", "limit_per", "count"}
)
_BANKS_KINDS = frozenset[Kind]({"percent", "duration", "multiple"})
_PRICED: frozenset[Role] = frozenset({"fee", "total"})
_CALL = re.compile(
    r"\b(?:ll[aá]m\w+|marc\w+|comun[ií]c\w+|cont[aá]ct\w+|escr[ií]b\w+|tel[eé]fono|call|dial|phone|text|contact|"
    r"whatsapp)\b",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"(?:terminad[ao]|termina|ending|ends|[uú]ltimos|last)(?:\s\w+){0,2}\s?$|(?<![•*x])[•*x]{2,}+\s?$",
    re.IGNORECASE,
)


def is_grounded(figure: Figure, known: Known) -> bool:
    """Return whether a figure may be sent."""
    if figure.kind == "digits":
        return known.has_digits(figure, trusted=True) or (
            not _CALL.search(figure.before) and known.has_digits(figure, trusted=False)
        )
    same = [item for item in known.like(figure) if _is_same(figure, item.figure)]
    trusted = [item for item in same if item.origin != "sender"]
    if any(_fits(figure, item, known) for item in trusted):
        return _fits_every_method(figure, trusted, known)
    said = [item for item in same if item.origin == "sender" and _fits_money(figure, item)]
    # A value that a result holds with another meaning is not the sender's to give one.
    if trusted and not _is_left_with_sender(figure):
        return False
    return any(_may_echo(figure, item, known) for item in said)


def _is_left_with_sender(figure: Figure) -> bool:
    """Return whether a figure is said to be the sender's, or not to be so."""
    return is_attributed(figure.before, figure.after) or is_denied(figure.before, figure.after)


def _is_same(figure: Figure, known: Figure) -> bool:
    """Return whether two figures are one value of one kind; currency and role are not compared."""
    return _COMPARED.get(figure.kind, _share_a_value)(figure, known)


def _share_a_value(figure: Figure, known: Figure) -> bool:
    return figure.kind == known.kind and bool(figure.values & known.values)


def _share_a_token(figure: Figure, known: Figure) -> bool:
    return figure.kind == known.kind and bool(figure.tokens & known.tokens)


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


def _same_day(mine: str, theirs: str) -> bool:
    if mine.endswith("-*"):
        return theirs.startswith(mine[:-1])
    return mine == theirs or (mine.startswith("*") and mine[1:] == theirs[-6:])


def _same_duration(figure: Figure, known: Figure) -> bool:
    return figure.tokens == known.tokens and _share_a_value(figure, known)


def _is_bare_part(figure: Figure, known: Figure) -> bool:
    """Return whether it is a number of a duration: the 10 of "10 a 15 minutos" has no unit."""
    numbers = re.findall(r"\d+", known.excerpt)
    return any(Decimal(number) in figure.values for number in numbers)


def _is_ending(figure: Figure, known: Figure) -> bool:
    """Return whether "terminada en 1234" gives the end of a known account or card."""
    return bool(_ENDING.search(figure.before[-MOST_BEFORE:])) and any(
        digits.endswith(figure.excerpt) and len(figure.excerpt) == MIN_DIGITS
        for digits in known.tokens
    )


_COMPARED: Mapping[Kind, Callable[[Figure, Figure], bool]] = {
    "number": _same_number,
    "date": _same_date,
    "duration": _same_duration,
    "reference": _share_a_token,
    "multiple": _share_a_token,
}
"""How two figures of a kind are compared; the kinds left out share a value."""


def _fits_money(figure: Figure, item: Item) -> bool:
    if figure.is_money and item.origin == "passage" and not item.figure.is_money:
        return False
    written, known = figure.currencies, item.figure.currencies
    return not (written and known and written.isdisjoint(known))


def _fits(figure: Figure, item: Item, known: Known) -> bool:
    """Return whether a figure of a trusted source says the same: money, method and role."""
    if not _fits_money(figure, item):
        return False
    is_priced = item.roles & _PRICED and item.methods and figure.methods
    if is_priced and figure.methods.isdisjoint(item.methods):
        return False
    if item.roles == {"count"} and (figure.is_money or not figure.roles <= {"count"}):
        return False
    if not figure.roles:
        return True
    if not item.roles:
        # "La comisión es de 0" needs a fee of zero; any other zero is about something else.
        return not (figure.roles & _BANKS_OWN and figure.values == {Decimal(0)})
    if figure.kind == "duration":
        return "validity" not in item.roles
    return bool(_allowed(figure.roles, known) & item.roles)


def _allowed(roles: frozenset[Role], known: Known) -> frozenset[Role]:
    """Return the roles of sources that support a role of a reply."""
    more: set[Role] = set()
    if roles & {"limit", "limit_left", "send", "receive"}:
        more.add("limit_per")
    if "limit_left" in roles and not known.has_role("limit_left"):
        more.add("limit")
    # A transfer whose record has no other amount arrives as it was sent.
    if "receive" in roles and not known.has_role("receive"):
        more.add("send")
    return roles | more


def _fits_every_method(figure: Figure, same: list[Item], known: Known) -> bool:
    """Return whether what is said of several payout methods at once holds for each of them."""
    named = figure.methods if len(figure.methods) > 1 else frozenset[str]()
    if figure.said.for_every_method and not figure.methods:
        named = known.methods_with_fees
    fees = frozenset(method for item in same if "fee" in item.roles for method in item.methods)
    return not fees or named & known.methods_with_fees <= fees


def _is_within_limit(figure: Figure, known: Known) -> bool:
    """Return whether an amount that is said to be possible is at most what a limit leaves."""
    is_amount = figure.roles in ({"send"}, {"send", "limit_left"}, frozenset())
    most = known.limit_left
    return is_amount and most is not None and all(value <= most for value in figure.values)


def _may_echo(figure: Figure, item: Item, known: Known) -> bool:
    """Return whether a figure that only the sender said may be repeated in this place."""
    if figure.kind in {"date", "time", "reference"}:
        return True
    roles = figure.roles | (item.roles if item.figure.kind == "number" else frozenset())
    # Months and years are a sender's age or story: no transfer takes them. A wait is theirs too.
    is_story = figure.kind == "duration" and (
        figure.tokens == {"m"} or is_waited(figure.before, figure.after)
    )
    is_banks = (figure.kind in _BANKS_KINDS and not is_story) or bool(roles & _BANKS_OWN)
    if is_denied(figure.before, figure.after):
        return True
    if is_banks:
        return not figure.said.affirms and is_attributed(figure.before, figure.after)
    if is_owned(item.figure.before) and is_owned(figure.before):
        return True
    if figure.said.affirms and not figure.said.is_attributed:
        # "Claro, 500 para su hijo" takes up a wish; "claro, son 500" confirms a fact.
        is_wish = roles == {"send"} and not is_asserted(figure.before) and not known.has_money
        return is_wish or _is_within_limit(figure, known)
    if figure.said.is_question or figure.said.is_condition or figure.said.is_attributed:
        return True
    # Beside the bank's own figures, another one is not stated as if it were one of them.
    return not known.has_money or not (figure.roles or is_asserted(figure.before))
