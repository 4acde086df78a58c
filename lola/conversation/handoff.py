"""The replies and ownership changes around getting a person, waiting for one, and taking it back.

Every change is asked for in the turn's commit; the console does the rest.
"""

from dataclasses import replace
from datetime import timedelta

from lola.conversation.result import TurnResult, no_reply, reply_with
from lola.domain.messages import (
    ButtonsMessage,
    LinkMessage,
    Option,
    Outbound,
    TextMessage,
    outbound_from_json,
)
from lola.domain.turn import Turn
from lola.escalation import transitions
from lola.text.folding import fold
from lola.text.languages import LANGUAGES
from lola.text.wording import Wording

TAKE_BACK = "people:take_back"
ASK = "people:ask"
REMIND_AFTER = timedelta(minutes=2)


class Handoff:
    """Moves a conversation between the bot and waiting for a person."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def offered(self, turn: Turn, route: str, key: str) -> TurnResult:
        """Say something and offer a person; the button's title is read like any text."""
        button = Option(id=ASK, title=self._wording("people.ask", turn.language))
        message = ButtonsMessage(content=self._wording(key, turn.language), options=(button,))
        return reply_with(turn, route, message)

    def requested(self, turn: Turn, reason: str) -> TurnResult:
        """Put the conversation in the queue and say so, with a way back."""
        message = self._with_way_back("people.waiting", turn)
        result = reply_with(turn, "people", message, author="code")
        waiting = transitions.requested(turn.ownership, turn.now, reason)
        session = turn.session.evolve(waiting_told_at=None, waiting_messages=0)
        return replace(result, turn=turn.evolve(session=session), escalate=waiting)

    def withdrawn(self, turn: Turn) -> TurnResult:
        """Give the conversation back to the bot because the sender no longer waits, with the
        question that was open before.
        """
        asked = _asked_before(turn)
        key = "people.resumed" if asked else "people.taken_back"
        text = TextMessage(content=self._wording(key, turn.language))
        result = reply_with(turn, "people", text, *asked, author="code")
        return replace(result, escalate=transitions.withdrawn(turn.ownership, turn.now))

    def is_way_back(self, text: str) -> bool:
        """Return whether a text is the title of the button that leads back to the bot."""
        titles = {fold(self._wording("people.take_back", language)) for language in LANGUAGES}
        return fold(text) in titles

    def still_waiting(self, turn: Turn) -> TurnResult:
        """Say that a person will come, once for messages that come close together."""
        written = turn.session.waiting_messages + len(turn.inbound)
        turn = turn.evolve(session=turn.session.evolve(waiting_messages=written))
        if not _is_reminder_due(turn):
            return no_reply(turn, "waiting")
        message = self._with_way_back("people.still_waiting", turn)
        return reply_with(_reminded(turn), "people", message, author="code")

    def broken(self, turn: Turn, reason: str) -> TurnResult:
        """Apologise for a message that could not be handled, and call a person."""
        apology = TextMessage(content=self._wording("people.apology", turn.language))
        return _calling(reply_with(turn, "dead_letter", apology, author="code"), reason)

    def late(self, turn: Turn, epoch: int) -> TurnResult:
        """Apologise when no person came in time; silence when the wait is over or a newer one."""
        if turn.ownership.owner != "waiting" or turn.ownership.epoch != epoch:
            return no_reply(turn, "event")
        message = self._with_way_back("people.late", turn)
        return reply_with(_reminded(turn), "people", message, author="code")

    def unsure(self, turn: Turn, reason: str) -> TurnResult:
        """Call a person when it is unknown whether the sender got a message about money."""
        if turn.ownership.owner != "bot":
            return no_reply(turn, "event")
        text = TextMessage(content=self._wording("people.unsure", turn.language))
        return _calling(reply_with(turn, "people", text, author="code"), reason)

    def unresolved(self, turn: Turn, reason: str, key: str = "people.unresolved") -> TurnResult:
        """Call a person when it stays unknown what became of a transfer, or of what `key` says."""
        if turn.ownership.owner != "bot":
            return no_reply(turn, "event")
        text = TextMessage(content=self._wording(key, turn.language))
        return _calling(reply_with(turn, "people", text, author="code"), reason)

    def unreachable(self, turn: Turn, reason: str) -> TurnResult:
        """Call a person about a message that cannot reach the sender; no other one could either."""
        return _calling(no_reply(turn, "event"), reason)

    def _with_way_back(self, key: str, turn: Turn) -> ButtonsMessage:
        button = Option(id=TAKE_BACK, title=self._wording("people.take_back", turn.language))
        return ButtonsMessage(content=self._wording(key, turn.language), options=(button,))


def _calling(result: TurnResult, reason: str) -> TurnResult:
    """Add the request for a person, unless one is called already."""
    turn = result.turn
    if turn.ownership.owner != "bot":
        return result
    return replace(result, escalate=transitions.requested(turn.ownership, turn.now, reason))


def _asked_before(turn: Turn) -> tuple[Outbound, ...]:
    """Return the bot's question that was open when a person was called; none if it had none."""
    for record in reversed(turn.work.history):
        if record.get("boundary"):
            break
        if record["author"] != "bot" or record["route"] == "event" or not record["outbound"]:
            continue
        message = outbound_from_json(record["outbound"][-1])
        return () if isinstance(message, LinkMessage) else (message,)
    return ()


def _reminded(turn: Turn) -> Turn:
    return turn.evolve(session=turn.session.evolve(waiting_told_at=turn.now))


def _is_reminder_due(turn: Turn) -> bool:
    told_at = turn.session.waiting_told_at
    return told_at is None or turn.now - told_at >= REMIND_AFTER
