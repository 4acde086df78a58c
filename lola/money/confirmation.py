"""Reading a sender's confirmation: by code, from their own later message, for one exact digest.

No model takes part. A tap carries the draft and its digest; words count only when they came in
after the summary was shown and are the whole message. What is unclear confirms nothing.
"""

from dataclasses import dataclass
from typing import Literal

from lola.domain.messages import ChoiceContent, Inbound, Option, TextContent
from lola.domain.transfer import Draft
from lola.domain.turn import Turn
from lola.text.folding import fold
from lola.text.wording import Wording

Action = Literal["confirm", "modify", "cancel"]

PREFIX = "draft"
DIGEST_LENGTH = 16

# Whole messages that approve what is on the screen. Anything longer goes to the agent.
APPROVALS = frozenset(
    {
        "confirmar", "confirmo", "confirmado", "si", "si confirmo", "si confirmar", "acepto",
        "de acuerdo", "si esta bien", "esta bien", "correcto", "si correcto", "es correcto",
        "confirm", "i confirm", "confirmed", "yes", "yes confirm", "yes i confirm", "agreed",
        "i agree", "correct", "yes correct", "that is correct",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the sender decided about the open draft; `stale` when it is not (or no longer) open."""

    action: Action
    stale: bool = False


CONFIRM = Decision(action="confirm")


def options_for(draft: Draft, wording: Wording, language: str) -> tuple[Option, ...]:
    """The three buttons under a summary. Their ids bind the tap to this draft and digest."""
    seal = f"{draft.id}:{draft.digest[:DIGEST_LENGTH]}"
    return tuple(
        Option(id=f"{PREFIX}:{action}:{seal}", title=wording(f"money.{action}", language))
        for action in ("confirm", "modify", "cancel")
    )


def read_decision(turn: Turn) -> Decision | None:
    """Answer what the burst decides about the draft, or None when it is about something else.

    A burst decides only when each of its messages says the same.
    """
    decisions = {_decision(message, turn) for message in turn.inbound}
    return decisions.pop() if len(decisions) == 1 else None


def _decision(message: Inbound, turn: Turn) -> Decision | None:
    draft = turn.session.draft
    match message.content:
        case ChoiceContent(id=id) if id.startswith(f"{PREFIX}:"):
            return _tapped(id, draft)
        case TextContent(text=text) if fold(text) in APPROVALS and draft is not None:
            # Words said before the summary was on the screen cannot have meant it; a yes to
            # another question does not mean it either.
            said_after = turn.accepted_at > draft.created_at
            is_asked = any(_tapped(option.id, draft) == CONFIRM for option in turn.session.offered)
            return CONFIRM if said_after and is_asked else None
        case _:
            return None


def _tapped(option_id: str, draft: Draft | None) -> Decision | None:
    match option_id.split(":"):
        case [_, ("confirm" | "modify" | "cancel") as action, draft_id, seal]:
            matches = (
                draft is not None and draft.id == draft_id and draft.digest[:DIGEST_LENGTH] == seal
            )
            return Decision(action=action, stale=not matches)
        case _:
            return None
