"""When a sender wants a person, waits for one, or takes it back.

Heard by code and not by a model, so that it works from every agent, also from the one without
tools and also when the model is down (safety.md 3.3: a person within one turn from any state).
"""

from dataclasses import replace
from datetime import timedelta

from lola.conversation.result import TurnResult, said, silence
from lola.delivery.model import Ownership
from lola.domain.messages import ButtonsMessage, ChoiceContent, Option, TextMessage
from lola.domain.turn import Turn
from lola.escalation import transitions
from lola.text.folding import fold
from lola.text.wording import Wording

TAKE_BACK = "people:take_back"
ASK = "people:ask"
REMIND_AFTER = timedelta(minutes=2)

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


class Handoff:
    """Moves a conversation between bot and waiting; the console does the rest."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def handle(self, turn: Turn, ownership: Ownership) -> TurnResult | None:
        """Answer when this burst is about getting a person, or None when it is not."""
        if ownership.owner == "waiting":
            return self._waiting(turn, ownership)
        if asks_for_person(turn.text):
            return self.requested(turn, ownership, "asked")
        return None

    def offered(self, turn: Turn, route: str, key: str) -> TurnResult:
        """Say something and offer a person; the button's words are heard like anybody's."""
        button = Option(id=ASK, title=self._wording("people.ask", turn.language))
        words = ButtonsMessage(content=self._wording(key, turn.language), options=(button,))
        return said(turn, route, words)

    def requested(self, turn: Turn, ownership: Ownership, reason: str) -> TurnResult:
        """Put the conversation in the queue and say so, with a way back."""
        outcome = said(turn, "people", self._with_way_back("people.waiting", turn), author="code")
        waiting = transitions.requested(ownership, turn.now, reason)
        return replace(outcome, turn=_reminded(turn), escalate=waiting)

    def broken(self, turn: Turn, ownership: Ownership, reason: str) -> TurnResult:
        """Apologise for a message that could not be handled, and call a person."""
        apology = TextMessage(content=self._wording("people.apology", turn.language))
        outcome = said(turn, "dead_letter", apology, author="code")
        if ownership.owner != "bot":
            return outcome
        return replace(outcome, escalate=transitions.requested(ownership, turn.now, reason))

    def late(self, turn: Turn, ownership: Ownership, epoch: int) -> TurnResult:
        """Apologise when nobody came in time; silence when the wait is over or another one runs."""
        if ownership.owner != "waiting" or ownership.epoch != epoch:
            return silence(turn, "event")
        message = self._with_way_back("people.late", turn)
        return said(_reminded(turn), "people", message, author="code")

    def unsure(self, turn: Turn, ownership: Ownership, reason: str) -> TurnResult:
        """Call a person when nobody knows whether the sender got words about money."""
        if ownership.owner != "bot":
            return silence(turn, "event")
        words = TextMessage(content=self._wording("people.unsure", turn.language))
        outcome = said(turn, "people", words, author="code")
        return replace(outcome, escalate=transitions.requested(ownership, turn.now, reason))

    def unreachable(self, turn: Turn, ownership: Ownership, reason: str) -> TurnResult:
        """Call a person about words that cannot reach the sender; no words here could either."""
        outcome = silence(turn, "event")
        if ownership.owner != "bot":
            return outcome
        return replace(outcome, escalate=transitions.requested(ownership, turn.now, reason))

    def _waiting(self, turn: Turn, ownership: Ownership) -> TurnResult:
        tapped = isinstance(turn.last.content, ChoiceContent) and turn.last.content.id == TAKE_BACK
        if tapped or fold(turn.text) in BACK:
            words = TextMessage(content=self._wording("people.taken_back", turn.language))
            outcome = said(turn, "people", words, author="code")
            return replace(outcome, escalate=transitions.withdrawn(ownership, turn.now))
        if not _due(turn):
            return silence(turn, "waiting")
        message = self._with_way_back("people.still_waiting", turn)
        return said(_reminded(turn), "people", message, author="code")

    def _with_way_back(self, key: str, turn: Turn) -> ButtonsMessage:
        button = Option(id=TAKE_BACK, title=self._wording("people.take_back", turn.language))
        return ButtonsMessage(content=self._wording(key, turn.language), options=(button,))


def asks_for_person(text: str) -> bool:
    """Whether the words ask for a human being: a wish and a person, or the bare word."""
    folded = fold(text)
    if folded in BARE:
        return True
    padded = f" {folded} "
    # The person must be what is wished for: "send money to a person" wishes for no one.
    return any(f" {wish} {person} " in padded for wish in WISH for person in PERSON)


def _reminded(turn: Turn) -> Turn:
    return turn.evolve(session=turn.session.evolve(waiting_told_at=turn.now))


def _due(turn: Turn) -> bool:
    """Whether the last word about waiting is long enough ago to say it again."""
    told_at = turn.session.waiting_told_at
    return told_at is None or turn.now - told_at >= REMIND_AFTER
