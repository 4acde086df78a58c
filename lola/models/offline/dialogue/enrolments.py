"""Replies to senders who want to register, to be verified or to add a card: code sends the link."""

from lola.models.offline.dialogue.pricing import failed
from lola.models.offline.dialogue.records import verification
from lola.models.offline.dialogue.view import View

IDENTITY_TOOLS = ("start_registration", "start_verification")
CARD_TOOL = "add_card"


def identity_link(view: View) -> str:
    """Have the tool send the link; a sender who needs none gets their status."""
    tool = next((name for name in IDENTITY_TOOLS if name in view.offered), "")
    return _sent(view, tool) if tool else verification(view) or view.texts("status.unknown")


def card_link(view: View) -> str:
    """Have the tool send the link, or say what comes before a card."""
    if CARD_TOOL in view.offered:
        return _sent(view, CARD_TOOL)
    return view.texts("answer.card_after_identity")


def may_verify(view: View) -> bool:
    """Return whether this sender can get the link of an identity check."""
    return "start_verification" in view.offered


def _sent(view: View, tool: str) -> str:
    return failed(view) if "error" in view.call(tool) else view.texts("answer.wait")
