"""Notices: code's reply to messages that never reach a model: files, places, removed data.

The refusal of files is the router's job in the documented product (reference/lola.md 6). Every
kind of message gets an honest sentence; a reaction gets silence. Words beside a file or under it
are answered like any other, with a sentence on what could not be read.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from lola.conversation.pipeline import BuiltIn
from lola.conversation.result import TurnResult, no_reply, reply_with
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import (
    Hearing,
    Inbound,
    LinkMessage,
    LocationContent,
    MediaContent,
    Outbound,
    ReactionContent,
    TextMessage,
    UnsupportedContent,
)
from lola.domain.turn import Answer, Turn
from lola.money.enrolment.service import EnrolmentService
from lola.safety.input.redaction import CARD_DATA, CREDENTIALS
from lola.text.wording import Wording

HEARD_LIMIT = 700
"""The longest part of a voice note that is repeated to its sender."""
_AUDIO: Mapping[Hearing, str] = MappingProxyType(
    {"": "audio", "heard": "audio", "failed": "audio_failed", "long": "audio_long"}
)


class NoticesStage(BuiltIn):
    """Ends turns that no agent should see."""

    name = "Notices"
    summary = "removed data, files, places and unknown kinds get a fixed sentence"
    protects = "a message that held card or personal data reaches no model; its sender is told why"

    def __init__(self, wording: Wording, enrolments: EnrolmentService) -> None:
        self._wording = wording
        self._enrolments = enrolments

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services.wording, parts.services.enrolments)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn with the notice that this burst calls for."""
        removed = {kind for message in turn.inbound for kind in message.redacted}
        if removed & CARD_DATA:
            return await self._card_data(turn)
        if removed:
            return self._notice(turn, "credentials" if removed & CREDENTIALS else "identity")
        if turn.text:
            return turn
        match turn.last.content:
            case MediaContent(media="audio", hearing=hearing):
                return self._notice(turn, _AUDIO[hearing])
            case MediaContent():
                return self._notice(turn, "text_only")
            case UnsupportedContent(kind="edited"):
                return self._notice(turn, "edited")
            case LocationContent():
                return self._notice(turn, "place")
            case UnsupportedContent():
                return self._notice(turn, "unsupported")
            case ReactionContent():
                return no_reply(turn, "reaction")
            case _:
                return turn

    async def outgoing(self, turn: Turn, messages: tuple[Outbound, ...]) -> tuple[Outbound, ...]:
        """Say first what was heard, and what could not be read, when the words were answered.

        What was heard is shown before anything that follows from it.
        """
        if heard := _heard(turn):
            text = self._wording("notices.heard", turn.language, heard=heard)
            messages = (TextMessage(content=text), *messages)
        key = next(filter(None, map(_unread, turn.inbound)), "")
        if not (key and turn.text and messages):
            return messages
        note = TextMessage(content=self._wording(f"notices.{key}", turn.language))
        return (note, *messages)

    async def _card_data(self, turn: Turn) -> TurnResult:
        """Say what was removed and where a card belongs, with the link for senders who get one."""
        if "add_card" not in turn.allowed_actions:
            return self._notice(turn, "card_data")
        step = await self._enrolments.start(turn, "add_card")
        if not any(isinstance(message, LinkMessage) for message in step.say):
            return self._notice(turn, "card_data")
        text = self._wording("notices.card_data_link", turn.language)
        return reply_with(step.turn, "notice", TextMessage(content=text), *step.say)

    def _notice(self, turn: Turn, key: str) -> TurnResult:
        text = self._wording(f"notices.{key}", turn.language)
        return reply_with(turn, "notice", TextMessage(content=text))


def _heard(turn: Turn) -> str:
    """Return the words of the burst's voice notes; empty where card data was among them."""
    notes = (
        message.content.caption
        for message in turn.inbound
        if isinstance(message.content, MediaContent)
        and message.content.hearing == "heard"
        and not message.redacted
    )
    words = " / ".join(" ".join(note.split()) for note in notes)
    return words if len(words) <= HEARD_LIMIT else f"{words[: HEARD_LIMIT - 1]}…"


def _unread(message: Inbound) -> str:
    """Return the key of what is said about a message that came with words; empty for none."""
    match message.content:
        case MediaContent(hearing="heard"):
            return ""
        case MediaContent(media="audio"):
            return "beside_audio"
        case MediaContent(media="sticker"):
            return ""
        case MediaContent():
            return "beside_file"
        case LocationContent():
            return "beside_place"
        case _:
            return ""
