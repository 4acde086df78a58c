"""Reads what one message asks for about consent: a tap, a carrier's word, or the sender's text."""

from dataclasses import dataclass
from typing import Literal

from lola.consent import read
from lola.consent.store import How
from lola.domain.messages import ChoiceContent, Inbound, MediaContent, TextContent
from lola.domain.turn import Turn
from lola.text import assent

STOP = "consent:stop"
KEEP = "consent:keep"
START = "consent:start"
STAY_OUT = "consent:stay_out"
_TAPS: dict[str, "Action"] = {STOP: "stop", KEEP: "keep", START: "start", STAY_OUT: "stay_out"}

Action = Literal[
    "stop", "ask", "cancel", "keep", "start", "stay_out", "help", "wrong_number"
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """What one message of the burst asks for, and how it was said."""

    action: Action
    message: Inbound
    how: How = "keyword"
    language: str = ""


def request_in(message: Inbound, turn: Turn) -> ConsentRequest | None:
    """Return what a message asks for, or None when it is about something else."""
    if message.carrier:
        return ConsentRequest(action=message.carrier, message=message, how="carrier")
    match message.content:
        case ChoiceContent(id=id_) if id_ in _TAPS:
            return ConsentRequest(action=_TAPS[id_], message=message, how="button")
        # A template's quick reply has an id that we did not choose; its title says what it means.
        case ChoiceContent(title=text) if (found := _read(text, message)) and found.action in {
            "stop",
            "start",
        }:
            return found
        case TextContent(text=text) | MediaContent(caption=text):
            return _reply_to_question(text, message, turn) or _read(text, message)
        case _:
            return None


def _reply_to_question(text: str, message: Inbound, turn: Turn) -> ConsentRequest | None:
    """Read a yes or no, or the doubtful word again, as the reply to our open question."""
    offered = tuple(option.id for option in turn.session.offered)
    if not offered or offered[0] not in {STOP, START}:
        return None
    said = assent.read(text)
    wish = read(text)
    insists = offered[0] == STOP and wish is not None and wish.kind in {"stop", "cancel"}
    if said == "yes" or insists:
        return ConsentRequest(action=_TAPS[offered[0]], message=message, how="button")
    if said == "no":
        return ConsentRequest(action=_TAPS[offered[1]], message=message, how="button")
    return None


def _read(text: str, message: Inbound) -> ConsentRequest | None:
    wish = read(text)
    if wish is None:
        return None
    action: Action = "ask" if wish.kind == "stop" and not wish.sure else wish.kind
    return ConsentRequest(action=action, message=message, how=wish.how, language=wish.language)
