"""Taking over what one line says: new values, corrections, and what a correction makes void.

A changed country voids payer, bank and account; a changed payout method too; another person voids
the account of the one before. What was refused is remembered for the answer and not taken over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lola.models.offline.dialogue.facts import Facts
from lola.models.offline.dialogue.slots import (
    DERIVED,
    DESTINATION,
    ORDER,
    Goal,
    Settled,
    State,
    is_meant,
)
from lola.models.offline.dialogue.titles import person_name, recipient_titles
from lola.models.offline.nlu.amounts import HOME_OF
from lola.models.offline.nlu.choices import pick
from lola.models.offline.nlu.names import PersonName, corrected
from lola.models.offline.nlu.places import find_methods
from lola.models.offline.nlu.reading import Reading
from lola.models.offline.nlu.text import keys_of
from lola.text.folding import unaccented

PERSON = ("recipient_first_name", "recipient_last_name", "recipient_id", "recipient_phone")
NAME_WORDS = frozenset({"llama", "nombre", "name", "named", "called"})
LEAST_ACCOUNT = 10
EVERYTHING = frozenset({"country", "payout_method", "amount", "recipient", "destination"})


def take_over(
    state: State,
    reading: Reading,
    expected: str,
    facts: Facts,
    goal: Goal | None,
    *,
    before: Settled,
    scope: frozenset[str] = EVERYTHING,
) -> State:
    """Answer the state with everything that the line says.

    `before` is what was effective until now; `scope` limits what may be meant: a question about
    banks names a country, but chooses nothing.
    """
    update = _Update(values=dict(state.values), before=before, changed=set(state.changed))
    if reading.choice and expected in {"recipient_first_name", "recipient_id"}:
        _saved_person(update, reading, facts)
    elif expected == "recipient_id":
        _saved_by_words(update, reading, facts)
    everything = scope == EVERYTHING
    if everything and (reading.choice or expected == "payer_id"):
        _payee(update, reading, facts)
    if "payer_id" not in update.changed:
        reading = _destination(update, reading, facts, scope)
    if "amount" in scope:
        _amount(update, reading, expected)
    if everything:
        _rest(update, reading, expected)
    if everything and not reading.question:
        _other_relative(update, state, reading, facts)
        _follow_person(update, state, reading, facts)
    if goal is not None and everything and expected in goal.properties:
        _own_property(update, reading, expected, goal)
    changed = frozenset(update.changed)
    return replace(
        state,
        values=update.values,
        changed=changed,
        corrected=state.corrected or update.corrected,
        refused=update.refused or state.refused,
        new_recipient=state.new_recipient and "recipient_id" not in changed,
        relation=reading.relation or ("" if update.other_person else state.relation),
        missing=tuple(name for name in state.missing if name not in changed),
        lines=() if update.fresh_start else state.lines,
    )


def without(state: State, names: Iterable[str]) -> State:
    """Answer the state without some values."""
    gone = set(names)
    return replace(
        state, values={name: value for name, value in state.values.items() if name not in gone}
    )


@dataclass(slots=True, kw_only=True)
class _Update:
    """Values under change, with what was effective before the line."""

    values: dict[str, str]
    before: Settled
    changed: set[str]
    corrected: bool = False
    refused: str = ""
    fresh_start: bool = False
    other_person: bool = False

    def put(self, name: str, value: str) -> bool:
        """Set a value; answers whether it is a change."""
        old = self.before.get(name)
        self.values[name] = value
        if old == value:
            return False
        self.changed.add(name)
        self.corrected = self.corrected or bool(old)
        return True

    def get(self, name: str) -> str:
        """Answer what holds now: said in this line, or effective before it."""
        return self.values.get(name) or self.before.get(name)

    def void(self, *names: str) -> None:
        """Forget values that no longer fit."""
        for name in names:
            self.values.pop(name, None)


def _rest(update: _Update, reading: Reading, expected: str) -> None:
    if reading.alias:
        update.put("alias", reading.alias)
    elif expected == "alias" and reading.words:
        update.put("alias", reading.text.strip())
        return
    if "recipient_id" not in update.changed:
        _person(update, reading, expected)
    _number(update, reading, expected)


def _saved_person(update: _Update, reading: Reading, facts: Facts) -> None:
    for title, person in recipient_titles(facts.recipients or ()):
        if unaccented(title) == unaccented(reading.choice):
            update.void(*PERSON, *DESTINATION, "country", "payout_method")
            update.put("recipient_first_name", str(person.get("first_name", "")))
            update.put("recipient_last_name", str(person.get("last_name", "")))
            update.put("recipient_id", str(person["id"]))
            update.changed.add("recipient_id")


def _saved_by_words(update: _Update, reading: Reading, facts: Facts) -> None:
    """Take the one saved person whose name or nickname stands in the line, whatever leads to it."""
    said = {word.key for word in reading.words}
    meant = [
        person
        for person in facts.recipients or ()
        if said & {*keys_of(person_name(person)), *keys_of(str(person.get("alias", "")))}
    ]
    if len(meant) == 1:
        update.put("recipient_id", str(meant[0]["id"]))
        update.put("recipient_first_name", str(meant[0].get("first_name", "")))
        update.put("recipient_last_name", str(meant[0].get("last_name", "")))


def _other_relative(update: _Update, state: State, reading: Reading, facts: Facts) -> None:
    """Another relative takes the place of the person named so far."""
    named = update.get("recipient_first_name")
    meant = not reading.name and reading.relation not in {"", state.relation}
    if not (named and meant and reading.has("send", "instead", "modify")):
        return
    update.void(*PERSON, *DESTINATION)
    update.changed.add("recipient_first_name")
    update.corrected = update.fresh_start = True
    if any(is_meant(reading.relation, {}, person) for person in facts.recipients or ()):
        update.changed.add("recipient_id")
        if not reading.countries:
            update.void("country", "payout_method")


def _follow_person(update: _Update, state: State, reading: Reading, facts: Facts) -> None:
    """After a mere question about a country, a saved person brings their own destination."""
    if state.goal or reading.countries or not (reading.relation or reading.name):
        return
    meant = [
        person
        for person in facts.recipients or ()
        if is_meant(reading.relation, update.values, person)
    ]
    if len(meant) == 1 and meant[0].get("country") != update.get("country"):
        update.void("country", "payout_method", *DESTINATION)


def _country(update: _Update, reading: Reading, facts: Facts) -> None:
    current = update.before.get("country")
    named = [code for code in reading.countries if code != current] or list(reading.countries)
    if not named and not current and reading.currency in HOME_OF:
        named = [HOME_OF[reading.currency]]
    if not named:
        return
    if facts.countries is not None and named[-1] not in facts.countries:
        update.refused = named[-1]
    elif update.put("country", named[-1]) and current:
        update.void(*DESTINATION, "recipient_id")


def _destination(update: _Update, reading: Reading, facts: Facts, scope: frozenset[str]) -> Reading:
    """Take country, payout method and payee; answers the reading without the payee's name."""
    if "country" in scope:
        _country(update, reading, facts)
    payee = _named_payee(update, reading, facts) if scope == EVERYTHING else ""
    if not payee and "payout_method" in scope:
        _method(update, reading.methods, facts)
    return _without_payee(reading, payee)


