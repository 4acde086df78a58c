"""The notes before the open question: a refusal, a failed check, or a short acknowledgement."""

from lola.models.offline.dialogue.coverage import refused
from lola.models.offline.dialogue.pricing import amount_trouble
from lola.models.offline.dialogue.questions import Question, menu
from lola.models.offline.dialogue.tracker import is_lost
from lola.models.offline.dialogue.view import View

CHOSEN = frozenset({"country", "payout_method", "payer_id"})
PERSON = frozenset({"recipient_first_name", "recipient_last_name", "recipient_id"})


def notes(view: View, topic: str) -> list[str]:
    """Return the notes in the order to say them; an answered question needs none."""
    if topic:
        return []
    if trouble := _trouble(view):
        return trouble
    if view.says("unknown_value") and not view.state.changed:
        key = "small.unknown_choice" if view.slot in CHOSEN else "small.unknown_value"
        return [view.texts(key)]
    if is_lost(view.state) and view.is_busy:
        return [_lost_text(view)]
    # What is asked next contradicts what was said, so nothing is acknowledged.
    return [] if view.settled.clash else [_ack(view)]


def lost(view: View) -> tuple[list[str], Question]:
    """Return how to start over when the message gives nothing to go on with."""
    texts = view.texts
    if not any(meaning.words for meaning in view.state.meanings):
        return [], Question(texts("ask.help"), menu(view))
    if view.says("modify"):
        return [texts("small.correct_me")], Question("", menu(view))
    return [_lost_text(view), texts("small.introduction")], Question("", menu(view))


def _lost_text(view: View) -> str:
    if view.is_current and view.is_about("assent"):
        return view.texts("small.confirm_how")
    if view.state.confused > 1:
        return view.texts("small.lost_again")
    specific = {"payer_id": "small.lost_payer", "amount": "small.lost_amount"}
    return view.texts(specific.get(view.slot, "small.lost"))


def _trouble(view: View) -> list[str]:
    found = [refused(view), amount_trouble(view)]
    for exchange in view.now:
        refusal = exchange.result.get("code")
        invalid = exchange.result.get("valid") is False
        if refusal == "INVALID_ACCOUNT" or (invalid and exchange.call.name == "validate_bank"):
            found.append(view.texts("trouble.account"))
        elif refusal == "BANK_ACCOUNT_MISMATCH":
            found.append(view.texts("trouble.bank", bank=exchange.result["chosen_bank"]))
        elif invalid and exchange.call.name == "validate_phone":
            found.append(view.texts("trouble.phone"))
        elif refusal == "UNKNOWN_PAYER":
            found.append(view.texts("trouble.payer"))
        elif refusal == "NAME_TOO_LONG":
            found.append(view.texts("trouble.long_name", limit=exchange.result["limit"]))
        elif refusal == "UNKNOWN_ORIGIN" and "amount" in exchange.result.get("arguments", ()):
            found.append(view.texts("small.lost_amount"))
    return list(dict.fromkeys(note for note in found if note))


def _payee(view: View) -> str:
    """Name the bank or payer used from now on, when it was given unasked or changed."""
    method, payer = view.settled.get("payout_method"), view.settled.get("payer_id")
    rows = view.facts.payees(view.settled.get("country"), method) or ()
    name = next((str(row["name"]) for row in rows if row.get("id") == payer), "")
    unasked = view.state.corrected or "payout_method" in view.state.changed
    if not name or not unasked:
        return ""
    return view.texts("ack.payee", method=view.texts.method(method).lower(), name=name)


def _ack(view: View) -> str:
    changed, texts = view.state.changed, view.texts
    if view.state.form:
        return texts("ack.noted") if changed else ""
    is_named = any(meaning.methods for meaning in view.state.meanings)
    if "payout_method" in changed and view.says("no_account") and not is_named:
        return texts("ack.no_account")
    if "payer_id" in changed and (said := _payee(view)):
        return said
    if view.state.corrected:
        return texts("ack.changed")
    if changed & PERSON:
        first, last = (view.settled.get(f"recipient_{part}_name") for part in ("first", "last"))
        return texts("ack.recipient", name=f"{first} {last}") if first and last else ""
    if "country" in changed and view.settled.get("country"):
        return texts("ack.country", country=view.country())
    if changed:
        return texts("ack.method" if "payout_method" in changed else "ack.noted")
    return texts("ack.sending") if view.says("send") else ""
