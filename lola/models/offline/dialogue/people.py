"""Handing over to a person, and kind answers where the agent may only look things up."""

from lola.models.chat import ModelReply
from lola.models.offline.dialogue.facts import rows_of
from lola.models.offline.dialogue.passages import fitting_passage
from lola.models.offline.dialogue.records import transfers, verification
from lola.models.offline.dialogue.view import View

PERSON_TOOL = "talk_to_person"
STATUS_TOOL = "get_own_status"


def hand_off(view: View, reason: str) -> ModelReply:
    """Call a person; an agent that has none to call says so."""
    if PERSON_TOOL not in view.offered:
        return ModelReply(text=view.voice("people.not_here"))
    result = view.call(PERSON_TOOL, reason=view.voice(reason))
    return ModelReply(text=view.voice("people.not_here" if "error" in result else "people.waiting"))


def person_choices(view: View) -> tuple[str, ...]:
    """The titles that offer a person and the way on; none when there is no person to offer."""
    if PERSON_TOOL not in view.offered:
        return ()
    return (view.voice("choice.person"), view.voice("choice.go_on"))


def restricted(view: View) -> ModelReply:
    """Answer for an agent that prepares no transfers: status, knowledge, a person."""
    if view.lead == "complaint":
        return hand_off(view, "people.reason_complaint")
    if view.lead in {"rules", "off_topic"}:
        return ModelReply(text=view.voice("small.off_topic"), choices=person_choices(view)[:1])
    if view.says("goodbye"):
        return ModelReply(text=view.voice("small.goodbye"))
    if view.says("thanks"):
        text = f"{view.voice('small.thanks')} {view.voice('small.anything')}"
        return ModelReply(text=text)
    if view.lead in {"knowledge", "card_data", "security"} and (
        passage := fitting_passage(view, view.passages)
    ):
        return ModelReply(text=passage)
    return ModelReply(text=_standing(view), choices=person_choices(view)[:1])


def _standing(view: View) -> str:
    hello = ""
    if view.says("greeting"):
        name = view.first_name
        hello = view.voice("small.hello_name", name=name) if name else view.voice("small.hello")
    if "get_verification" not in view.offered:
        return f"{hello} {view.voice('status.restricted')}".strip()
    text = f"{hello} {verification(view)}".strip()
    if view.lead != "status":
        return text
    rows = rows_of(view.call(STATUS_TOOL), "transfers")
    return f"{text}\n\n{transfers(view, rows)}" if rows else text