def _method(update: _Update, methods: Sequence[str], facts: Facts) -> None:
    current = update.before.get("payout_method")
    named = [method for method in methods if method != current]
    if not named:
        return
    method = "cash_pickup" if "cash_pickup" in named else named[-1]
    allowed = facts.methods(update.get("country"))
    if allowed and method not in allowed:
        update.refused = method
    elif update.put("payout_method", method) and current:
        # A place that pays cash may be a bank too; whether it is meant again, the sender says.
        update.void("payer_id", "account")
        update.fresh_start = True


def _named_payee(update: _Update, reading: Reading, facts: Facts) -> str:
    """Take a bank or cash payer that nobody asked for, with its payout method; answers its name.

    A name that takes deposits and pays cash alike leaves the method open: it is remembered.
    """
    if reading.question:
        return ""
    country, current = update.get("country"), update.get("payout_method")
    found = {
        method: row
        for method in facts.methods(country)
        if (row := pick(reading.words, facts.named_payees(country, method), whole=True))
    }
    payee = next((str(row["name"]) for row in found.values()), "")
    if not payee or _is_a_surname(reading, payee):
        return ""
    own = keys_of(payee)
    said = find_methods([word for word in reading.words if word.key not in own])
    _method(update, said, facts)
    method = update.get("payout_method")
    if method not in found and len(found) == 1 and not said:
        _method(update, tuple(found), facts)
        method = update.get("payout_method")
    if method in found:
        update.put("payer_id", str(found[method]["id"]))
    if method in found or not current:
        update.changed.add("payer_id")
    return payee


