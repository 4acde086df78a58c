"""Decides the next step of the dialogue: a tool call, or words with choices.

The order is the order of importance: a person who asks for help, a cancelled transfer, a confirmed
one, questions, small talk, and then the open question. It never says that money moved: code does.
"""

from lola.models.chat import ModelReply
from lola.models.offline.dialogue import answers
from lola.models.offline.dialogue.answers import ANSWERS
from lola.models.offline.dialogue.people import hand_off, person_choices, restricted
from lola.models.offline.dialogue.questions import Question, confirm, gather, question, requote
from lola.models.offline.dialogue.slots import GOAL, arguments, source_currency
from lola.models.offline.dialogue.tracker import is_lost
from lola.models.offline.dialogue.view import ToolNeeded, View

OFFERS_PERSON = frozenset({"security", "card_data", "resend_link", "status"})


def decide(view: View) -> ModelReply:
    """Answer the next step."""
    try:
        return _decide(view)
    except ToolNeeded as needed:
        return ModelReply(calls=needed.calls)


def _decide(view: View) -> ModelReply:
    if not view.offered and not view.now:
        return ModelReply(text=view.voice("small.unavailable"))
    if view.has_finding:
        return _joined(view, [view.voice("trouble.finding")], _open_question(view))
    lead = view.lead
    if lead == "person" or _takes_up_person(view):
        return hand_off(view, "people.reason_asked")
    if view.goal is None and view.offered:
        return restricted(view)
    if lead == "complaint":
        sent = view.says("sent_before", "cancel")
        return hand_off(view, "people.reason_sent" if sent else "people.reason_complaint")
    if view.state.cancelled or lead == "cancel":
        return _cancel(view)
    if (reply := _send(view)) is not None:
        return reply
    if view.says("frustration") and not lead and not view.state.changed:
        return ModelReply(text=view.voice("small.frustration"), choices=person_choices(view))
    return _converse(view, lead)


def _converse(view: View, lead: str) -> ModelReply:
    parts = [_greeting(view, lead)]
    answered = _answered_topic(view, lead)
    if answered:
        parts.append(ANSWERS[answered](view))
    elif _is_lost_in_trade(view):
        parts.append(answers.knowledge(view))
    if any(parts) and parts[-1] == view.voice("answer.unsure"):
        return _joined(view, parts, Question("", person_choices(view)))
    if not answered and (reply := _small_talk(view, parts)) is not None:
        return reply
    if (view.is_busy or view.waits) and (not answered or view.state.changed):
        gather(view)
    parts += _notes(view, answered)
    return _go_on(view, parts, answered)


def _answered_topic(view: View, lead: str) -> str:
    """Which question to answer now: the newest one, or one that waited for a value."""
    if lead in ANSWERS:
        return lead
    wants = view.state.wants
    view.need(*((("get_countries", {}),) if wants and view.facts.countries is None else ()))
    return wants if wants and not view.waits and (view.state.changed or view.now) else ""


def _go_on(view: View, parts: list[str], answered: str) -> ModelReply:
    """Come back to what is open: the summary, the next value, or nothing."""
    if view.is_busy or view.waits:
        if _may_prepare(view, answered):
            return _prepare(view, parts)
        return _joined(view, parts, _open_question(view))
    choices: tuple[str, ...] = ()
    if answered in {"quote", "rate", "banks", "payers", "methods"} or (
        answered == "countries" and view.settled.get("country")
    ):
        start = Question(
            view.voice("ask.start"), (view.voice("choice.start"), view.voice("choice.not_now"))
        )
        return _joined(view, parts, start)
    if answered in OFFERS_PERSON:
        choices = person_choices(view)
    elif answered in {"countries", "rules", "off_topic", "robot", "speaks", "recipients", "how_to"}:
        return _joined(view, parts, Question(view.voice("ask.help"), _menu(view)))
    elif not any(parts):
        return _joined(view, *_lost(view))
    return _joined(view, parts, Question("", choices))


def _open_question(view: View) -> Question:
    """The question that waits for the sender right now."""
    if not view.is_busy and not view.waits:
        return Question(view.voice("ask.help"), _menu(view))
    gather(view)
    if view.slot:
        return question(view, view.slot)
    if view.is_current and view.draft is not None and view.draft.get("status") != "expired":
        return confirm(view)
    return requote(view)


