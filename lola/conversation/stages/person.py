"""Person: reads that a sender wants a person, waits for one, or takes it back.

It is read by code and not by a model, so that it works from every agent, also from the one without
tools and also when the model is down (docs/safety.md 3.3: a person within one turn from any state).
"""

from typing import Self

from lola.conversation.handoff import TAKE_BACK, Handoff
from lola.conversation.pipeline import BuiltIn
from lola.conversation.stages.parts import EngineParts
from lola.domain.messages import ChoiceContent
from lola.domain.turn import Answer, Turn
from lola.text.folding import fold

PERSON = (
    "una persona", "un humano", "una humana", "alguien real", "un asesor", "una asesora",
    "un agente", "una agente", "un representante", "una representante", "un ejecutivo",
    "una ejecutiva", "un operador", "atencion al cliente", "servicio al cliente",
    "a person", "a human", "a real person", "someone real", "an agent", "a representative",
    "an operator", "customer service", "a live agent", "an advisor",
)  # fmt: skip
WISH = (
    "hablar con", "comunicar con", "comuniqueme con", "comunicame con", "pasame con", "paseme con",
    "conectame con", "que me atienda", "que me ayude", "quiero", "necesito", "prefiero",
    "talk to", "talk with", "speak to", "speak with", "connect me", "transfer me", "i want",
    "i need", "get me", "can i have",
)  # fmt: skip
BARE = frozenset(
    {"persona", "humano", "asesor", "asesora", "agente", "representante", "operador",
     "person", "human", "agent", "representative", "operator"}
)  # fmt: skip
BACK = frozenset({"seguir", "seguir con lola", "continuar con lola", "ya no", "ya no espero",
                  "continue", "continue with lola", "never mind", "nevermind"})  # fmt: skip


class PersonStage(BuiltIn):
    """Puts the conversation in the queue for staff, and keeps the bot quiet while it waits."""

    name = "Person"
    summary = "asks for a person, waits for one, or goes back to the bot"
    protects = "a person is called within one turn, whatever the model does"

    def __init__(self, handoff: Handoff) -> None:
        self._handoff = handoff

    @classmethod
    def from_parts(cls, parts: EngineParts) -> Self:
        """Build the stage."""
        return cls(parts.handoff)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """End the turn when the burst is about getting a person."""
        if turn.ownership.owner == "waiting":
            return self._while_waiting(turn)
        return self._handoff.requested(turn, "asked") if asks_for_person(turn.text) else turn

    def _while_waiting(self, turn: Turn) -> Answer:
        content = turn.last.content
        is_tap = isinstance(content, ChoiceContent) and content.id == TAKE_BACK
        if is_tap or fold(turn.text) in BACK or self._handoff.is_way_back(turn.text):
            return self._handoff.withdrawn(turn)
        return self._handoff.still_waiting(turn)


def asks_for_person(text: str) -> bool:
    """Return whether the text asks for a human being: a wish and a person, or the bare word."""
    folded = fold(text)
    if folded in BARE:
        return True
    padded = f" {folded} "
    # The person must be what is wished for: "send money to a person" asks for none.
    return any(f" {wish} {person} " in padded for wish in WISH for person in PERSON)