def _is_a_surname(reading: Reading, payee: str) -> bool:
    """Whether the bank's word belongs to a longer name of a person."""
    name = set(keys_of(reading.name.full)) if reading.name else set()
    own = set(keys_of(payee))
    return bool(name & own) and not name <= own


def _without_payee(reading: Reading, payee: str) -> Reading:
    """A bank is nobody's name."""
    if reading.name and set(keys_of(reading.name.full)) <= set(keys_of(payee)):
        return replace(reading, name=None)
    return reading


def _payee(update: _Update, reading: Reading, facts: Facts) -> None:
    country, method = update.before.get("country"), update.before.get("payout_method")
    choices = facts.named_payees(country, method)
    picked = pick(reading.words, choices)
    if picked is None and len(choices) == 1 and reading.has("yes"):
        picked = choices[0].item
    if picked is not None:
        update.put("payer_id", str(picked["id"]))


def _amount(update: _Update, reading: Reading, expected: str) -> None:
    if reading.amount is not None:
        update.put("amount", format(reading.amount.value.normalize(), "f"))
        if reading.amount.currency:
            update.put("amount_currency", reading.amount.currency)
    elif (
        reading.currency
        and update.before.get("amount")
        and (expected == "amount" or reading.has("modify", "instead"))
    ):
        update.put("amount_currency", reading.currency)


def _person(update: _Update, reading: Reading, expected: str) -> None:
    current = PersonName(
        first=update.before.get("recipient_first_name"),
        last=update.before.get("recipient_last_name"),
    )
    if fixed := corrected(reading.words, current):
        _put_name(update, fixed)
        update.void("recipient_id")
        return
    name = reading.name
    if name is None:
        return
    words = {unaccented(part) for part in name.full.split()}
    same = bool(words & {unaccented(part) for part in current.full.split()})
    if expected == "recipient_last_name" and not _starts_like(name, current):
        name = PersonName(first=current.first, last=name.full)
        same = True
    elif not name.first:
        name = PersonName(first=current.first, last=name.last)
    elif not name.last and current.first and not same:
        keeps = NAME_WORDS & {word.key for word in reading.words}
        name = PersonName(first=name.first, last=current.last if keeps else "")
        same = bool(keeps)
    elif not name.last and same:
        name = current
    if current.first and not same and unaccented(name.first) != unaccented(current.first):
        keeps_payer = update.before.get("payout_method") == "cash_pickup"
        update.void(*PERSON, "account", *(() if keeps_payer else ("payer_id",)))
        update.fresh_start = update.other_person = True
    _put_name(update, name)


def _starts_like(name: PersonName, current: PersonName) -> bool:
    """Whether the full name was given again when only the surname was asked for."""
    return unaccented(name.first).split()[:1] == unaccented(current.first).split()[:1] and bool(
        name.last
    )


def _put_name(update: _Update, name: PersonName) -> None:
    for key, value in (("recipient_first_name", name.first), ("recipient_last_name", name.last)):
        if value:
            update.put(key, value)
        else:
            update.void(key)


def _number(update: _Update, reading: Reading, expected: str) -> None:
    number = reading.number
    if number is None:
        return
    method = update.values.get("payout_method") or update.before.get("payout_method")
    kind = number.kind
    if not kind or (expected in {"account", "recipient_phone"} and kind != "phone"):
        asked = {"account": "account", "recipient_phone": "phone"}.get(expected)
        kind = "phone" if (asked or "") == "phone" else "account"
        if asked is None and method == "mobile_wallet":
            kind = "phone"
    if kind == "phone":
        update.put("recipient_phone", number.text)
    elif expected == "account" or sum(char.isdigit() for char in number.text) >= LEAST_ACCOUNT:
        update.put("account", number.text)
        if not method:
            update.put("payout_method", "bank_account")


def _own_property(update: _Update, reading: Reading, expected: str, goal: Goal) -> None:
    """A bank's own extra property: one of its allowed values, or the words as they are."""
    if expected in ORDER or expected in DERIVED or reading.question:
        return
    allowed = [str(value) for value in goal.properties[expected].get("enum", ())]
    fits = [value for value in allowed if unaccented(value) == unaccented(reading.text)]
    if fits or not allowed:
        update.put(expected, fits[0] if fits else reading.text.strip())
