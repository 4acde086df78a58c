"""The sender's yes: buttons bound to one exact action, and the one reader of the decision.

It serves every action that needs the sender's approval (`lola.domain.approval`). No model takes
part. A tap counts for the digest in its button's id; text counts only when `lola.text.assent` reads
the whole message, sent after the summary was shown, while the summary's buttons are the newest
thing on offer. A doubt and a spoken yes are asked about; anything else decides nothing and goes to
the agent.
"""

from dataclasses import dataclass, replace
from typing import Literal

from lola.domain.approval import TRANSFER, Approval
from lola.domain.messages import ChoiceContent, Inbound, MediaContent, Option, TextContent
from lola.domain.session import Session
from lola.domain.turn import Turn
from lola.text import assent
from lola.text.wording import Wording

Action = Literal["confirm", "modify", "cancel", "ask"]
"""`ask`: the message may be a yes or not, so the sender is told what to tap or write."""

PREFIX = "draft"
SEAL_LENGTH = 16

TRANSFER_BUTTONS: dict[str, Action] = {
    f"{PREFIX}:confirm": "confirm",
    f"{PREFIX}:modify": "modify",
    f"{PREFIX}:cancel": "cancel",
}
OTHER_BUTTONS: dict[str, Action] = {"proposal:yes": "confirm", "proposal:no": "cancel"}
"""How the ids of the buttons begin. Buttons stay in chats for years: these never change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the sender decided; `stale` when it is about an action that is not open (any more).

    `draft_id` is the draft that a button of a transfer belongs to.
    """

    action: Action
    is_transfer: bool
    stale: bool = False
    draft_id: str = ""


def open_approval(session: Session) -> Approval | None:
    """Return the one action that waits for the sender's yes: the open draft, or another."""
    if session.draft is not None:
        return session.draft.approval
    approval = session.approval
    return approval if approval is not None and approval.is_intact() else None


def options_for(approval: Approval, wording: Wording, language: str) -> tuple[Option, ...]:
    """Return the buttons under a summary. Their ids bind the tap to this action and its digest."""
    section = "money" if approval.kind == TRANSFER else "approvals"
    return tuple(
        Option(id=id_, title=wording(f"{section}.{id_.split(':')[1]}", language))
        for id_ in _buttons(approval)
    )


def read_decision(turn: Turn) -> Decision | None:
    """Return what the burst decides about the open action, or None when it is about another thing.

    A burst decides only when each of its messages says the same; thanks and greetings beside a
    decision change nothing about it.
    """
    approval = open_approval(turn.session)
    telling = [message for message in turn.inbound if not _is_courtesy(message)]
    decisions = {_decision(message, turn, approval) for message in telling}
    return decisions.pop() if len(decisions) == 1 else None


def _is_courtesy(message: Inbound) -> bool:
    match message.content:
        case TextContent(text=text):
            return assent.read(text) == "courtesy"
        case _:
            return False


def _decision(message: Inbound, turn: Turn, approval: Approval | None) -> Decision | None:
    match message.content:
        case ChoiceContent(id=id_):
            decision = _tapped(id_, approval)
            # "1" is read as a tap too, also one that was sent before there was anything to tap.
            is_early = approval is not None and turn.accepted_at < approval.shown_at
            return None if decision and is_early and not decision.stale else decision
        case TextContent(text=text) if approval is not None:
            return _said(text, turn, approval)
        case MediaContent(hearing="heard", caption=text) if approval is not None:
            # What was heard may be wrong: it approves nothing, and the sender is told how to.
            said = _said(text, turn, approval)
            is_yes = said is not None and said.action == "confirm"
            return replace(said, action="ask") if said is not None and is_yes else said
        case _:
            return None


def _said(text: str, turn: Turn, approval: Approval) -> Decision | None:
    """Return what a text decides. For a refused transfer, the agent asks what is wrong."""
    buttons = _buttons(approval)
    is_transfer = approval.kind == TRANSFER
    yes = next(id_ for id_, action in buttons.items() if action == "confirm")
    # A yes sent before the summary was shown, or to another question, does not mean it.
    is_later = turn.accepted_at > approval.shown_at
    if not (is_later and any(option.id == yes for option in turn.session.offered)):
        return None
    match assent.read(text):
        case "yes":
            return _tapped(yes, approval)
        case "unsure":
            return Decision(action="ask", is_transfer=is_transfer)
        case "no" if not is_transfer:
            return Decision(action="cancel", is_transfer=False)
        case _:
            return None


def _tapped(option_id: str, approval: Approval | None) -> Decision | None:
    kind, verb, *rest = (*option_id.split(":"), "")
    button = f"{kind}:{verb}"
    is_transfer = button in TRANSFER_BUTTONS
    action = TRANSFER_BUTTONS.get(button) or OTHER_BUTTONS.get(button)
    if action is None:
        return None
    return Decision(
        action=action,
        is_transfer=is_transfer,
        stale=approval is None or option_id not in _buttons(approval),
        draft_id=rest[0] if is_transfer else "",
    )


def _buttons(approval: Approval) -> dict[str, Action]:
    """Return the button ids of an action, and what each of them means."""
    seal = approval.digest[:SEAL_LENGTH]
    if approval.kind == TRANSFER:
        return {f"{key}:{approval.id}:{seal}": action for key, action in TRANSFER_BUTTONS.items()}
    return {f"{key}:{seal}": action for key, action in OTHER_BUTTONS.items()}
