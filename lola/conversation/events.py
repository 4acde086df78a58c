"""What happened outside the chat, told in the chat: partner webhooks and staff actions."""

from dataclasses import replace

from lola.conversation.outcome import Outcome, said, silence
from lola.delivery.model import Ownership
from lola.messages import EventContent, TextMessage
from lola.money.events import follow_up
from lola.turn import Turn
from lola.wording import Wording

STAFF_REPLY = "console.reply"
STAFF_HANDBACK = "console.handback"


class Events:
    """Answers events with words written by code; no model takes part."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def handle(self, turn: Turn, ownership: Ownership) -> Outcome:
        """Answer one event. A staff reply counts only while that person owns the conversation."""
        event = turn.last.content
        if not isinstance(event, EventContent):
            return silence(turn, "event")
        if event.name == STAFF_REPLY:
            return self._staff_reply(turn, event, ownership)
        if event.name == STAFF_HANDBACK:
            words = TextMessage(content=self._wording("people.handed_back", turn.language))
            return replace(said(turn, "event", words, author="code"), boundary=True)
        step = follow_up(turn, event, self._wording)
        if not step.say:
            return silence(step.turn, "event")
        return replace(said(step.turn, "event", *step.say, author="code"), money=True)

    def _staff_reply(self, turn: Turn, event: EventContent, ownership: Ownership) -> Outcome:
        staff = str(event.data.get("staff", ""))
        text = str(event.data.get("text", ""))
        if ownership.owner != "human" or ownership.staff != staff or not text.strip():
            return silence(turn, "staff_reply_refused")
        outcome = said(turn, "human", TextMessage(content=text), author="staff")
        return replace(outcome, staff=staff)
