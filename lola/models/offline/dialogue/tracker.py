"""Replays a transcript into the dialogue's state: what was said, asked, prepared and dropped.

It reads the sender's messages with the options that were before them, and the results of the
tools that change what holds. It decides nothing about the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lola.domain.messages import JsonObject
from lola.models.chat import AssistantMessage, ModelMessage, ToolCall, ToolMessage, UserMessage
from lola.models.offline.dialogue.facts import Exchange, Facts
from lola.models.offline.dialogue.form_goals import ERRANDS
from lola.models.offline.dialogue.slots import (
    NEEDED_FOR,
    Goal,
    Settled,
    State,
    arguments,
    open_slot,
    settle,
)
from lola.models.offline.dialogue.updates import EVERYTHING, PERSON, take_over, without
from lola.models.offline.nlu.reading import Reading, read

LEADS = (
    "rules", "person", "complaint", "cancel", "resend_link", "security", "card_data", "repeat",
    "save_person", "edit_person", "request_money", "receipt", "history", "verification", "status",
    "compare", "branches", "how_to", "knowledge", "rate", "limits", "recipients",
    "payment_methods", "quote", "payers", "banks", "methods", "countries", "robot", "speaks",
    "off_topic",
)  # fmt: skip
TAKES_NO_VALUES = frozenset(
    {"rules", "person", "complaint", "security", "card_data", "status", "how_to", "knowledge",
     "repeat", "recipients", "payment_methods", "robot", "speaks", "off_topic", "resend_link",
     "receipt", "history", "verification"}
)  # fmt: skip
# A question names where and how much; it chooses nobody and no bank.
SCOPES = {
    "quote": frozenset({"country", "amount", "payout_method"}),
    "compare": frozenset({"country", "amount"}),
    "branches": frozenset({"country"}),
    "rate": frozenset({"country"}),
    "countries": frozenset({"country"}),
    "limits": frozenset({"country"}),
    "banks": frozenset({"country"}),
    "payers": frozenset({"country"}),
    "methods": frozenset({"country"}),
}
# Said alone and out of the blue, these are talk about the service and no transfer.
LOOSE = frozenset({"payout_method", "payer_id", "account", "recipient_phone"})
PRICED = frozenset({"country", "amount", "amount_currency", "payout_method"})
VOIDED_BY = {
    "AMOUNT_OUT_OF_RANGE": ("amount",),
    "INVALID_ACCOUNT": ("account",),
    "ALREADY_SAVED": ("recipient_phone",),
    "INVALID_PHONE": ("recipient_phone",),
    "UNKNOWN_PAYER": ("payer_id",),
    "UNKNOWN_PAYOUT_METHOD": ("payout_method", "payer_id", "account"),
}
# While a transfer is prepared, these are questions only when they are asked as one.
ONLY_ASKED = frozenset({"payers", "banks", "methods", "security", "branches", "compare"})
LINES_KEPT = 6
SHORT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A line with what it is heard against: the open question, the options, what held before."""

    reading: Reading
    expected: str
    options: Sequence[str]
    before: Settled


def lead_of(reading: Reading, *, busy: bool) -> str:
    """Answer what a line is mainly about; empty when it only gives or changes values.

    `busy`: a transfer is being prepared, so that loose mentions belong to it.
    """
    if reading.choice and not reading.has("person", "cancel"):
        return next((name for name in ("quote", "history", "status") if reading.has(name)), "")
    found = next((name for name in LEADS if name in reading.intents), "")
    gives = bool(reading.amount or reading.countries or reading.name)
    if found == "cancel" and reading.has("sent_before"):
        return "complaint"
    about_time = found == "limits" and reading.has("period")
    if about_time or (found == "cancel" and reading.question and not busy):
        return "knowledge"
    if found == "off_topic" and (reading.has("trade", "send") or reading.amount or reading.name):
        return "knowledge" if reading.question else ""
    if found == "countries" and (reading.amount or reading.name):
        return ""
    if found in ONLY_ASKED and busy and not reading.question:
        return ""
    if found or not reading.question or reading.has("help"):
        return found
    if reading.has("modify"):
        return "" if busy else "knowledge"
    if reading.has("send") and (reading.has("request") or reading.amount or reading.name):
        return ""
    follows_up = gives or reading.methods
    return "" if follows_up and len(reading.words) <= 6 else "knowledge"


