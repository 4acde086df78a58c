"""What the sender must approve before it is done: put on the screen, sealed, read back by code.

For changes that touch no transfer: saving a person, asking somebody for money. A transfer has its
own draft and confirmation (`lola.money`). The model proposes; only the sender's own next message,
a tap on this very proposal or a plain yes while it is the newest thing on offer, makes the tool
exist that carries it out (safety.md G3). A second proposal voids the first.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from lola.agent.tools import ToolContext, ToolResult
from lola.domain.messages import (
    ButtonsMessage,
    ChoiceContent,
    Inbound,
    JsonObject,
    Option,
    Outbound,
    TextContent,
)
from lola.domain.turn import Turn
from lola.money.confirmation import APPROVALS
from lola.text.folding import fold

KEY = "proposal"
SEAL = 16


def propose(ctx: ToolContext, kind: str, terms: JsonObject, summary: str) -> ToolResult:
    """Put a change before the sender in code's words; `terms` must be plain JSON."""
    turn = ctx.turn
    plain = json.dumps([kind, terms, turn.last.id], sort_keys=True)
    seal = sha256(plain.encode()).hexdigest()[:SEAL]
    proposal = {"kind": kind, "terms": terms, "seal": seal, "shown_at": turn.now.isoformat()}
    facts = {**turn.session.facts, KEY: proposal}
    wording, language = ctx.services.wording, turn.language
    options = tuple(
        Option(id=_option_id(answer, seal), title=wording(f"proposals.{answer}", language))
        for answer in ("yes", "no")
    )
    return ToolResult(
        data={"status": "waits_for_the_senders_approval"},
        turn=turn.evolve(session=turn.session.evolve(facts=facts)),
        say=(ButtonsMessage(content=summary, options=options),),
    )


def proposal_of(turn: Turn) -> JsonObject | None:
    """Answer the open proposal: `kind`, `terms`, `seal` and `shown_at`."""
    return turn.session.facts.get(KEY)


def proposal_approved(ctx: ToolContext) -> bool:
    """Whether the sender's newest words approve exactly the open proposal."""
    proposal = proposal_of(ctx.turn)
    return proposal is not None and all(_approvals(ctx.turn, proposal))


def done(turn: Turn, data: JsonObject, *say: Outbound) -> ToolResult:
    """End the turn with the proposal carried out."""
    facts = {name: value for name, value in turn.session.facts.items() if name != KEY}
    session = turn.session.evolve(facts=facts)
    return ToolResult(data=data, turn=turn.evolve(session=session), say=say)


def _approvals(turn: Turn, proposal: JsonObject) -> Iterator[bool]:
    wanted = _option_id("yes", str(proposal["seal"]))
    is_on_offer = any(option.id == wanted for option in turn.session.offered)
    # Words said before the proposal was on the screen cannot have meant it.
    is_later = turn.accepted_at > datetime.fromisoformat(str(proposal["shown_at"]))
    return (
        _approves(message, wanted, is_asked=is_on_offer and is_later) for message in turn.inbound
    )


def _approves(message: Inbound, wanted: str, *, is_asked: bool) -> bool:
    match message.content:
        case ChoiceContent(id=tapped):
            return tapped == wanted
        case TextContent(text=text):
            return is_asked and fold(text) in APPROVALS
        case _:
            return False


def _option_id(answer: str, seal: str) -> str:
    return f"proposal:{answer}:{seal}"
