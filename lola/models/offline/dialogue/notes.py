"""What has to be said before the open question: a refusal, a check that failed, or a short ack."""

from lola.models.offline.dialogue.coverage import refused
from lola.models.offline.dialogue.pricing import amount_trouble
from lola.models.offline.dialogue.questions import Question, menu
from lola.models.offline.dialogue.tracker import is_lost
from lola.models.offline.dialogue.view import View

CHOSEN = frozenset({"country", "payout_method", "payer_id"})
PERSON = frozenset({"recipient_first_name", "recipient_last_name", "recipient_id"})


def notes(view: View, topic: str) -> list[str]:
    """Answer the notes in the order to say them; an answered question needs none."""
    if topic:
        return []
    if trouble := _trouble(view):
        return trouble
    if view.says("unknown_value") and not view.state.changed:
        key = "small.unknown_choice" if view.slot in CHOSEN else "small.unknown_value"
        return [view.voice(key)]
    if is_lost(view.state) and view.is_busy:
        return [_lost_words(view)]
    return [_ack(view)]


def lost(view: View) -> tuple[list[str], Question]:
    """Start over kindly when there is nothing to go on with."""
    voice = view.voice
    if not any(reading.words for reading in view.state.readings):
        return [], Question(voice("ask.help"), menu(view))
    if view.says("modify"):
        return [voice("small.correct_me")], Question("", menu(view))
    return [_lost_words(view), voice("small.introduction")], Question("", menu(view))


def _lost_words(view: View) -> str:
    if view.state.confused > 1:
        return view.voice("small.lost_again")
    specific = {"payer_id": "small.lost_payer", "amount": "small.lost_amount"}
    return view.voice(specific.get(view.slot, "small.lost"))


def _trouble(view: View) -> list[str]:
    found = [refused(view), amount_trouble(view)]
    for exchange in view.now:
        refusal = exchange.result.get("code")
        invalid = exchange.result.get("valid") is False
        if refusal == "INVALID_ACCOUNT" or (invalid and exchange.call.name == "validate_bank"):
            found.append(view.voice("trouble.account"))
        elif invalid and exchange.call.name == "validate_phone":
            found.append(view.voice("trouble.phone"))
        elif refusal == "UNKNOWN_PAYER":
            found.append(view.voice("trouble.payer"))
    return list(dict.fromkeys(note for note in found if note))


def _payee(view: View) -> str:
    """Name the bank or payer that is used from now on, when it came unasked or was changed."""
    method, payer = view.settled.get("payout_method"), view.settled.get("payer_id")
    rows = view.facts.payees(view.settled.get("country"), method) or ()
    name = next((str(row["name"]) for row in rows if row.get("id") == payer), "")
    unasked = view.state.corrected or "payout_method" in view.state.changed
    if not name or not unasked:
        return ""
    return view.voice("ack.payee", method=view.voice.method(method).lower(), name=name)


def _ack(view: View) -> str:
    changed, voice = view.state.changed, view.voice
    if view.state.errand:
        return voice("ack.noted") if changed else ""
    if "payer_id" in changed and (said := _payee(view)):
        return said
    if view.state.corrected:
        return voice("ack.changed")
    if changed & PERSON:
        first, last = (view.settled.get(f"recipient_{part}_name") for part in ("first", "last"))
        return voice("ack.recipient", name=f"{first} {last}") if first and last else ""
    if "country" in changed and view.settled.get("country"):
        return voice("ack.country", country=view.country())
    if changed:
        return voice("ack.method" if "payout_method" in changed else "ack.noted")
    return voice("ack.sending") if view.says("send") else ""