def _may_prepare(view: View, answered: str) -> bool:
    """Whether the transfer is complete and the sender has not seen it like this."""
    if not view.state.goal or (view.state.wants and view.slot):
        return False
    gather(view)
    if view.slot or view.goal is None:
        return False
    expects_words = view.says("no", "wait", "thanks", "goodbye") and not view.state.changed
    if view.state.prepared != arguments(view.settled, view.goal):
        return not expects_words
    agrees = view.says("yes", "confirm", "keep", "send", "repeat", "resend_link")
    return agrees and not answered


def _prepare(view: View, parts: list[str]) -> ModelReply:
    """Put the transfer before the sender; a refusal turns into a question or an apology."""
    tried = view.tried(GOAL)
    if tried is None and view.goal is not None:
        values = arguments(view.settled, view.goal)
        view.call(GOAL, **values)
    if tried is not None and not tried.failed:
        return _joined(view, parts, confirm(view))
    choices = (view.voice("choice.retry"), *person_choices(view)[:1])
    return ModelReply(text=view.voice("trouble.tool"), choices=choices)


def _send(view: View) -> ModelReply | None:
    """Ask for the secure link once the sender's confirmation stands."""
    draft = view.draft
    if draft is None or draft.get("status") != "confirmed" or "send_money" not in view.offered:
        return None
    tried = view.tried("send_money")
    if tried is not None:
        choices = (view.voice("choice.retry"), *person_choices(view)[:1])
        return ModelReply(text=view.voice("trouble.link"), choices=choices)
    again = any(
        item.call.name == "send_money" and item.call.arguments.get("draft_id") == draft["id"]
        for item in view.past
    )
    agrees = view.says("yes", "confirm", "send", "resend_link", "instead")
    if not view.is_current or (again and not agrees):
        return None
    view.call("send_money", draft_id=draft["id"])
    return None


def _cancel(view: View) -> ModelReply:
    tried = view.tried("cancel_transfer")
    if view.draft is not None and tried is None:
        view.need(("cancel_transfer", {}))
    if tried is not None and tried.failed:
        return ModelReply(text=view.voice("trouble.tool"), choices=person_choices(view))
    if tried is not None or view.state.cancelled:
        return ModelReply(text=view.voice("cancel.done"))
    if view.tickets:
        return ModelReply(text=view.voice("cancel.link_out"), choices=person_choices(view))
    return ModelReply(text=view.voice("cancel.nothing"), choices=_menu(view))


def _greeting(view: View, lead: str) -> str:
    if not view.says("greeting") or lead in {"rules", "off_topic"}:
        return ""
    alone = not (lead or view.state.changed or view.says("send", "request", "help"))
    key = "small.greeting" if alone else "small.hello"
    return view.voice(f"{key}_name", name=view.first_name) if view.first_name else view.voice(key)


def _small_talk(view: View, parts: list[str]) -> ModelReply | None:
    """Answer what is only said to be friendly, or to say yes, no or wait."""
    voice, state = view.voice, view.state
    if state.changed or state.refused:
        return None
    if view.says("goodbye") and not view.says("send"):
        return ModelReply(text=voice("small.goodbye_open" if view.is_busy else "small.goodbye"))
    if view.says("wait"):
        return ModelReply(text=voice("small.wait"))
    if view.says("thanks") and not view.says("send"):
        words = [*parts, voice("small.thanks")]
        if view.is_busy:
            return _joined(view, words, _open_question(view))
        return ModelReply(text=_text([*words, voice("small.anything")]))
    if view.says("help") and not view.says("send", "request"):
        parts.append(voice("small.introduction"))
        return _joined(view, parts, _open_question(view))
    if view.says("no") and not state.asked:
        if view.is_busy:
            return _joined(view, [*parts, voice("small.no_open")], _open_question(view))
        return ModelReply(text=voice("small.no"))
    if not view.is_busy and not view.waits:
        if view.says("greeting"):
            return _joined(view, parts, Question(voice("ask.help"), _menu(view)))
        if view.says("yes", "keep"):
            return _joined(view, parts, Question(voice("ask.help"), _menu(view)))
    return None


