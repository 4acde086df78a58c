"""What one line is mainly about: one intent out of all that the line shows, or none.

An ordered table of rules, the special cases before the general ones. The first rule that applies
decides, so each rule may assume that none above it did.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lola.models.offline.nlu.learned import is_sure
from lola.models.offline.nlu.understanding import Understanding

# Of several intents in one line, the first in this list is the main one.
PRIORITY = (
    "rules", "person", "complaint", "cancel", "verify_me", "sign_up", "add_card", "resend_link",
    "security", "card_data", "repeat",
    "save_person", "edit_person", "request_money", "receipt", "history", "verification", "status",
    "compare", "branches", "how_to", "knowledge", "rate", "limits", "recipients",
    "payment_methods", "quote", "payers", "banks", "methods", "countries", "robot", "speaks",
    "off_topic",
)  # fmt: skip
# Beside the values of a transfer, these are questions only when they are asked as one.
ONLY_ASKED = frozenset({"payers", "banks", "methods", "security", "branches", "compare"})
# A tapped title says these by itself.
TAPPED = ("quote", "history", "status", "verify_me", "sign_up", "add_card")
# Links that are asked for: a question about the same thing is answered and sends none.
LINKS = frozenset({"verify_me", "sign_up", "add_card"})
ABOUT = ("security", "card_data", "verification", "knowledge")
MAX_FOLLOW_UP_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line for the rules. `first` is its first intent by priority, empty when it has none.

    `busy`: a transfer is being prepared, so that loose mentions belong to it.
    """

    meaning: Understanding
    busy: bool
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the table. `intent` may depend on the line; empty means no main intent."""

    name: str
    applies: Callable[[Line], bool]
    intent: str | Callable[[Line], str] = ""


def main_intent(meaning: Understanding, *, busy: bool) -> str:
    """Return what a line is mainly about; empty when it only gives or changes values."""
    line = Line(meaning=meaning, busy=busy, first=first_intent(meaning))
    intent = rule_for(line).intent
    return intent if isinstance(intent, str) else intent(line)


def rule_for(line: Line) -> Rule:
    """Return the first rule that applies; the last one of the table always does."""
    return next(rule for rule in RULES if rule.applies(line))


def first_intent(meaning: Understanding) -> str:
    """Return the intent of a line that is first by priority; empty when it has none."""
    return next((name for name in PRIORITY if name in meaning.intents), "")


def _is_tapped(line: Line) -> bool:
    return bool(line.meaning.choice) and not line.meaning.has("person", "cancel")


def _tapped_intent(line: Line) -> str:
    return next((name for name in TAPPED if line.meaning.has(name)), "")


def _cancels_what_was_sent(line: Line) -> bool:
    return line.first == "cancel" and line.meaning.has("sent_before")


def _asks_limit_over_time(line: Line) -> bool:
    return line.first == "limits" and line.meaning.has("period")


def _asks_about_cancelling(line: Line) -> bool:
    return line.first == "cancel" and line.meaning.question and not line.busy


def _asks_about_link(line: Line) -> bool:
    return line.first in LINKS and line.meaning.question and line.meaning.has(*ABOUT)


def _what_is_asked(line: Line) -> str:
    return next(name for name in ABOUT if line.meaning.has(name))


def _sounds_off_topic(line: Line) -> bool:
    meaning = line.meaning
    ours = meaning.has("trade", "send") or bool(meaning.amount or meaning.name)
    return line.first == "off_topic" and ours


def _names_country_to_send_to(line: Line) -> bool:
    return line.first == "countries" and bool(line.meaning.amount or line.meaning.name)


def _mentions_while_busy(line: Line) -> bool:
    meaning = line.meaning
    given = line.busy or bool(meaning.amount or meaning.name)
    return line.first in ONLY_ASKED and given and not meaning.question


def _has_intent(line: Line) -> bool:
    return bool(line.first)


def _asks_nothing(line: Line) -> bool:
    return not line.meaning.question or line.meaning.has("help")


def _asks_to_change(line: Line) -> bool:
    return line.meaning.has("modify")


def _asks_to_send(line: Line) -> bool:
    meaning = line.meaning
    given = meaning.has("request") or bool(meaning.amount or meaning.name)
    labelled = any(item.label == "send" and is_sure(item) for item in meaning.sentences)
    return meaning.has("send") and (given or labelled)


def _asks_with_a_value(line: Line) -> bool:
    meaning = line.meaning
    given = meaning.amount or meaning.countries or meaning.name or meaning.methods
    return bool(given) and len(meaning.words) <= MAX_FOLLOW_UP_WORDS


def _always(line: Line) -> bool:  # noqa: ARG001 - every rule takes the line
    return True


RULES = (
    Rule(name="tapped", applies=_is_tapped, intent=_tapped_intent),
    Rule(name="cancels_what_was_sent", applies=_cancels_what_was_sent, intent="complaint"),
    Rule(name="limit_over_time", applies=_asks_limit_over_time, intent="knowledge"),
    Rule(name="asks_about_cancelling", applies=_asks_about_cancelling, intent="knowledge"),
    Rule(name="asks_about_a_link", applies=_asks_about_link, intent=_what_is_asked),
    Rule(
        name="sounds_off_topic",
        applies=_sounds_off_topic,
        intent=lambda line: "knowledge" if line.meaning.question else "",
    ),
    Rule(name="country_to_send_to", applies=_names_country_to_send_to),
    Rule(name="mention_while_busy", applies=_mentions_while_busy),
    Rule(name="first_intent", applies=_has_intent, intent=lambda line: line.first),
    Rule(name="no_question", applies=_asks_nothing),
    Rule(
        name="asks_to_change",
        applies=_asks_to_change,
        intent=lambda line: "" if line.busy else "knowledge",
    ),
    Rule(name="asks_to_send", applies=_asks_to_send),
    Rule(name="follows_up_with_a_value", applies=_asks_with_a_value),
    Rule(name="any_other_question", applies=_always, intent="knowledge"),
)