def replay(
    messages: Sequence[ModelMessage],
    goal: Goal | None,
    facts: Facts,
    draft: JsonObject | None,
    *,
    has_errands: bool = False,
) -> State:
    """Answer the state after the whole transcript. Without `has_errands` none is ever taken up."""
    state = State()
    options: tuple[str, ...] = ()
    calls: dict[str, ToolCall] = {}
    newest = max(
        (at for at, item in enumerate(messages) if isinstance(item, UserMessage)), default=0
    )
    for position, message in enumerate(messages):
        is_new = state.prepared is None and not state.values
        if position == newest and draft is not None and is_new:
            state = _from_draft(draft, goal, facts)
        match message:
            case UserMessage(text=text):
                state = hear(state, text, options, goal, facts, has_errands=has_errands)
                options = ()
            case AssistantMessage():
                calls = {call.id: call for call in message.calls}
                options = message.options or options
            case ToolMessage(call_id=call_id, name=name, result=result):
                call = calls.get(call_id) or ToolCall(id=call_id, name=name)
                state = _observe(state, Exchange(call=call, result=result), goal, facts)
    return state


def hear(
    state: State,
    text: str,
    options: Sequence[str],
    goal: Goal | None,
    facts: Facts,
    *,
    has_errands: bool = False,
) -> State:
    """Answer the state after one message; a burst of several lines is heard line by line."""
    settled = settle(state, facts)
    answered = state.wants and all(settled.get(name) for name in NEEDED_FOR.get(state.wants, ()))
    state = replace(
        state,
        wants="" if answered else state.wants,
        topic=state.wants if answered else state.topic,
        readings=(),
        changed=frozenset(),
        corrected=False,
        refused="",
        cancelled=False,
    )
    for line in filter(None, map(str.strip, text.splitlines())):
        before = settled if not state.readings else settle(state, facts)
        expected = open_slot(state, before, goal, facts)
        reading = read(line, expected=expected, options=tuple(options))
        state = replace(state, readings=(*state.readings, reading))
        if has_errands and (taken := take_up(state, reading)) is not state:
            state, before = taken, settle(taken, facts)
            expected = open_slot(state, before, goal, facts)
        heard = Heard(reading=reading, expected=expected, options=options, before=before)
        state = _hear_line(state, heard, goal, facts)
    return _remember(state, facts)


def take_up(state: State, reading: Reading) -> State:
    """Begin an errand that the line asks for, or end one: declined, or left for a transfer."""
    wanted = lead_of(reading, busy=state.goal)
    if wanted in ERRANDS and wanted != state.errand:
        is_new = wanted == "save_person"
        return State(readings=state.readings, errand=wanted, new_recipient=is_new)
    if state.proposed and reading.has("no"):
        return State(readings=state.readings)
    if state.errand and reading.has("send") and not wanted:
        return replace(state, errand="", proposed=False)
    return state


def is_lost(state: State) -> bool:
    """Whether nothing in the newest message was understood."""
    return bool(state.readings) and not (
        state.changed
        or state.refused
        or state.cancelled
        or any(
            reading.relation
            or reading.choice
            or (state.asked and reading.item)
            or (reading.methods and state.values.get("payer_id"))
            for reading in state.readings
        )
        or any(reading.intents - {"trade", "sent_before"} for reading in state.readings)
        or any(lead_of(reading, busy=state.goal) for reading in state.readings)
    )


def _hear_line(state: State, heard: Heard, goal: Goal | None, facts: Facts) -> State:
    reading, expected = heard.reading, heard.expected
    before = heard.before
    busy = state.goal or state.prepared is not None
    lead = lead_of(reading, busy=busy)
    if lead == "cancel":
        had = busy or bool(state.errand or state.values)
        return State(readings=state.readings, cancelled=had)
    if lead in TAKES_NO_VALUES:
        return state
    if reading.has("someone_else"):
        state = replace(without(state, PERSON), new_recipient=True, goal=True, asked="")
        before = settle(state, facts)
    scope = SCOPES.get(lead, EVERYTHING)
    taken = take_over(state, reading, expected, facts, goal, before=before, scope=scope)
    loose = taken.changed and not taken.changed - LOOSE
    if loose and not (busy or lead or expected or state.topic or reading.has("send")):
        return state
    state = taken
    if state.errand:
        return state
    if lead:
        return _question(state, lead)
    state = _change(state, reading, before, busy=busy)
    return _start(state, reading, heard.options)