def _notes(view: View, answered: str) -> list[str]:
    """What has to be said before the open question: refusals, checks that failed, a short ack."""
    trouble = [] if answered else _trouble(view)
    if trouble:
        return trouble
    if view.says("unknown_value") and not view.state.changed:
        return [view.voice("small.unknown_value")]
    if is_lost(view.state) and view.is_busy:
        return [_lost_words(view)]
    return [_ack(view)] if not answered else []


def _trouble(view: View) -> list[str]:
    notes = [answers.refused(view), answers.range_trouble(view)]
    for exchange in view.now:
        refusal = exchange.result.get("code")
        invalid = exchange.result.get("valid") is False
        if refusal == "INVALID_ACCOUNT" or (invalid and exchange.call.name == "validate_bank"):
            notes.append(view.voice("trouble.account"))
        elif invalid and exchange.call.name == "validate_phone":
            notes.append(view.voice("trouble.phone"))
        elif refusal == "UNKNOWN_PAYER":
            notes.append(view.voice("trouble.payer"))
    entry = (view.facts.countries or {}).get(view.settled.get("country"))
    if entry and view.state.values.get("amount") and not view.settled.get("amount"):
        codes = dict.fromkeys((source_currency(entry), str(entry.get("currency", ""))))
        notes.append(
            view.voice(
                "trouble.currency", country=view.country(), currencies=view.voice.listing(codes)
            )
        )
    return list(dict.fromkeys(note for note in notes if note))


def _ack(view: View) -> str:
    changed, voice = view.state.changed, view.voice
    if view.state.corrected:
        return voice("ack.changed")
    if changed & {"recipient_first_name", "recipient_last_name", "recipient_id"}:
        first, last = (view.settled.get(f"recipient_{part}_name") for part in ("first", "last"))
        return voice("ack.recipient", name=f"{first} {last}") if first and last else ""
    if "country" in changed and view.settled.get("country"):
        return voice("ack.country", country=view.country())
    if "payout_method" in changed:
        return voice("ack.method")
    if changed:
        return voice("ack.noted")
    return voice("ack.sending") if view.says("send") and not view.slot.startswith("modify") else ""


def _lost(view: View) -> tuple[list[str], Question]:
    """Start over kindly when there is nothing to go on with."""
    voice = view.voice
    if not any(reading.words for reading in view.state.readings):
        return [], Question(voice("ask.help"), _menu(view))
    if view.says("modify"):
        return [voice("small.correct_me")], Question("", _menu(view))
    return [_lost_words(view), voice("small.introduction")], Question("", _menu(view))


def _lost_words(view: View) -> str:
    if view.state.confused > 1:
        return view.voice("small.lost_again")
    specific = {"payer_id": "small.lost_payer", "amount": "small.lost_amount"}
    return view.voice(specific.get(view.slot, "small.lost"))


def _is_lost_in_trade(view: View) -> bool:
    """Whether a statement about our trade was made that no transfer is waiting for."""
    return (
        not view.is_busy
        and not view.waits
        and not view.state.changed
        and view.says("trade")
        and not view.says("send", "request", "greeting", "thanks", "yes", "no", "help", "keep")
    )


def _takes_up_person(view: View) -> bool:
    offered = {view.voice("choice.person")} & set(view.options_before)
    return bool(offered) and view.says("yes") and len(view.options_before) <= 2


def _menu(view: View) -> tuple[str, ...]:
    names = ["send", "cost", *(["status"] if "get_own_status" in view.offered else [])]
    return tuple(view.voice(f"choice.{name}") for name in names)


def _text(parts: list[str]) -> str:
    return " ".join(part for part in parts if part)


def _joined(view: View, parts: list[str], asked: Question) -> ModelReply:
    """Put the pieces together: short ones on one line, answers in their own paragraph."""
    said = [part for part in parts if part]
    lines: list[str] = []
    for part in (*said, asked.text):
        if not part:
            continue
        if lines and len(lines[-1]) + len(part) < 160 and "\n" not in lines[-1] + part:
            lines[-1] = f"{lines[-1]} {part}"
        else:
            lines.append(part)
    choices = asked.choices
    if view.state.confused > 1 and view.voice("choice.person") not in choices:
        choices = (*choices, *person_choices(view)[:1])
    return ModelReply(text="\n\n".join(lines), choices=tuple(dict.fromkeys(choices)))
