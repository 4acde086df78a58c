"""What is known of a transfer, by the names of the goal tool's own properties.

The goal is what the schema of `prepare_transfer` asks for: its required properties, and what a
payout method needs besides. `settle` completes what the sender said with what tools proved; it
never makes up a value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from lola.domain.messages import JsonObject
from lola.models.chat import ToolSchema
from lola.models.offline.dialogue.facts import Entry, Facts
from lola.models.offline.dialogue.form_goals import FORMS
from lola.models.offline.nlu.choices import Named, pick
from lola.models.offline.nlu.money import FAMILIES, MULTIPLES
from lola.models.offline.nlu.names import RELATIONS
from lola.models.offline.nlu.text import Word, keys_of, split
from lola.models.offline.nlu.understanding import Understanding

GOAL = "prepare_transfer"
METHOD_NEEDS: Mapping[str, tuple[str, ...]] = {
    "bank_account": ("payer_id", "account"),
    "cash_pickup": ("payer_id",),
    "mobile_wallet": ("recipient_phone",),
}
ORDER = (
    "country", "amount", "recipient_first_name", "recipient_last_name", "payout_method",
    "payer_id", "account", "recipient_phone", "payment_method_id",
)  # fmt: skip
SAVED_PEOPLE_FIRST = ("recipient_first_name", "recipient_last_name", *ORDER)
DERIVED = frozenset({"amount_currency", "recipient_id"})
BANK_OR_ACCOUNT = "bank_or_account"
"""Asked for when the bank and the account that were given contradict each other."""
DESTINATION = ("payer_id", "account", "recipient_phone")
NEEDED_FOR: Mapping[str, tuple[str, ...]] = {
    "quote": ("country", "amount"),
    "compare": ("country", "amount"),
    "rate": ("country",),
    "branches": ("country",),
    "payers": ("country",),
    "banks": ("country",),
    "methods": ("country",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The goal tool's own schema, as far as the dialogue needs it."""

    properties: Mapping[str, JsonObject]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The dialogue after some messages. `values` are what the sender said, by property.

    `goal`: a transfer is wanted. `wants`: a question that still lacks a value; `topic`: the last
    one answered. `unclear`: amounts of which one is meant. `asked`: the property being
    changed, or `modify` while it is not named yet.
    `prepared`: the arguments of the summary on the screen. `form`: what is wanted instead of a
    transfer; `proposed`: the sender was asked to approve it. The last block is about the newest
    message only.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    goal: bool = False
    wants: str = ""
    topic: str = ""
    asked: str = ""
    prepared: Mapping[str, str] | None = None
    missing: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    lines: tuple[tuple[Word, ...], ...] = ()
    relation: str = ""
    new_recipient: bool = False
    confused: int = 0
    form: str = ""
    proposed: bool = False

    meanings: tuple[Understanding, ...] = ()
    changed: frozenset[str] = frozenset()
    corrected: bool = False
    refused: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BankClash:
    """The bank that was chosen, and the one that the account names; empty when it is not known."""

    chosen: str
    proven: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Values completed by facts. `saved` is the saved person meant, `candidates` if several fit.

    `covered`: the saved person's own account or payer is used. `refused_amount`: why the amount
    that was said does not count (`range` or `currency`). `clash`: bank and account contradict each
    other. `bank_from_account`: the account stands for its bank, which may have no known name.
    """

    values: Mapping[str, str]
    saved: Entry | None = None
    candidates: Sequence[Entry] = ()
    covered: bool = False
    refused_amount: str = ""
    clash: BankClash | None = None
    bank_from_account: bool = False

    def get(self, name: str) -> str:
        """Return a value; empty when it is not known."""
        return self.values.get(name, "")


def goal_of(tools: Iterable[ToolSchema]) -> Goal | None:
    """Return what the goal tool asks for; None when it is not offered."""
    for tool in tools:
        if tool.name == GOAL:
            return Goal(
                properties=tool.parameters.get("properties", {}),
                required=tuple(tool.parameters.get("required", ())),
            )
    return None


def settle(state: State, facts: Facts) -> Settled:
    """Complete what was said with what is proven, without values that facts refute."""
    values = {name: value for name, value in state.values.items() if value}
    saved, candidates = _saved_person(state, values, facts)
    if saved is not None:
        values["recipient_id"] = str(saved["id"])
        values["recipient_first_name"] = str(saved.get("first_name", ""))
        values["recipient_last_name"] = str(saved.get("last_name", ""))
        for name in ("country", "payout_method"):
            if not values.get(name) and saved.get(name):
                values[name] = str(saved[name])
    else:
        values.pop("recipient_id", None)
    _settle_method(state, values, facts)
    refused_amount = _settle_amount(values, facts)
    covered = (
        saved is not None
        and saved.get("payout_method") == values.get("payout_method")
        and saved.get("country") == values.get("country")
        and not (values.get("payer_id") or values.get("account"))
    )
    clash, from_account = None, False
    if not covered:
        clash, from_account = _settle_destination(state, values, facts)
    return Settled(
        values=values,
        saved=saved,
        candidates=candidates,
        covered=covered,
        refused_amount=refused_amount,
        clash=clash,
        bank_from_account=from_account,
    )


def lacking(state: State, settled: Settled, goal: Goal, facts: Facts) -> tuple[str, ...]:
    """Return the properties still to ask for, in the order to ask them."""
    method = settled.get("payout_method")
    needed = [*goal.required, *METHOD_NEEDS.get(method, ()), *state.missing]
    missing = {
        name
        for name in needed
        if name in goal.properties and name not in DERIVED and not settled.get(name)
    }
    if settled.candidates and "recipient_first_name" in goal.properties:
        missing.add("recipient_first_name")
    if settled.covered:
        missing -= set(DESTINATION)
    if settled.bank_from_account:
        missing.discard("payer_id")
    order = SAVED_PEOPLE_FIRST if facts.recipients and not state.new_recipient else ORDER
    first = (BANK_OR_ACCOUNT,) if settled.clash else ()
    known = tuple(name for name in dict.fromkeys(order) if name in missing)
    return (*first, *known, *sorted(missing - set(known)))


def open_slot(state: State, settled: Settled, goal: Goal | None, facts: Facts) -> str:
    """Return what the sender is being asked for now; empty when nothing is open."""
    if state.form:
        needs = FORMS[state.form].needs
        return next((name for name in needs if not settled.get(name)), "")
    if state.asked:
        return state.asked
    for name in NEEDED_FOR.get(state.wants, ()):
        if not settled.get(name):
            return name
    if state.goal and goal is not None:
        return next(iter(lacking(state, settled, goal, facts)), "")
    return ""


def arguments(settled: Settled, goal: Goal) -> dict[str, str]:
    """Return the goal tool's arguments; the tool looks up a saved person's account itself."""
    left_out = DESTINATION if settled.covered else ()
    return {
        name: settled.values[name]
        for name in goal.properties
        if settled.get(name) and name not in left_out
    }


def source_currency(entry: Entry) -> str:
    """Return the currency that senders pay in for a country of `get_countries`."""
    minimum: Any = entry.get("minimum") or {}
    return str(entry.get("source_currency") or minimum.get("currency") or "USD")


def _saved_person(
    state: State, values: Mapping[str, str], facts: Facts
) -> tuple[Entry | None, Sequence[Entry]]:
    people = [] if state.new_recipient else facts.recipients or []
    if wanted := values.get("recipient_id"):
        people = [person for person in people if person.get("id") == wanted]
        return (people[0] if people else None), ()
    if values.get("account"):
        return None, ()
    fits = [
        person
        for person in people
        if values.get("country") in {None, person.get("country")}
        and is_meant(state.relation, values, person)
    ]
    return (fits[0] if len(fits) == 1 else None), (fits if len(fits) > 1 else ())


def is_meant(relation: str, values: Mapping[str, str], person: Entry) -> bool:
    """Return whether a name, an alias or a family word means this saved person."""
    first = keys_of(values.get("recipient_first_name", ""))
    last = keys_of(values.get("recipient_last_name", ""))
    if not first and not last:
        words = RELATIONS.get(relation, {}).get("words", ())
        return bool(words) and keys_of(str(person.get("alias", "")))[:1] in {(w,) for w in words}
    names = set(keys_of(str(person.get("first_name", ""))))
    surnames = set(keys_of(str(person.get("last_name", ""))))
    if first and not (names.issuperset(first) or keys_of(str(person.get("alias", ""))) == first):
        return False
    return not last or bool(surnames & set(last))


def _settle_method(state: State, values: dict[str, str], facts: Facts) -> None:
    country = values.get("country", "")
    allowed = facts.methods(country)
    if allowed and values.get("payout_method") not in allowed:
        values.pop("payout_method", None)
        named = allowed if len(allowed) == 1 else _methods_of_named(state, country, facts)
        if len(named) == 1:
            values["payout_method"] = named[0]


def _methods_of_named(state: State, country: str, facts: Facts) -> Sequence[str]:
    """Return the payout methods of the bank or payer that was named early."""
    for line in reversed(state.lines):
        found = [
            method
            for method in facts.methods(country)
            if pick(line, facts.named_payees(country, method), whole=True)
        ]
        if found:
            return found
    return ()


def _settle_amount(values: dict[str, str], facts: Facts) -> str:
    """Resolve the currency and check the limits. Return why the amount was dropped, or empty."""
    entry = (facts.countries or {}).get(values.get("country", ""))
    if entry is None or not values.get("amount"):
        return ""
    source, local = source_currency(entry), str(entry.get("currency", ""))
    said = values.get("amount_currency", "")
    family = [code for code in (local, source) if code in FAMILIES.get(said, ())]
    currency = next(iter(family), "") or said or source
    problem = ""
    if said in MULTIPLES and currency == local:
        values["amount"] = _multiplied(values["amount"], said, values["country"])
    if currency not in {source, local}:
        problem = "currency"
    elif currency == source and not _is_within(values["amount"], entry):
        problem = "range"
    values["amount_currency"] = currency
    if problem:
        del values["amount"], values["amount_currency"]
    return problem


def _multiplied(amount: str, said: str, country: str) -> str:
    """Return an amount whose word counts more than one unit, as "50 lucas" in Colombia."""
    value = Decimal(amount) * MULTIPLES[said].get(country, 1)
    return format(value.normalize(), "f")


def _is_within(amount: str, entry: Entry) -> bool:
    try:
        minimum, maximum = (
            Decimal(str((entry.get(name) or {}).get("amount", default)))
            for name, default in (("minimum", 0), ("maximum", amount))
        )
        return minimum <= Decimal(amount) <= maximum
    except InvalidOperation:
        return True


def _settle_destination(
    state: State, values: dict[str, str], facts: Facts
) -> tuple[BankClash | None, bool]:
    """Complete phone, account and payee. Return a contradiction between bank and account, and
    whether the account says which bank it is.
    """
    country, method = values.get("country", ""), values.get("payout_method", "")
    phone = facts.checks.get(("validate_phone", country, values.get("recipient_phone", "")), {})
    if phone.get("valid") is False:
        values.pop("recipient_phone")
    checked: Entry = {}
    if method == "bank_account":
        checked = facts.checks.get(("validate_bank", country, values.get("account", "")), {})
        if checked.get("valid") is False:
            values.pop("account")
        elif checked.get("canonical"):
            values["account"] = str(checked["canonical"])
    else:
        values.pop("account", None)
    if facts.payees(country, method) is None:
        return None, False
    chosen = _chosen_payee(state, values, facts.named_payees(country, method))
    return _settle_bank(values, chosen, checked, facts.named_payees(country, method))


def _chosen_payee(
    state: State, values: dict[str, str], choices: Sequence[Named[Entry]]
) -> Entry | None:
    """Return the bank or payer that the sender chose, or named in an earlier line."""
    known = {str(thing.item.get("id")): thing.item for thing in choices}
    if (chosen := known.get(values.get("payer_id", ""))) is not None:
        return chosen
    values.pop("payer_id", None)
    named = (pick(line, choices) for line in reversed(state.lines))
    return next(filter(None, named), None)


def _settle_bank(
    values: dict[str, str],
    chosen: Entry | None,
    checked: Entry,
    choices: Sequence[Named[Entry]],
) -> tuple[BankClash | None, bool]:
    """Hold the chosen bank against the one that the account number names; neither wins."""
    proven = pick(split(str(checked.get("bank_name", ""))), choices)
    unknown = bool(checked.get("bank_unknown"))
    if chosen is None:
        if proven is not None:
            values["payer_id"] = str(proven["id"])
        return None, unknown or proven is not None
    values["payer_id"] = str(chosen["id"])
    if unknown or (proven is not None and proven["id"] != chosen["id"]):
        name = "" if proven is None else str(proven["name"])
        return BankClash(chosen=str(chosen["name"]), proven=name), False
    return None, False