def _question(state: State, lead: str) -> State:
    """A question that needs values waits for them; the transfer stays as it was."""
    return replace(state, wants=lead) if lead in NEEDED_FOR else replace(state, wants="")


def _change(state: State, reading: Reading, before: Settled, *, busy: bool) -> State:
    """Note which value the sender wants to change, when they did not say the new one."""
    if state.changed:
        return replace(state, asked="")
    if state.asked and reading.has("keep", "no") and not reading.item:
        return replace(state, asked="")
    names_part = state.prepared is not None and bool(reading.item) and len(reading.words) <= SHORT
    wants_change = reading.has("modify") or state.asked == "modify" or names_part
    if busy and reading.has("another_account"):
        # The person stays, but no longer as a saved one: their saved account is not wanted.
        kept = {**state.values, **before.values}
        kept.pop("recipient_id", None)
        return replace(state, values=kept, asked="account", new_recipient=True)
    if wants_change and not reading.has("keep") and (busy or state.values.get(reading.item)):
        return replace(state, asked=reading.item or "modify")
    return state


def _start(state: State, reading: Reading, options: Sequence[str]) -> State:
    """Begin the transfer when it is asked for, or when values are given outside a question."""
    if state.goal:
        return state
    if state.wants and not reading.has("send", "request"):
        return state
    asks_more = reading.question or not reading.has("send")
    same_question = state.changed and state.changed <= PRICED
    follows_up = bool(state.topic and same_question) and asks_more and not reading.has("request")
    if follows_up:
        return replace(state, wants=state.topic)
    agreed = reading.has("yes", "confirm") and bool(options)
    asked_for = reading.has("send") or (reading.has("request") and bool(state.changed))
    given = bool(state.changed or (state.topic and reading.relation)) and not reading.question
    if agreed or asked_for or given:
        return replace(state, goal=True, wants="")
    return state


def _remember(state: State, facts: Facts) -> State:
    """Keep what was settled about the destination, and the last lines for names heard early."""
    said = tuple(
        reading.words for reading in state.readings if not reading.question and reading.words
    )
    state = replace(state, lines=(*state.lines, *said)[-LINES_KEPT:])
    settled = settle(state, facts)
    kept = dict(state.values)
    if settled.get("payer_id") and not settled.covered:
        kept["payer_id"] = settled.get("payer_id")
    confused = state.confused + 1 if is_lost(state) else 0
    return replace(state, values=kept, confused=confused)


def _observe(state: State, exchange: Exchange, goal: Goal | None, facts: Facts) -> State:
    code = str(exchange.result.get("code", ""))
    match exchange.call.name:
        case "send_money" | "cancel_transfer" | "carry_out" if not exchange.failed:
            return State(readings=state.readings)
        case "add_recipient" | "edit_recipient" | "request_money" if exchange.failed:
            return replace(without(state, VOIDED_BY.get(code, ())), proposed=False)
        case "add_recipient" | "edit_recipient" | "request_money":
            return replace(state, proposed=True)
        case "prepare_transfer" if exchange.failed:
            missing = tuple(str(name) for name in exchange.result.get("missing", ()))
            lines = () if code == "UNKNOWN_PAYER" else state.lines
            return replace(without(state, VOIDED_BY.get(code, ())), missing=missing, lines=lines)
        case "prepare_transfer":
            settled = settle(state, facts)
            done = arguments(settled, goal) if goal is not None else dict(exchange.call.arguments)
            return replace(state, prepared=done, goal=True, wants="", asked="", missing=())
        case "pre_quote" if exchange.failed:
            return without(state, VOIDED_BY.get(code, ()))
        case _:
            return state


def _from_draft(draft: JsonObject, goal: Goal | None, facts: Facts) -> State:
    """Take up a draft whose preparation lies before the transcript."""
    terms = {name: str(value) for name, value in draft.get("terms", {}).items() if value}
    if terms.get("recipient_id"):
        # The account of a saved person is a masked hint; only the tool knows the real one.
        for name in ("account", "payer_id"):
            terms.pop(name, None)
    state = State(values=terms, goal=True)
    settled = settle(state, facts)
    return replace(state, prepared=arguments(settled, goal) if goal is not None else terms)
