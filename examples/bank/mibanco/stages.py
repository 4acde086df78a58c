from typing import Self

from lola.conversation.pipeline import EVERYTHING, Stage, kind_of
from lola.domain.messages import TextMessage
from lola.domain.turn import Answer, Turn
from lola.services import Services
from lola.state.store import StateStore

JOURNAL = "mibanco_journal"
HOLIDAY = {
    "es": "Hoy nuestras sucursales están cerradas. El chat le atiende como siempre.",
    "en": "Our branches are closed today. The chat is here for you as always.",
}


class Journal(Stage):
    """Stores for the bank's reports what happened last in each conversation."""

    name = "Journal"
    summary = "notes messages, events, takeovers and opt-outs for our reports"
    sees = EVERYTHING

    def __init__(self, store: StateStore) -> None:
        self._store = store

    @classmethod
    def build(cls, services: Services) -> Self:
        return cls(services.store)

    async def incoming(self, turn: Turn) -> Turn:
        await self._store.set_hash_field(JOURNAL, turn.conversation, kind_of(turn))
        return turn


class Holiday(Stage):
    """Replies to questions about a branch today; passes on everything else."""

    name = "Holiday"
    summary = "branches are closed today"

    async def incoming(self, turn: Turn) -> Turn | Answer:
        if not {"sucursal", "branch"} & set(turn.text.lower().split()):
            return turn
        text = TextMessage(content=HOLIDAY[turn.language])
        return Answer(turn=turn, messages=(text,), route="holiday")
