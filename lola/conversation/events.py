"""What happened outside the chat, told in the chat: partner webhooks and staff actions."""

from dataclasses import replace

from lola.conversation.outcome import Outcome, said, silence
from lola.escalation.desk import HANDBACK_EVENT, REPLY_EVENT
from lola.messages import EventContent, TextMessage
from lola.money.events import follow_up
from lola.turn import Turn
from lola.wording import Wording


class Events:
    """Answers events with words written by code; no model takes part."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def handle(self, turn: Turn) -> Outcome:
        """Answer one event. Staff events were checked by the desk before they were stored."""
        event = turn.last.content
        if not isinstance(event, EventContent):
            return silence(turn, "event")
        if event.name == REPLY_EVENT:
            return self._staff_reply(turn, event)
        if event.name == HANDBACK_EVENT:
            words = TextMessage(content=self._wording("people.handed_back", turn.language))
            return replace(said(turn, "event", words, author="code"), boundary=True)
        step = follow_up(turn, event, self._wording)
        if not step.say:
            return silence(step.turn, "event")
        return replace(said(step.turn, "event", *step.say, author="code"), money=True)

    def _staff_reply(self, turn: Turn, event: EventContent) -> Outcome:
        """Pass a colleague's words on, also when they have handed back in the meantime."""
        words = TextMessage(content=str(event.data["text"]))
        outcome = said(turn, "human", words, author="staff")
        return replace(outcome, staff=str(event.data["staff"]))
