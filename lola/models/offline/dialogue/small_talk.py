"""What is only said to be friendly, or to say yes, no or wait: short answers, then back to work."""

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
    """Greet back; shorter when there is something to do."""
    if not view.says("greeting") or view.lead in {"rules", "off_topic"}:
        return ""
    alone = not (view.lead or view.state.changed or view.says("send", "request", "help"))
    key = "small.greeting" if alone else "small.hello"
    name = view.first_name
    return view.voice(f"{key}_name", name=name) if name else view.voice(key)


def small_talk(view: View, parts: list[str]) -> ModelReply | None:
    """Answer small talk; None when there is more to the message."""
    if view.state.changed or view.state.refused or view.says("send", "request"):
        return None
    voice = view.voice
    if view.says("goodbye") and not (view.is_first and view.says("greeting")):
        return ModelReply(text=voice("small.goodbye_open" if view.is_busy else "small.goodbye"))
    if view.says("wait") and (view.is_busy or not view.says("no")):
        return ModelReply(text=voice("small.wait"))
    if view.says("thanks") and not view.says("no"):
        words = [*parts, voice("small.thanks")]
        if view.is_busy:
            return joined(view, words, open_question(view))
        return joined(view, [*words, voice("small.anything")], Question(""))
    if view.says("dear"):
        return joined(view, [*parts, voice("small.dear")], _offer(view))
    if view.says("help"):
        return joined(view, [*parts, voice("small.introduction")], open_question(view))
    return _agreement(view, parts)


def _offer(view: View) -> Question:
    """The open question, or the start of the transfer that was priced."""
    return open_question(view) if view.is_busy or not view.state.topic else start_offer(view)


def _agreement(view: View, parts: list[str]) -> ModelReply | None:
    if view.state.errand:
        return None
    if view.says("no") and not view.state.asked:
        if view.is_busy:
            return joined(view, [*parts, view.voice("small.no_open")], open_question(view))
        return ModelReply(text=view.voice("small.no"))
    if view.says("greeting", "yes", "keep") and not view.is_busy and not view.waits:
        return joined(view, parts, Question(view.voice("ask.help"), menu(view)))
    return None
