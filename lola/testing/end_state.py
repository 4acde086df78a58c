"""Compares how a conversation ended with a scenario's `end`: tickets, operations, budget."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lola.domain.messages import JsonObject
from lola.sandbox.m2m.rows import Operation
from lola.testing import happened
from lola.testing.compare import Difference
from lola.testing.scenario_steps import Budget, Ending, OperationSpec, TransferSpec
from lola.text.folding import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a conversation used, in the terms of a budget."""

    messages: int
    turns: int
    model_calls: int
    cost: Decimal


def compare_end(
    end: Ending,
    *,
    tickets: Sequence[JsonObject],
    operations: Sequence[Operation],
    events: Sequence[str],
    used: Used,
) -> list[Difference]:
    """Return every way in which the end differs from what was expected."""
    return [
        *happened.differences(end.events, end.no_events, events, "end"),
        *_each(end.tickets, [_ticket(one) for one in tickets], "tickets"),
        *_each(end.operations, [_operation(one) for one in operations], "operations"),
        *_over(end.budget, used),
    ]


def fits(wanted: TransferSpec, ticket: JsonObject) -> bool:
    """Return whether a ticket is about exactly that transfer."""
    return _fits(wanted, _ticket(ticket))


def _each(
    wanted: Sequence[TransferSpec | OperationSpec] | None,
    have: Sequence[Mapping[str, str]],
    name: str,
) -> Iterator[Difference]:
    if wanted is None:
        return
    got = "; ".join(map(_worded, have)) or "none"
    if len(wanted) != len(have):
        expected = f"{len(wanted)} {name}"
        yield Difference(expected=expected, got=f"{len(have)}: {got}", loc=("end", name))
        return
    for position, (want, one) in enumerate(zip(wanted, have, strict=True)):
        if not _fits(want, one):
            asked = want.model_dump(exclude_none=True)
            expected = f"{name.removesuffix('s')} {_worded(asked)}"
            yield Difference(expected=expected, got=_worded(one), loc=("end", name, position))


def _over(budget: Budget, used: Used) -> Iterator[Difference]:
    for name, most in budget.model_dump(exclude_none=True).items():
        have = getattr(used, name)
        if have > most:
            words = name.replace("_", " ")
            yield Difference(
                expected=f"at most {most} {words}", got=f"{have}", loc=("end", "budget", name)
            )


def _fits(wanted: TransferSpec | OperationSpec, have: Mapping[str, str]) -> bool:
    asked = wanted.model_dump(exclude_none=True)
    return all(fold(want) == fold(have[name]) for name, want in asked.items())


def _worded(values: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in values.items() if value) + "}"


def _ticket(ticket: JsonObject) -> dict[str, str]:
    terms = ticket.get("terms") or {}
    return {
        "status": str(ticket.get("status", "")),
        "country": str(terms.get("country", "")),
        "payout_method": str(terms.get("payout_method", "")),
        "send": f"{ticket['send']['amount']} {ticket['send']['currency']}",
        "receive": f"{ticket['receive']['amount']} {ticket['receive']['currency']}",
        "recipient": str(ticket["recipient_name"]),
        "payer": str(terms.get("payer_name", "")),
    }


def _operation(operation: Operation) -> dict[str, str]:
    amount, payout = operation.amount or {}, operation.payout or {}
    currency = amount.get("currency") or {}
    return {
        "status": operation.status,
        "country": str(payout.get("country", "")),
        "send": _money(amount.get("send"), currency.get("source")),
        "receive": _money(amount.get("receive"), currency.get("destination")),
    }


def _money(amount: object, currency: object) -> str:
    return "" if amount is None else f"{Decimal(str(amount)):.2f} {currency}"
