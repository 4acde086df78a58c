"""Offers: a tap on a button of an earlier message means that message, not the newest one.

A model's own options get ids that name the turn which offered them. When the same words were
offered again since, under another text, the sender's question of then is answered anew, with
figures of now; the new reply carries buttons of its own.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Self

from lola.conversation.pipeline import BuiltIn
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import (
    ButtonsMessage,
    ChoiceContent,
    JsonObject,
    Option,
    Outbound,
    SelectMessage,
    TextContent,
    TextMessage,
)
from lola.domain.turn import Turn
from lola.text.wording import Wording

MARK = "#"
"""Between the title and the turn in the id of a model's own option."""
AGAIN = "offer_again"
"""The note that says that the turn repeats an earlier question."""


def bound(messages: tuple[Outbound, ...], turn: Turn) -> tuple[Outbound, ...]:
    """Return the messages with each option that has no id of its own bound to this turn."""
    return tuple(
        replace(message, options=tuple(_bound(option, turn) for option in message.options))
        if isinstance(message, ButtonsMessage | SelectMessage)
        else message
        for message in messages
    )


class OffersStage(BuiltIn):
    """Reads a tap on an earlier message as the question that the message answered."""

    name = "Offers"
    summary = "a tap on an earlier message goes on from that message, not from the newest"

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.services.wording)

    async def incoming(self, turn: Turn) -> Turn:
        """Return the turn with the question of then in place of an ambiguous tap."""
        tapped = turn.last.content
        if not isinstance(tapped, ChoiceContent) or MARK not in tapped.id:
            return turn
        number = tapped.id.rpartition(MARK)[2]
        offer = next((one for one in turn.work.history if one["turn"] == number), None)
        if offer is None or not _is_ambiguous(offer, tapped, turn.work.history):
            return turn
        asked = "\n".join(line["text"] for line in offer["inbound"] if line["kind"] == "text")
        if not asked:
            return turn
        again = replace(turn.last, content=TextContent(text=asked))
        notes = {**turn.notes, AGAIN: tapped.title}
        return turn.evolve(inbound=(*turn.inbound[:-1], again), notes=notes)

    async def outgoing(self, turn: Turn, messages: tuple[Outbound, ...]) -> tuple[Outbound, ...]:
        """Say first that the reply is about the earlier message."""
        if AGAIN not in turn.notes or not messages:
            return messages
        text = self._wording("several.earlier_offer", turn.language)
        return (TextMessage(content=text), *messages)


def _bound(option: Option, turn: Turn) -> Option:
    if option.id != option.title:
        return option
    return replace(option, id=f"{option.title}{MARK}{turn.work.envelopes[-1].seq}")


def _is_ambiguous(
    offer: JsonObject, tapped: ChoiceContent, history: tuple[JsonObject, ...]
) -> bool:
    """Return whether the same words were offered later, under another text."""
    texts = set(_texts_with(offer, tapped.title))
    later = (one for one in history if int(one["turn"]) > int(offer["turn"]))
    return any(text not in texts for one in later for text in _texts_with(one, tapped.title))


def _texts_with(record: JsonObject, title: str) -> Iterator[str]:
    for message in record["outbound"]:
        if any(option["title"] == title for option in message.get("options", ())):
            yield message["content"]
