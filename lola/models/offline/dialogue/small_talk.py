"""Short replies to greetings, thanks, yes, no and wait, followed by the open question."""

from lola.models.chat import ModelReply
from lola.models.offline.dialogue.questions import (
    Question,
    joined,
    menu,
    open_question,
    start_offer,
)
from lola.models.offline.dialogue.view import View


def greeting(view: View) -> str:
    """Return a greeting, shorter when the message also asks for something; else empty."""
    if not view.says("greeting") or view.main_intent in {"rules", "off_topic"}:
        return ""
    alone = not (view.main_intent or view.state.changed or view.says("send", "request", "help"))
    key = "small.greeting" if alone else "small.hello"
    name = view.first_name
    return view.texts(f"{key}_name", name=name) if name else view.texts(key)


def small_talk(view: View, parts: list[str]) -> ModelReply | None:
    """Return the reply to small talk; None when there is more to the message."""
    texts = view.texts
    if view.is_busy and not view.state.changed and view.says("no") and view.says("send"):
        return ModelReply(text=texts("small.wait"))
    if view.state.changed or view.state.refused or view.says("send", "request"):
        return None
    if view.says("goodbye") and not (view.is_first and view.says("greeting")):
        return ModelReply(text=texts("small.goodbye_open" if view.is_busy else "small.goodbye"))
    if view.says("wait") and (view.is_busy or not view.says("no")):
        return ModelReply(text=texts("small.wait"))
    if view.says("thanks") and not view.says("no"):
        words = [*parts, texts("small.thanks")]
        if view.is_busy:
            return joined(view, words, open_question(view))
        return joined(view, [*words, texts("small.anything")], Question(""))
    if view.says("dear"):
        return joined(view, [*parts, texts("small.dear")], _offer(view))
    if view.says("help"):
        return joined(view, [*parts, texts("small.introduction")], open_question(view))
    return _agreement(view, parts)


def _offer(view: View) -> Question:
    """Return the open question, or the offer to start the transfer that was priced."""
    return open_question(view) if view.is_busy or not view.state.topic else start_offer(view)


def _agreement(view: View, parts: list[str]) -> ModelReply | None:
    if view.state.form:
        return None
    if (view.says("no") or view.is_about("refusal")) and not view.state.asked:
        if view.is_busy:
            return joined(view, [*parts, view.texts("small.no_open")], open_question(view))
        return ModelReply(text=view.texts("small.no"))
    if view.says("greeting", "yes", "keep") and not view.is_busy and not view.waits:
        return joined(view, parts, Question(view.texts("ask.help"), menu(view)))
    return None
