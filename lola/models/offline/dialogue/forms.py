"""Forms beside a transfer: save a person, give one a nickname, request money from one.

A form collects its few values and then calls its tool, which shows the sender the change as code
words it. The tool that carries it out is offered only while the sender's approval is valid; it is
called at once, and never said to have worked.
"""

from lola.models.chat import ModelReply
from lola.models.offline.dialogue.facts import Exchange
from lola.models.offline.dialogue.form_goals import FORMS
from lola.models.offline.dialogue.questions import Question, joined, question
from lola.models.offline.dialogue.titles import recipient_titles
from lola.models.offline.dialogue.view import View

CARRY_OUT = "carry_out"
TROUBLE = {"ALREADY_SAVED": "form.already_saved", "INVALID_PHONE": "trouble.phone"}


def carry_out(view: View) -> ModelReply | None:
    """Carry out what the sender has just approved; None when nothing waits for it."""
    if CARRY_OUT not in view.offered:
        return None
    if (tried := view.tried(CARRY_OUT)) is not None:
        return ModelReply(text=view.texts("trouble.tool")) if tried.failed else None
    view.call(CARRY_OUT)
    return None


def go_on(view: View, parts: list[str]) -> ModelReply:
    """Ask for the next value of the form, or call the tool that shows the change."""
    form = FORMS[view.state.form]
    if form.tool not in view.offered:
        # One approval at a time: the summary on the screen comes first.
        key = "form.not_now" if view.draft is not None else "trouble.tool"
        return joined(view, [*parts, view.texts(key)], Question(""))
    view.need(("get_recipients", {}), ("get_countries", {}))
    if view.slot:
        return joined(view, parts, form_question(view, view.slot))
    tried = view.tried(form.tool)
    if tried is None:
        view.call(form.tool, **_arguments(view))
        return joined(view, parts, Question(""))
    return joined(view, [*parts, _trouble(view, tried)], Question(""))


def form_question(view: View, slot: str) -> Question:
    """Return how a form asks for a value."""
    people = tuple(title for title, _ in recipient_titles(view.facts.recipients or ()))
    name = view.settled.get("recipient_first_name")
    match view.state.form, slot:
        case _, "recipient_id":
            return Question(view.texts(f"form.whom_{view.state.form}"), people)
        case _, "alias":
            return Question(view.texts("form.alias", name=name))
        case "request_money", "amount":
            return Question(view.texts("form.amount", name=name))
        case "save_person", "recipient_first_name":
            return Question(view.texts("form.name"))
        case "save_person", "country":
            asked = question(view, slot)
            return Question(view.texts("form.country", name=name), asked.choices)
        case _:
            return question(view, slot)


def _arguments(view: View) -> dict[str, str]:
    form = FORMS[view.state.form]
    return {
        form.arguments.get(name, name): view.settled.values[name]
        for name in (*form.needs, *form.optional)
        if view.settled.get(name)
    }


def _trouble(view: View, tried: Exchange) -> str:
    code = str(tried.result.get("code", ""))
    return view.texts(TROUBLE.get(code, "trouble.tool"))
