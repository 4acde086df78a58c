"""Decides the next step of the dialogue: a tool call, or a text with choices.

By order of importance: a wish for a person, a cancelled transfer, a confirmed one, questions, small
talk, then the open question. It never says that money moved: code does.
"""

from lola.models.chat import ModelReply
from lola.models.offline.dialogue.answers import ANSWERS, knowledge
from lola.models.offline.dialogue.corrections import CHANGING
from lola.models.offline.dialogue.forms import carry_out, go_on
from lola.models.offline.dialogue.money import cancel, may_prepare, prepare, send
from lola.models.offline.dialogue.notes import lost, notes
from lola.models.offline.dialogue.people import hand_off, person_choices, restricted
from lola.models.offline.dialogue.questions import (
    Question,
    gather,
    gather_names,
    joined,
    menu,
    open_question,
    start_offer,
)
from lola.models.offline.dialogue.small_talk import greeting, small_talk
from lola.models.offline.dialogue.tracker import is_lost
from lola.models.offline.dialogue.view import ToolNeeded, View

UNDER_WAY = frozenset({"approved", "unsure"})
OFFERS_PERSON = frozenset({"security", "card_data", "resend_link", "status", "verification"})
OFFERS_START = frozenset({"quote", "rate", "banks", "payers", "methods", "compare", "branches"})
OFFERS_MENU = frozenset(
    {"countries", "rules", "off_topic", "robot", "speaks", "recipients", "how_to"}
)


def decide(view: View) -> ModelReply:
    """Return the next step."""
    try:
        return _decide(view)
    except ToolNeeded as needed:
        return ModelReply(calls=needed.calls)


def _decide(view: View) -> ModelReply:
    # Without tools there is no service, unless this turn has just used its last call.
    if not view.offered and not view.now:
        return ModelReply(text=view.texts("small.unavailable"))
    if view.has_finding:
        return _after_finding(view)
    if view.main_intent == "person" or _accepts_person(view):
        return hand_off(view, "asked")
    if view.goal is None and view.offered:
        return restricted(view)
    if view.main_intent == "complaint":
        sent = view.says("sent_before", "cancel")
        return hand_off(view, "sent" if sent else "complaint")
    if view.state.cancelled or view.main_intent == "cancel":
        return cancel(view)
    if (reply := send(view)) is not None:
        return reply
    if (reply := carry_out(view)) is not None:
        return reply
    return _with_person_only(view) or _converse(view)


def _with_person_only(view: View) -> ModelReply | None:
    """Return the reply that only a person could go on from; None for other messages."""
    key = ""
    if _corrects_what_was_approved(view):
        key = "trouble.approved"
    elif view.says("frustration") and not view.main_intent and not view.state.changed:
        key = "small.frustration"
    return ModelReply(text=view.texts(key), choices=person_choices(view)) if key else None


def _corrects_what_was_approved(view: View) -> bool:
    """Return whether the message changes the newest transfer, which was approved already."""
    if not view.tickets or view.tickets[-1].get("status") != "approved" or view.draft is not None:
        return False
    said = [meaning for meaning in view.state.meanings if meaning.has(*CHANGING)]
    is_change = any(
        (meaning.amount or meaning.name) and not meaning.has("send", "request", "countries")
        for meaning in said
    )
    return is_change and not view.main_intent and not any(r.countries for r in said)


def _after_finding(view: View) -> ModelReply:
    """Return a plain reply after one that was refused; without transfers it asks nothing."""
    text = view.texts("trouble.finding")
    if view.goal is None:
        return ModelReply(text=text, choices=person_choices(view)[:1])
    return joined(view, [text], open_question(view))


def _converse(view: View) -> ModelReply:
    parts = [greeting(view)]
    topic = _topic(view)
    if topic in {"knowledge", "quote"} and _is_about_own_transfer(view):
        topic = "status"
    if topic:
        parts.append(ANSWERS[topic](view))
    elif _is_lost_in_trade(view):
        parts.append(knowledge(view))
    if parts[-1] == view.texts("answer.unsure"):
        return joined(view, parts, _with_person(view))
    if not topic and (reply := small_talk(view, parts)) is not None:
        return reply
    if is_lost(view.state):
        gather_names(view)
    if (view.is_busy or view.waits) and (not topic or view.state.changed) and not view.state.form:
        gather(view)
    return _go_on(view, [*parts, *notes(view, topic)], topic)


def _is_about_own_transfer(view: View) -> bool:
    """Return whether it is asked when money arrives while a transfer of this chat is on its way."""
    is_under_way = any(ticket.get("status") in UNDER_WAY for ticket in view.tickets)
    return is_under_way and not view.is_busy and view.says("arrival")


def _topic(view: View) -> str:
    """Return the question to answer now: the newest one, or one that waited for a value."""
    if view.main_intent in ANSWERS:
        return view.main_intent
    wants = view.state.wants
    if wants and view.facts.countries is None:
        view.need(("get_countries", {}))
    return wants if wants and not view.waits and (view.state.changed or view.now) else ""


def _go_on(view: View, parts: list[str], topic: str) -> ModelReply:
    """Return to what is open: a form, the summary, the next value, or nothing."""
    if view.state.form:
        return go_on(view, parts)
    if view.is_busy or view.waits:
        if may_prepare(view, topic):
            return prepare(view, parts)
        return joined(view, parts, open_question(view))
    if topic in OFFERS_START or (topic == "countries" and view.settled.get("country")):
        return joined(view, parts, start_offer(view))
    if topic in OFFERS_PERSON:
        return joined(view, parts, Question("", person_choices(view)))
    if topic in OFFERS_MENU:
        return joined(view, parts, Question(view.texts("ask.help"), menu(view)))
    if not any(parts):
        return joined(view, *lost(view))
    return joined(view, parts, Question(""))


def _with_person(view: View) -> Question:
    """Offer a person beside the open question; a summary keeps its own three choices."""
    if not view.is_busy:
        return Question("", person_choices(view))
    asked = open_question(view)
    if view.is_current:
        return asked
    return Question(asked.text, (*asked.choices, *person_choices(view)[:1]))


def _is_lost_in_trade(view: View) -> bool:
    """Return whether the message is a statement about transfers that nothing was asked for."""
    return (
        not view.is_busy
        and not view.waits
        and not view.state.changed
        and view.says("trade")
        and not view.says("send", "request", "greeting", "thanks", "yes", "no", "help", "keep")
    )


def _accepts_person(view: View) -> bool:
    """Return whether a plain yes accepts the offer of a person."""
    options = view.options_before
    return view.texts("choice.person") in options[:1] and view.says("yes")
