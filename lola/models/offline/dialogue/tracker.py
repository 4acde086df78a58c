"""Replays a transcript into the dialogue's state: what was said, asked, prepared and dropped.

Reads the sender's messages with the options that were offered before them, and the results of the
tools that change the state. It never decides what to reply.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lola.domain.messages import JsonObject
from lola.models.chat import AssistantMessage, ModelMessage, ToolCall, ToolMessage, UserMessage
from lola.models.offline.dialogue.checkpoints import Checkpoints, EarlierTurn, earlier_turns
from lola.models.offline.dialogue.corrections import is_correction
from lola.models.offline.dialogue.facts import UNKNOWN_METHOD, Exchange, Facts, exchanges
from lola.models.offline.dialogue.form_goals import FORMS
from lola.models.offline.dialogue.main_intent import main_intent
from lola.models.offline.dialogue.recipient_updates import PERSON
from lola.models.offline.dialogue.slots import (
    NEEDED_FOR,
    Goal,
    Settled,
    State,
    arguments,
    open_slot,
    settle,
)
from lola.models.offline.dialogue.update import without
from lola.models.offline.dialogue.updates import EVERYTHING, apply_update
from lola.models.offline.nlu.reader import clauses, understand
from lola.models.offline.nlu.understanding import Understanding

TAKES_NO_VALUES = frozenset(
    {"rules", "person", "complaint", "security", "card_data", "status", "how_to", "knowledge",
     "repeat", "recipients", "payment_methods", "robot", "speaks", "off_topic", "resend_link",
     "receipt", "history", "verification", "verify_me", "sign_up", "add_card"}
)  # fmt: skip
# A question may name a country and an amount; it chooses no person and no bank.
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
# Said alone, with nothing asked, these are talk about the service and begin no transfer.
LOOSE = frozenset({"payout_method", "payer_id", "account", "recipient_phone"})
PRICED = frozenset({"country", "amount", "amount_currency", "payout_method"})
VOIDED_BY = {
    "AMOUNT_OUT_OF_RANGE": ("amount",),
    "INVALID_ACCOUNT": ("account",),
    "BANK_ACCOUNT_MISMATCH": ("account",),
    "ALREADY_SAVED": ("recipient_phone",),
    "INVALID_PHONE": ("recipient_phone",),
    "UNKNOWN_PAYER": ("payer_id",),
    UNKNOWN_METHOD: ("payout_method", "payer_id", "account"),
}
SAID_AGAIN = frozenset({"UNKNOWN_ORIGIN", "NAME_TOO_LONG"})
"""Refusals that name the arguments which the sender is to write again."""
MAX_LINES_KEPT = 6
MAX_PART_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInContext:
    """A line that was read, with the open question, the options and the values before it."""

    meaning: Understanding
    expected: str
    options: Sequence[str]
    before: Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the meaning of a transcript depends on besides its messages."""

    goal: Goal | None
    has_forms: bool

    @property
    def as_json(self) -> object:
        """Return the same as plain JSON."""
        goal = self.goal
        return self.has_forms, goal and (goal.required, dict(goal.properties))


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The state after some messages, the options last offered, and what was known by then."""

    state: State = field(default_factory=State)
    options: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)


def replay(
    messages: Sequence[ModelMessage],
    goal: Goal | None,
    facts: Facts,
    draft: JsonObject | None,
    *,
    linked: JsonObject | None = None,
    has_forms: bool = False,
    kept: Checkpoints[Played] | None = None,
) -> State:
    """Return the state after the whole transcript. Without `has_forms` no form is ever begun.

    Each earlier turn is read with what was known at its end, and only once while it is `kept`.
    `linked` is the transfer whose secure link is out, which the newest message may correct.
    """
    rules = Rules(goal=goal, has_forms=has_forms)
    earlier, newest = earlier_turns(messages, rules.as_json)
    before = _after(earlier, rules, Checkpoints() if kept is None else kept)
    state = before.state
    opening = next((item.text for item in newest if isinstance(item, UserMessage)), "")
    if draft is not None and state.prepared is None and not state.values:
        state = _from_draft(draft, goal, facts)
    elif linked is not None and not state.goal and is_correction(opening, linked["terms"]):
        state = _from_draft(linked, goal, facts)
    return _play(replace(before, state=state, facts=facts), newest, rules).state


def _after(turns: Sequence[EarlierTurn], rules: Rules, kept: Checkpoints[Played]) -> Played:
    """Return what the earlier turns came to, starting from the last one that is still kept."""
    played, unread = Played(), turns
    for at in range(len(turns), 0, -1):
        if (found := kept.get(turns[at - 1].key)) is not None:
            played, unread = found, turns[at:]
            break
    for turn in unread:
        facts = played.facts.copy()
        for exchange in exchanges(turn.messages):
            facts.learn(exchange)
        played = _play(replace(played, facts=facts), turn.messages, rules)
        kept.keep(turn.key, played)
    return played


def _play(before: Played, messages: Sequence[ModelMessage], rules: Rules) -> Played:
    """Return the state after one more turn."""
    state, options, facts, goal = before.state, before.options, before.facts, rules.goal
    calls: dict[str, ToolCall] = {}
    for message in messages:
        match message:
            case UserMessage(text=text):
                state = apply_message(state, text, options, goal, facts, has_forms=rules.has_forms)
                options = ()
            case AssistantMessage():
                calls = {call.id: call for call in message.calls}
                options = message.options or options
            case ToolMessage(call_id=call_id, name=name, result=result):
                call = calls.get(call_id) or ToolCall(id=call_id, name=name)
                state = _apply_result(state, Exchange(call=call, result=result), goal, facts)
    return Played(state=state, options=options, facts=facts)


def apply_message(
    state: State,
    text: str,
    options: Sequence[str],
    goal: Goal | None,
    facts: Facts,
    *,
    has_forms: bool = False,
) -> State:
    """Return the state after one message; a burst of several lines is applied line by line."""
    settled = settle(state, facts)
    answered = state.wants and all(settled.get(name) for name in NEEDED_FOR.get(state.wants, ()))
    state = replace(
        state,
        wants="" if answered else state.wants,
        topic=state.wants if answered else state.topic,
        meanings=(),
        changed=frozenset(),
        corrected=False,
        refused="",
        cancelled=False,
    )
    lines = filter(None, map(str.strip, text.splitlines()))
    for text_line in (part for line in lines for part in clauses(line)):
        before = settled if not state.meanings else settle(state, facts)
        expected = open_slot(state, before, goal, facts)
        meaning = understand(text_line, expected=expected, options=tuple(options))
        state = replace(state, meanings=(*state.meanings, meaning))
        if has_forms and (switched := begin_or_end_form(state, meaning)) is not state:
            state, before = switched, settle(switched, facts)
            expected = open_slot(state, before, goal, facts)
        line = LineInContext(meaning=meaning, expected=expected, options=options, before=before)
        state = _apply_line(state, line, goal, facts)
    return _remember(state, facts)


def begin_or_end_form(state: State, meaning: Understanding) -> State:
    """Begin the form that the line asks for, or end one that was declined or left to send money."""
    wanted = main_intent(meaning, busy=state.goal)
    if wanted in FORMS and wanted != state.form:
        is_new = wanted == "save_person"
        return State(meanings=state.meanings, form=wanted, new_recipient=is_new)
    if state.proposed and meaning.has("no"):
        return State(meanings=state.meanings)
    if state.form and meaning.has("send") and not wanted:
        return replace(state, form="", proposed=False)
    return state


def is_lost(state: State) -> bool:
    """Return whether nothing in the newest message was understood."""
    return bool(state.meanings) and not (
        state.changed
        or state.refused
        or state.cancelled
        or any(
            meaning.relation
            or meaning.choice
            or (state.asked and meaning.item)
            or (meaning.methods and state.values.get("payer_id"))
            for meaning in state.meanings
        )
        or any(meaning.intents - {"trade", "sent_before"} for meaning in state.meanings)
        or any(main_intent(meaning, busy=state.goal) for meaning in state.meanings)
    )


def _apply_line(state: State, line: LineInContext, goal: Goal | None, facts: Facts) -> State:
    meaning, expected, before = line.meaning, line.expected, line.before
    busy = state.goal or state.prepared is not None
    intent = main_intent(meaning, busy=busy)
    if intent == "cancel":
        had = busy or bool(state.form or state.values)
        return State(meanings=state.meanings, cancelled=had)
    if intent in TAKES_NO_VALUES:
        return state
    if meaning.has("someone_else"):
        state = replace(without(state, PERSON), new_recipient=True, goal=True, asked="")
        before = settle(state, facts)
    scope = SCOPES.get(intent, EVERYTHING)
    updated = apply_update(state, meaning, expected, facts, goal, before=before, scope=scope)
    loose = updated.changed and not updated.changed - LOOSE
    if loose and not (busy or intent or expected or state.topic or meaning.has("send")):
        return state
    if updated.form:
        return updated
    if intent:
        return _question(updated, intent)
    if updated.wants and expected in updated.changed <= PRICED:
        return updated
    return _start(_change(updated, meaning, before, busy=busy), meaning, line.options)


def _question(state: State, intent: str) -> State:
    """Note a question that needs values; the transfer stays as it was."""
    return replace(state, wants=intent if intent in NEEDED_FOR else "")


def _change(state: State, meaning: Understanding, before: Settled, *, busy: bool) -> State:
    """Note which value the sender wants to change, when they did not say the new one."""
    if state.changed or state.refused or meaning.name is not None:
        return replace(state, asked="")
    if state.asked and meaning.has("keep", "no") and not meaning.item:
        return replace(state, asked="")
    names_part = state.prepared is not None and bool(meaning.item)
    names_part = names_part and len(meaning.words) <= MAX_PART_WORDS
    wants_change = meaning.has("modify") or state.asked == "modify" or names_part
    if busy and meaning.has("another_account"):
        # The person stays, but no longer as a saved one: their saved account is not wanted.
        kept = {**state.values, **before.values}
        kept.pop("recipient_id", None)
        return replace(state, values=kept, asked="account", new_recipient=True)
    if wants_change and not meaning.has("keep") and (busy or state.values.get(meaning.item)):
        return replace(state, asked=meaning.item or "modify")
    return state


def _start(state: State, meaning: Understanding, options: Sequence[str]) -> State:
    """Begin the transfer when it is asked for, or when values are given outside a question."""
    if state.goal:
        return state
    if state.wants and not meaning.has("send", "request"):
        return state
    asks_more = meaning.question or not meaning.has("send")
    same_question = state.changed and state.changed <= PRICED
    follows_up = bool(state.topic and same_question) and asks_more and not meaning.has("request")
    if follows_up:
        return replace(state, wants=state.topic)
    agreed = meaning.has("yes", "confirm") and bool(options)
    asked_for = meaning.has("send") or (meaning.has("request") and bool(state.changed))
    given = bool(state.changed or (state.topic and meaning.relation)) and not meaning.question
    if agreed or asked_for or given:
        return replace(state, goal=True, wants="")
    return state


def _remember(state: State, facts: Facts) -> State:
    """Keep what was settled about the destination, and the last lines for names given early."""
    said = tuple(
        meaning.words for meaning in state.meanings if not meaning.question and meaning.words
    )
    state = replace(state, lines=(*state.lines, *said)[-MAX_LINES_KEPT:])
    settled = settle(state, facts)
    kept = dict(state.values)
    # A bank that only the account names goes with the account.
    if settled.get("payer_id") and not (settled.covered or settled.bank_from_account):
        kept["payer_id"] = settled.get("payer_id")
        kept["payout_method"] = settled.get("payout_method")
    confused = state.confused + 1 if is_lost(state) else 0
    return replace(state, values=kept, confused=confused)


def _apply_result(state: State, exchange: Exchange, goal: Goal | None, facts: Facts) -> State:
    code = str(exchange.result.get("code", ""))
    match exchange.call.name:
        case "send_money" | "cancel_transfer" | "carry_out" if not exchange.failed:
            return State(meanings=state.meanings)
        case "add_recipient" | "edit_recipient" | "request_money" if exchange.failed:
            return replace(without(state, VOIDED_BY.get(code, ())), proposed=False)
        case "add_recipient" | "edit_recipient" | "request_money":
            return replace(state, proposed=True)
        case "prepare_transfer" if exchange.failed and code in SAID_AGAIN:
            return without(state, map(str, exchange.result.get("arguments", ())))
        case "prepare_transfer" if exchange.failed:
            missing = tuple(str(name) for name in exchange.result.get("missing", ()))
            lines = () if code == "UNKNOWN_PAYER" else state.lines
            method = str(exchange.call.arguments.get("payout_method", ""))
            return replace(
                without(state, VOIDED_BY.get(code, ())),
                missing=missing,
                lines=lines,
                refused=method if code == UNKNOWN_METHOD else state.refused,
            )
        case "prepare_transfer":
            settled = settle(state, facts)
            done = arguments(settled, goal) if goal is not None else dict(exchange.call.arguments)
            if done != exchange.call.arguments:
                # A correction of what was linked: the transcript alone does not hold all of it.
                given = {name: str(value) for name, value in exchange.call.arguments.items()}
                state = replace(state, values={**state.values, **given})
                done = arguments(settle(state, facts), goal) if goal is not None else given
            return replace(state, prepared=done, goal=True, wants="", asked="", missing=())
        case "pre_quote" if exchange.failed:
            return without(state, VOIDED_BY.get(code, ()))
        case _:
            return state


def _from_draft(draft: JsonObject, goal: Goal | None, facts: Facts) -> State:
    """Return the state of a draft that was prepared before the transcript begins."""
    terms = {name: str(value) for name, value in draft.get("terms", {}).items() if value}
    if terms.get("recipient_id"):
        # The account of a saved person is a masked hint; only the tool knows the real one.
        for name in ("account", "payer_id"):
            terms.pop(name, None)
    state = State(values=terms, goal=True)
    settled = settle(state, facts)
    return replace(state, prepared=arguments(settled, goal) if goal is not None else terms)
