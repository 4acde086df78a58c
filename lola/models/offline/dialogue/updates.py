"""Applies what one line says to the state: new values, corrections, and what they make void.

A changed country voids payer, bank and account; a changed payout method too; another person voids
the account of the one before. A refused value is kept for the reply and never applied.
"""

from dataclasses import replace

from lola.models.offline.dialogue.destination_updates import (
    apply_bank_or_account,
    apply_destination,
    apply_payee,
)
from lola.models.offline.dialogue.facts import Facts
from lola.models.offline.dialogue.recipient_updates import (
    apply_name,
    apply_named_person,
    apply_relative,
    apply_tapped_person,
    follow_person,
)
from lola.models.offline.dialogue.slots import (
    BANK_OR_ACCOUNT,
    DERIVED,
    ORDER,
    Goal,
    Settled,
    State,
)
from lola.models.offline.dialogue.update import Update
from lola.models.offline.nlu.amounts import find_amounts
from lola.models.offline.nlu.money import Amount, amount_text
from lola.models.offline.nlu.text import split
from lola.models.offline.nlu.understanding import Understanding
from lola.text.folding import unaccented

MIN_ACCOUNT_DIGITS = 10
EVERYTHING = frozenset({"country", "payout_method", "amount", "recipient", "destination"})


def apply_update(
    state: State,
    meaning: Understanding,
    expected: str,
    facts: Facts,
    goal: Goal | None,
    *,
    before: Settled,
    scope: frozenset[str] = EVERYTHING,
) -> State:
    """Return the state with everything that the line says.

    `before` holds the values in effect before the line; `scope` limits what may be meant: a
    question about banks names a country, but chooses nothing.
    """
    update = Update(
        values=dict(state.values),
        before=before,
        changed=set(state.changed),
        offered_amounts=state.unclear,
    )
    everything = scope == EVERYTHING
    _apply_answer(update, meaning, expected, facts, everything=everything)
    if "payer_id" not in update.changed:
        meaning = apply_destination(update, meaning, facts, scope, everything=everything)
    if "amount" in scope:
        _amount(update, meaning, expected)
    if everything:
        _rest(update, meaning, expected, facts)
        if not meaning.question:
            apply_relative(update, state, meaning, facts)
            follow_person(update, state, meaning, facts)
        if goal is not None and expected in goal.properties:
            _own_property(update, meaning, expected, goal)
    return _updated(state, update, meaning)


def _apply_answer(
    update: Update, meaning: Understanding, expected: str, facts: Facts, *, everything: bool
) -> None:
    """Apply the choice of a saved person or of a payee, when one was asked for."""
    if meaning.choice and expected in {"recipient_first_name", "recipient_id"}:
        apply_tapped_person(update, meaning, facts)
    elif expected == "recipient_id":
        apply_named_person(update, meaning, facts)
    if everything and expected == BANK_OR_ACCOUNT:
        apply_bank_or_account(update, meaning, facts)
    elif everything and (meaning.choice or expected == "payer_id"):
        apply_payee(update, meaning, facts)


def _updated(state: State, update: Update, meaning: Understanding) -> State:
    """Return the state with the values of an update, and without what they answer or void."""
    changed = frozenset(update.changed)
    return replace(
        state,
        values=update.values,
        changed=changed,
        corrected=state.corrected or update.corrected,
        refused=update.refused or state.refused,
        unclear=update.unclear or (() if "amount" in update.values else state.unclear),
        new_recipient=state.new_recipient and "recipient_id" not in changed,
        relation=meaning.relation or ("" if update.other_person else state.relation),
        missing=tuple(name for name in state.missing if name not in changed),
        lines=() if update.fresh_start else state.lines,
    )


def _rest(update: Update, meaning: Understanding, expected: str, facts: Facts) -> None:
    if meaning.alias:
        update.put("alias", meaning.alias)
    elif expected == "alias" and meaning.words:
        update.put("alias", meaning.text.strip())
        return
    if "recipient_id" not in update.changed:
        apply_name(update, meaning, expected)
    _number(update, meaning, expected)
    if expected == "account" and meaning.number is None and meaning.has("no_account"):
        _without_account(update, facts)


def _without_account(update: Update, facts: Facts) -> None:
    """Pay in cash where the recipient has no account and the country allows it."""
    if "cash_pickup" in facts.methods(update.get("country")):
        update.void("payer_id", "account")
        update.put("payout_method", "cash_pickup")
        update.fresh_start = True


def _amount(update: Update, meaning: Understanding, expected: str) -> None:
    if meaning.amount is not None and meaning.amount.others:
        update.unclear = tuple(amount_text(*one) for one in meaning.amount.readings)
        update.void("amount", "amount_currency")
        update.changed.add("amount")
    elif meaning.amount is not None:
        update.put("amount", format(meaning.amount.value.normalize(), "f"))
        if currency := meaning.amount.currency or _offered_currency(update, meaning.amount):
            update.put("amount_currency", currency)
    elif (
        meaning.currency
        and update.before.get("amount")
        and (expected == "amount" or meaning.has("modify", "instead"))
    ):
        update.put("amount_currency", meaning.currency)


def _offered_currency(update: Update, amount: Amount) -> str:
    """Return the currency of the amount that was offered and is now named without one."""
    offered = (found for text in update.offered_amounts for found in find_amounts(split(text)))
    return next((one.currency for one in offered if one.value == amount.value), "")


def _number(update: Update, meaning: Understanding, expected: str) -> None:
    number = meaning.number
    if number is None:
        return
    method = update.values.get("payout_method") or update.before.get("payout_method")
    kind = number.kind
    expected = "account" if expected == BANK_OR_ACCOUNT else expected
    if not kind or (expected in {"account", "recipient_phone"} and kind != "phone"):
        asked = {"account": "account", "recipient_phone": "phone"}.get(expected)
        kind = "phone" if (asked or "") == "phone" else "account"
        if asked is None and method == "mobile_wallet":
            kind = "phone"
    if kind == "phone":
        update.put("recipient_phone", number.text)
    elif expected == "account" or number.is_masked or _is_long(number.text):
        update.put("account", number.text)
        if not method:
            update.put("payout_method", "bank_account")


def _is_long(number: str) -> bool:
    return sum(char.isdigit() for char in number) >= MIN_ACCOUNT_DIGITS


def _own_property(update: Update, meaning: Understanding, expected: str, goal: Goal) -> None:
    """Apply a bank's own extra property: one of its allowed values, or the text as it is."""
    if expected in ORDER or expected in DERIVED or meaning.question:
        return
    allowed = [str(value) for value in goal.properties[expected].get("enum", ())]
    fits = [value for value in allowed if unaccented(value) == unaccented(meaning.text)]
    if fits or not allowed:
        update.put(expected, fits[0] if fits else meaning.text.strip())
