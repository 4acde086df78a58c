"""Hands over to a person, and replies for agents that may only look things up."""

from lola.models.chat import ModelReply
from lola.models.offline.dialogue.enrolments import card_link, identity_link, may_verify
from lola.models.offline.dialogue.facts import rows_of
from lola.models.offline.dialogue.passages import fitting_passage
from lola.models.offline.dialogue.records import transfers, verification
from lola.models.offline.dialogue.view import View

PERSON_TOOL = "talk_to_person"
STATUS_TOOL = "get_own_status"
WANTS_LINK = frozenset({"verify_me", "sign_up", "resend_link"})


def hand_off(view: View, reason: str) -> ModelReply:
    """Call a person, or say that this agent cannot."""
    if PERSON_TOOL not in view.offered:
        return ModelReply(text=view.texts("people.not_here"))
    result = view.call(PERSON_TOOL, reason=reason)
    return ModelReply(text=view.texts("people.not_here" if "error" in result else "people.waiting"))


def person_choices(view: View) -> tuple[str, ...]:
    """Return the titles that offer a person or going on; none when the agent cannot call one."""
    if PERSON_TOOL not in view.offered:
        return ()
    return (view.texts("choice.person"), view.texts("choice.go_on"))


def restricted(view: View) -> ModelReply:
    """Return the reply of an agent that prepares no transfers: status, knowledge, a person."""
    if view.main_intent == "complaint":
        return hand_off(view, "complaint")
    if view.main_intent in {"rules", "off_topic"}:
        return ModelReply(text=view.texts("small.off_topic"), choices=person_choices(view)[:1])
    if view.says("goodbye"):
        return ModelReply(text=view.texts("small.goodbye"))
    if view.says("thanks"):
        text = f"{view.texts('small.thanks')} {view.texts('small.anything')}"
        return ModelReply(text=text)
    if view.main_intent in {"knowledge", "card_data", "security"} and (
        passage := fitting_passage(view, view.passages)
    ):
        return ModelReply(text=passage)
    choices = person_choices(view)[:1]
    if may_verify(view):
        is_offered = view.texts("choice.verify") in view.options_before[:1]
        if view.main_intent in WANTS_LINK or (is_offered and view.says("yes")):
            return ModelReply(text=identity_link(view), choices=choices)
        choices = (view.texts("choice.verify"), *choices)
        if view.main_intent == "add_card":
            return ModelReply(text=card_link(view), choices=choices)
    return ModelReply(text=_verification_status(view), choices=choices)


def _verification_status(view: View) -> str:
    hello = ""
    if view.says("greeting"):
        name = view.first_name
        hello = view.texts("small.hello_name", name=name) if name else view.texts("small.hello")
    if "get_verification" not in view.offered:
        return f"{hello} {view.texts('status.restricted')}".strip()
    text = f"{hello} {verification(view)}".strip()
    if view.main_intent != "status":
        return text
    rows = rows_of(view.call(STATUS_TOOL), "transfers")
    return f"{text}\n\n{transfers(view, rows)}" if rows else text
