"""Maps each question about the service to the function that writes its answer.

Each function returns a piece of text. While values are missing, the policy asks for them.
"""

from collections.abc import Callable, Mapping

from lola.models.offline.dialogue import coverage, enrolments, pricing, records
from lola.models.offline.dialogue.passages import by_label, fitting_passage, looked_up
from lola.models.offline.dialogue.view import View


def repeat(view: View) -> str:
    """Repeat the figures of the summary."""
    if view.is_current and view.draft is not None and view.draft.get("status") != "expired":
        return pricing.say_quote(view, view.draft["quote"])
    if view.settled.get("country") and view.settled.get("amount"):
        return pricing.quote(view)
    return view.texts("answer.nothing_to_repeat")


def knowledge(view: View) -> str:
    """Return the approved passage that fits, or the text that says we are not sure."""
    found = fitting_passage(view, view.passages) or fitting_passage(view, looked_up(view))
    found = found or by_label(view)
    if not found and view.is_about("how_it_works"):
        return view.texts("answer.how_to")
    return found or unsure(view)


def off_topic(view: View) -> str:
    """Return the approved passage that answers all the same, or what the service is for."""
    return fitting_passage(view, view.passages, min_shared=2) or view.texts("small.off_topic")


def unsure(view: View) -> str:
    """Say that we are not sure, and offer a person."""
    return view.texts("answer.unsure")


def card_data(view: View) -> str:
    """Say how card data is handled, from an approved passage where there is one."""
    return fitting_passage(view, view.passages, min_shared=2) or view.texts("answer.card_data")


def security(view: View) -> str:
    """Say what we never ask for, from an approved passage where there is one."""
    return fitting_passage(view, view.passages, min_shared=2) or view.texts("answer.security")


def status(view: View) -> str:
    """Say the status of the sender's transfers, or that there is none."""
    return records.status(view)


def resend_link(view: View) -> str:
    """Have the tool send the link again, or say why there is none."""
    if "resend_link" in view.offered:
        view.call("resend_link")
    return view.texts("answer.resend")


ANSWERS: Mapping[str, Callable[[View], str]] = {
    "quote": pricing.quote,
    "rate": pricing.rate,
    "countries": coverage.countries,
    "methods": coverage.methods,
    "banks": coverage.banks,
    "payers": coverage.payers,
    "limits": coverage.limits,
    "recipients": records.recipients,
    "payment_methods": records.payment_methods,
    "status": status,
    "compare": pricing.compare,
    "branches": coverage.branches,
    "history": records.history,
    "receipt": records.receipt,
    "verification": records.verification,
    "verify_me": enrolments.identity_link,
    "sign_up": enrolments.identity_link,
    "add_card": enrolments.card_link,
    "repeat": repeat,
    "knowledge": knowledge,
    "how_to": lambda view: view.texts("answer.how_to"),
    "card_data": card_data,
    "security": security,
    "resend_link": resend_link,
    "robot": lambda view: view.texts("small.robot"),
    "speaks": lambda view: view.texts("small.speaks"),
    "rules": lambda view: view.texts("small.off_topic"),
    "off_topic": off_topic,
}
