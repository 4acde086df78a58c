"""The sender's yes: buttons bound to one exact action, and the one reader of the decision.

It serves every action that needs the sender's approval (`lola.domain.approval`). No model takes
part. A tap counts for the digest in its button's id; text counts only when it is a whole message,
sent after the summary was shown, while the summary's buttons are the newest thing on offer.
Anything else decides nothing and goes to the agent.
"""

from dataclasses import dataclass
from typing import Literal

from lola.domain.approval import TRANSFER, Approval
from lola.domain.messages import ChoiceContent, Inbound, Option, TextContent
from lola.domain.session import Session
from lola.domain.turn import Turn
from lola.text.folding import fold
from lola.text.wording import Wording

Action = Literal["confirm", "modify", "cancel"]

PREFIX = "draft"
SEAL_LENGTH = 16

TRANSFER_BUTTONS: dict[str, Action] = {
    f"{PREFIX}:confirm": "confirm",
    f"{PREFIX}:modify": "modify",
    f"{PREFIX}:cancel": "cancel",
}
OTHER_BUTTONS: dict[str, Action] = {"proposal:yes": "confirm", "proposal:no": "cancel"}
"""How the ids of the buttons begin. Buttons stay in chats for years: these never change."""

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
    """What the sender decided; `stale` when it is about an action that is not open (any more)."""

    action: Action
    is_transfer: bool
    stale: bool = False


def reads_as_yes(text: str) -> bool:
    """Return whether a whole message can only mean yes. A longer one goes to the agent."""
    return fold(text) in APPROVALS


def open_approval(session: Session) -> Approval | None:
    """Return the one action that waits for the sender's yes: the open draft, or another."""
    if session.draft is not None:
        return session.draft.approval
    approval = session.approval
    return approval if approval is not None and approval.is_intact() else None


def options_for(approval: Approval, wording: Wording, language: str) -> tuple[Option, ...]:
    """Return the buttons under a summary. Their ids bind the tap to this action and its digest."""
    room = "money" if approval.kind == TRANSFER else "approvals"
    return tuple(
        Option(id=id_, title=wording(f"{room}.{id_.split(':')[1]}", language))
        for id_ in _buttons(approval)
    )


def read_decision(turn: Turn) -> Decision | None:
    """Return what the burst decides about the open action, or None when it is about another thing.

    A burst decides only when each of its messages says the same.
    """
    approval = open_approval(turn.session)
    decisions = {_decision(message, turn, approval) for message in turn.inbound}
    return decisions.pop() if len(decisions) == 1 else None


def _decision(message: Inbound, turn: Turn, approval: Approval | None) -> Decision | None:
    match message.content:
        case ChoiceContent(id=id_):
            decision = _tapped(id_, approval)
            # "1" is read as a tap too, also one that was sent before there was anything to tap.
            is_early = approval is not None and turn.accepted_at < approval.shown_at
            return None if decision and is_early and not decision.stale else decision
        case TextContent(text=text) if approval is not None and reads_as_yes(text):
            # A yes sent before the summary was shown, or to another question, does not mean it.
            is_later = turn.accepted_at > approval.shown_at
            yes = next(id_ for id_, action in _buttons(approval).items() if action == "confirm")
            is_asked = any(option.id == yes for option in turn.session.offered)
            return _tapped(yes, approval) if is_later and is_asked else None
        case _:
            return None


def _tapped(option_id: str, approval: Approval | None) -> Decision | None:
    button = ":".join(option_id.split(":")[:2])
    is_transfer = button in TRANSFER_BUTTONS
    action = TRANSFER_BUTTONS.get(button) or OTHER_BUTTONS.get(button)
    if action is None:
        return None
    stale = approval is None or option_id not in _buttons(approval)
    return Decision(action=action, is_transfer=is_transfer, stale=stale)


def _buttons(approval: Approval) -> dict[str, Action]:
    """Return the button ids of an action, and what each of them means."""
    seal = approval.digest[:SEAL_LENGTH]
    if approval.kind == TRANSFER:
        return {f"{key}:{approval.id}:{seal}": action for key, action in TRANSFER_BUTTONS.items()}
    return {f"{key}:{seal}": action for key, action in OTHER_BUTTONS.items()}
