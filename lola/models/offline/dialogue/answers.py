"""Which answer belongs to which question about the service.

Each answers a piece of text; where values are still missing, the open question follows by itself.
"""

from collections.abc import Callable, Mapping

from lola.models.offline.dialogue import coverage, pricing, records
from lola.models.offline.dialogue.passages import fitting_passage, looked_up
from lola.models.offline.dialogue.view import View

WHOLE = 4


def repeat(view: View) -> str:
    """The figures of the summary once more."""
    if view.is_current and view.draft is not None and view.draft.get("status") != "expired":
        return pricing.say_quote(view, view.draft["quote"])
    if view.settled.get("country") and view.settled.get("amount"):
        return pricing.quote(view)
    return view.texts("answer.nothing_to_repeat")


def knowledge(view: View) -> str:
    """The approved passage that fits, or an honest "not sure"."""
    found = fitting_passage(view, view.passages) or fitting_passage(view, looked_up(view))
    if not found and _is_foreign(view):
        return view.texts("small.off_topic")
    return found or unsure(view)


def _is_foreign(view: View) -> bool:
    """Whether a whole question holds no word of our trade."""
    ours = view.says("trade", "knowledge") or view.state.changed
    return not ours and any(len(reading.words) >= WHOLE for reading in view.state.readings)


def unsure(view: View) -> str:
    """Say so, and offer a person."""
    return view.texts("answer.unsure")


def card_data(view: View) -> str:
    """How card data is handled; the approved words where there are some."""
    return fitting_passage(view, view.passages, min_shared=2) or view.texts("answer.card_data")


def security(view: View) -> str:
    """What we never ask for; the approved words where there are some."""
    return fitting_passage(view, view.passages, min_shared=2) or view.texts("answer.security")


def status(view: View) -> str:
    """How the sender's own transfers stand; who has none yet may mean it in general."""
    if "get_own_status" in view.offered or view.tickets:
        return records.status(view)
    return knowledge(view)


def resend_link(view: View) -> str:
    """The link once more, which the tool says itself; or why there is none."""
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
    "repeat": repeat,
    "knowledge": knowledge,
    "how_to": lambda view: view.texts("answer.how_to"),
    "card_data": card_data,
    "security": security,
    "resend_link": resend_link,
    "robot": lambda view: view.texts("small.robot"),
    "speaks": lambda view: view.texts("small.speaks"),
    "rules": lambda view: view.texts("small.off_topic"),
    "off_topic": lambda view: view.texts("small.off_topic"),
}
