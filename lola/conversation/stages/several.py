"""Several and Queued: two transfers in one message are named back and done one after the other.

Code divides the message, so that it holds for any model: an agent is given the words of the first
transfer only, and those of the next one when the first is approved or dropped. Nothing is prepared
here.
"""

from dataclasses import replace
from typing import ClassVar, Self

from lola.conversation.pipeline import BuiltIn, Kind
from lola.conversation.result import reply_with
from lola.conversation.several import addition_in, transfers_in
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import (
    ButtonsMessage,
    ChoiceContent,
    Inbound,
    Option,
    Outbound,
    TextContent,
    TextMessage,
)
from lola.domain.session import MAX_QUEUED, QueuedTransfer, Session, session_from_json
from lola.domain.transfer import Ticket
from lola.domain.turn import Answer, Turn, spoken
from lola.money.approvals import open_approval, options_for
from lola.money.tickets import USABLE
from lola.text import assent
from lola.text.folding import fold
from lola.text.wording import Wording

ROUTE = "several"
NEXT = "queued:next"
DROP = "queued:drop"
_THE_OTHER = frozenset(
    {"el otro", "la otra", "el segundo", "el siguiente", "el que falta", "el otro envio",
     "the other", "the other one", "the second", "the second one", "the next", "the next one",
     "the other transfer"}
)  # fmt: skip
_AROUND = frozenset({"y", "ahora", "vamos", "con", "sigamos", "prepara", "preparar", "preparemos",
                     "falta", "and", "now", "lets", "do", "prepare", "what", "about", "que",
                     "paso", "por", "favor", "please", "si", "yes"})  # fmt: skip


class SeveralStage(BuiltIn):
    """Gives the agent one transfer at a time, in the sender's own words."""

    name = "Several"
    summary = "two transfers in one message: named back, and the first one goes on"
    protects = "no summary is made of parts of two transfers, whatever the model"

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services.wording)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Keep the later transfers of the burst for later, or begin the next one."""
        if "transfer" not in turn.allowed_actions:
            return turn
        if turn.session.queued and (answer := self._about_the_next(turn)) is not None:
            return answer
        parts = transfers_in(turn.text)
        if parts:
            queued = tuple(QueuedTransfer(said=part.said, text=part.text) for part in parts[1:])
            session = turn.session.evolve(queued=queued[:MAX_QUEUED])
            return _saying(turn, parts[0].text).evolve(session=session)
        draft = turn.session.draft
        added = addition_in(turn.text, draft.terms.recipient_name) if draft else ""
        return self._added(turn, added) if added else turn

    async def outgoing(self, turn: Turn, messages: tuple[Outbound, ...]) -> tuple[Outbound, ...]:
        """Name the transfers of the message first, when it held several."""
        parts = transfers_in("\n".join(map(spoken, _written(turn))))
        if not parts or not turn.session.queued or not messages:
            return messages
        lines = "\n".join(f"{place}. {part.said}" for place, part in enumerate(parts, 1))
        text = self._wording("several.named", turn.language, count=str(len(parts)), lines=lines)
        return (TextMessage(content=text), *messages)

    def _about_the_next(self, turn: Turn) -> Turn | Answer | None:
        wish = _wish(turn)
        if wish == DROP:
            dropped = turn.evolve(session=turn.session.evolve(queued=turn.session.queued[1:]))
            text = self._wording("several.dropped", turn.language)
            return reply_with(dropped, ROUTE, TextMessage(content=text))
        if wish != NEXT:
            return None
        following, *rest = turn.session.queued
        if ticket := _usable(turn.session):
            text = self._wording(
                "several.first",
                turn.language,
                recipient=ticket.recipient_name,
                said=following.said,
            )
            return reply_with(turn, ROUTE, TextMessage(content=text))
        session = turn.session.evolve(queued=tuple(rest), draft=None, approval=None)
        return _saying(turn, following.text).evolve(session=session)

    def _added(self, turn: Turn, said: str) -> Answer:
        """Note a further transfer, under the buttons of the summary that is open."""
        queued = (*turn.session.queued, QueuedTransfer(said=said, text=said))[:MAX_QUEUED]
        noted = turn.evolve(session=turn.session.evolve(queued=queued))
        text = self._wording("several.added", turn.language, said=said)
        approval = open_approval(turn.session)
        message: Outbound = TextMessage(content=text)
        if approval is not None:
            options = options_for(approval, self._wording, turn.language)
            message = ButtonsMessage(content=text, options=options)
        # A model that read these words now would mix them with the transfer that is open.
        return replace(reply_with(noted, ROUTE, message), remember=())


class QueuedStage(BuiltIn):
    """Offers the next transfer when the one before it is approved, cancelled or dropped."""

    name = "Queued"
    summary = "offers the next of several transfers when the one before is settled"
    sees: ClassVar[frozenset[Kind]] = frozenset({"messages", "events"})

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services.wording)

    async def outgoing(self, turn: Turn, messages: tuple[Outbound, ...]) -> tuple[Outbound, ...]:
        """Add the offer to the reply that settles the transfer before it."""
        before = session_from_json(turn.work.state) if turn.work.state else turn.session
        queued = turn.session.queued
        if not (messages and queued and _is_settled(before, turn.session)):
            return messages
        said = queued[0].said
        offer = ButtonsMessage(
            content=self._wording("several.next", turn.language, said=said),
            options=(
                Option(id=NEXT, title=self._wording("several.start", turn.language)),
                Option(id=DROP, title=self._wording("several.drop", turn.language)),
            ),
        )
        return (*messages, offer)


def _saying(turn: Turn, text: str) -> Turn:
    """Return the turn as if its words were these; what came beside the words stays."""
    silent = tuple(message for message in turn.inbound if not spoken(message))
    said = replace(turn.last, content=TextContent(text=text))
    return turn.evolve(inbound=(*silent, said))


def _written(turn: Turn) -> tuple[Inbound, ...]:
    """Return the messages of the burst as the sender wrote them."""
    return tuple(envelope.inbound for envelope in turn.work.envelopes)


def _wish(turn: Turn) -> str:
    """Return what the burst says about the next transfer: its button, a yes or a no to it."""
    content = turn.last.content
    if isinstance(content, ChoiceContent) and content.id in {NEXT, DROP}:
        return content.id
    words = fold(turn.text).split()
    while words and words[0] in _AROUND:
        words.pop(0)
    while words and words[-1] in _AROUND:
        words.pop()
    if " ".join(words) in _THE_OTHER:
        return NEXT
    if not any(option.id == NEXT for option in turn.session.offered):
        return ""
    return {"yes": NEXT, "no": DROP}.get(str(assent.read(turn.text)), "")


def _is_settled(before: Session, after: Session) -> bool:
    """Return whether a transfer was open before this turn and none is now."""
    was_open = before.draft is not None or _usable(before) is not None
    return was_open and after.draft is None and _usable(after) is None


def _usable(session: Session) -> Ticket | None:
    return next((one for one in reversed(session.tickets) if one.status in USABLE), None)
