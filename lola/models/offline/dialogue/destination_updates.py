"""Applies what a line says about the destination: country, payout method, bank or cash payer."""

from collections.abc import Sequence
from dataclasses import replace

from lola.models.offline.dialogue.facts import Facts
from lola.models.offline.dialogue.slots import DESTINATION
from lola.models.offline.dialogue.update import Update
from lola.models.offline.nlu.choices import pick
from lola.models.offline.nlu.money import HOME_OF
from lola.models.offline.nlu.places import find_methods
from lola.models.offline.nlu.text import Word, keys_of
from lola.models.offline.nlu.understanding import Understanding


def apply_destination(
    update: Update, meaning: Understanding, facts: Facts, scope: frozenset[str], *, everything: bool
) -> Understanding:
    """Apply country, payout method and payee. Return the meaning without the payee's name."""
    if "country" in scope:
        _country(update, meaning, facts)
    payee = _named_payee(update, meaning, facts) if everything else ""
    if not payee and "payout_method" in scope:
        _method(update, meaning.methods, facts)
    return _without_payee(meaning, payee)


def apply_payee(update: Update, meaning: Understanding, facts: Facts) -> None:
    """Apply the bank or cash payer that was chosen from those offered."""
    country, method = update.before.get("country"), update.before.get("payout_method")
    choices = facts.named_payees(country, method)
    picked = pick(_meant(meaning.words), choices)
    if picked is None and len(choices) == 1 and meaning.has("yes"):
        picked = choices[0].item
    if picked is not None:
        update.put("payer_id", str(picked["id"]))


def _meant(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words of a correction that count: "Coppel, no, Elektra", "Elektra, no Coppel"."""
    for at, word in enumerate(words[:-1]):
        if at and word.key in {"no", "not"}:
            return words[at + 1 :] if words[at + 1].breaks else words[:at]
    return words


def apply_bank_or_account(update: Update, meaning: Understanding, facts: Facts) -> None:
    """Apply which of the two is right. The bank that was chosen makes the account wrong."""
    clash = update.before.clash
    if clash is None or meaning.number is not None:
        return
    picked = pick(meaning.words, facts.named_payees(update.before.get("country"), "bank_account"))
    if picked is not None and picked["name"] == clash.chosen:
        update.void("account")
        update.changed.add("account")
    elif picked is not None:
        update.put("payer_id", str(picked["id"]))
    elif meaning.item == "account":
        # The account's own bank counts, whether or not its name is known.
        update.void("payer_id")
        update.changed.add("payer_id")
        update.fresh_start = True


def _country(update: Update, meaning: Understanding, facts: Facts) -> None:
    current = update.before.get("country")
    named = [code for code in meaning.countries if code != current] or list(meaning.countries)
    if not named and not current and meaning.currency in HOME_OF:
        named = [HOME_OF[meaning.currency]]
    if not named:
        return
    if facts.countries is not None and named[-1] not in facts.countries:
        update.refused = named[-1]
    elif update.put("country", named[-1]) and current:
        update.void(*DESTINATION, "recipient_id")


def _method(update: Update, methods: Sequence[str], facts: Facts) -> None:
    current = update.before.get("payout_method")
    named = [method for method in methods if method != current]
    if not named:
        return
    method = "cash_pickup" if "cash_pickup" in named else named[-1]
    allowed = facts.methods(update.get("country"))
    if allowed and method not in allowed:
        update.refused = method
    elif update.put("payout_method", method) and current:
        # A place that pays cash may be a bank too, so the sender is asked for the payee again.
        update.void("payer_id", "account")
        update.fresh_start = True


def _named_payee(update: Update, meaning: Understanding, facts: Facts) -> str:
    """Apply a bank or cash payer that was not asked for, with its method. Return its name.

    A name that both takes deposits and pays cash leaves the method open.
    """
    if meaning.question:
        return ""
    country, current = update.get("country"), update.get("payout_method")
    found = {
        method: row
        for method in facts.methods(country)
        if (row := pick(meaning.words, facts.named_payees(country, method), whole=True))
    }
    payee = next((str(row["name"]) for row in found.values()), "")
    if not payee or _is_a_surname(meaning, payee):
        return ""
    own = keys_of(payee)
    said = find_methods([word for word in meaning.words if word.key not in own])
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


def _is_a_surname(meaning: Understanding, payee: str) -> bool:
    """Return whether the bank's word belongs to a longer name of a person."""
    name = set(keys_of(meaning.name.full)) if meaning.name else set()
    own = set(keys_of(payee))
    return bool(name & own) and not name <= own


def _without_payee(meaning: Understanding, payee: str) -> Understanding:
    """Return the meaning without a name that is the payee's own."""
    if meaning.name and set(keys_of(meaning.name.full)) <= set(keys_of(payee)):
        return replace(meaning, name=None)
    return meaning
