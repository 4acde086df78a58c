"""The steps around a transfer: prepare it, ask for the secure link, cancel it.

Each is a tool call that code checks again. None of them moves money, and none is said to have
worked before the tool said so.
"""

from lola.models.chat import ModelReply
from lola.models.offline.dialogue.people import person_choices
from lola.models.offline.dialogue.questions import confirm, gather, joined, menu
from lola.models.offline.dialogue.slots import GOAL, arguments
from lola.models.offline.dialogue.view import View

OPEN_LINK = frozenset({"link_sent", "opened"})


def may_prepare(view: View, topic: str) -> bool:
    """Return whether the transfer is complete and the sender has not seen this version of it."""
    if not view.state.goal or view.waits:
        return False
    gather(view)
    if view.slot or view.goal is None:
        return False
    if view.state.prepared != arguments(view.settled, view.goal):
        return bool(view.state.changed) or not view.says("no", "wait", "thanks", "goodbye")
    agrees = view.says("yes", "confirm", "keep", "send", "repeat", "resend_link")
    return agrees and not topic


def prepare(view: View, parts: list[str]) -> ModelReply:
    """Call the tool that prepares the transfer; code then shows the summary and ends the turn."""
    tried = view.tried(GOAL)
    if tried is None and view.goal is not None:
        view.call(GOAL, **arguments(view.settled, view.goal))
    if tried is not None and not tried.failed:
        return joined(view, parts, confirm(view))
    return _apology(view, "trouble.tool")


def send(view: View) -> ModelReply | None:
    """Ask for the secure link while the sender's confirmation is valid; None when it is not.

    After a failure, the link is asked for again only when the sender says so.
    """
    draft = view.draft
    if draft is None or draft.get("status") != "confirmed" or "send_money" not in view.offered:
        return None
    if view.state.changed:
        # A message that gives values is no confirmation, whatever was confirmed before it.
        return None
    if view.tried("send_money") is not None:
        return _apology(view, "trouble.link")
    failed_before = any(
        item.call.name == "send_money" and item.call.arguments.get("draft_id") == draft["id"]
        for item in view.past
    )
    agrees = view.says("yes", "confirm", "send", "resend_link", "retry")
    if view.is_current and (agrees or not failed_before):
        view.call("send_money", draft_id=draft["id"])
    return None


def cancel(view: View) -> ModelReply:
    """Cancel the draft, or the link that was sent; code says what came of it."""
    tried = view.tried("cancel_transfer")
    if tried is None and (view.draft is not None or _has_open_link(view)):
        view.need(("cancel_transfer", {}))
    if tried is not None and tried.failed:
        return _apology(view, "trouble.tool")
    if tried is not None or view.state.cancelled:
        return ModelReply(text=view.texts("cancel.done"))
    if view.tickets:
        return ModelReply(text=view.texts("cancel.approved"), choices=person_choices(view))
    return ModelReply(text=view.texts("cancel.nothing"), choices=menu(view))


def _has_open_link(view: View) -> bool:
    return any(ticket.get("status") in OPEN_LINK for ticket in view.tickets)


def _apology(view: View, key: str) -> ModelReply:
    choices = (view.texts("choice.retry"), *person_choices(view)[:1])
    return ModelReply(text=view.texts(key), choices=choices)
