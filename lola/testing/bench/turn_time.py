"""Processor time of the offline model per turn, beside a model that reads its window again.

Both answer the same requests of the same conversations in one process, one after the other, so
that their ratio does not depend on the machine.
"""

import time
from collections import defaultdict
from pathlib import Path

from lola.conversation.router import ROUTES
from lola.models.chat import ChatModel, ModelReply, ModelRequest, UserMessage
from lola.models.offline import OfflineModel
from lola.settings import load_settings
from lola.testing.bench.measurements import Percentiles, TurnTime
from lola.testing.harness import Harness

EARLY, LATE = range(3, 9), range(15, 21)
"""Turns of a conversation that are compared, the first one being 1."""
LINES = (
    "hola, quiero mandar dinero a {country}",
    "¿cuánto tarda en llegar?",
    "{amount} dólares",
    "¿cuánto cobran de comisión?",
    "para Rosa Paz Luna",
    "¿es seguro?",
    "en efectivo",
    "¿y qué papeles tiene que llevar?",
    "no espera, que sean {other}",
    "¿me puedes repetir el total?",
)
COUNTRIES = ("México", "Guatemala", "El Salvador", "Honduras", "Colombia")
REPEATS = 2
"""How often the lines are written, which makes the twenty turns of a full window."""


class _Watched:
    """An offline model whose time is taken, and beside it one that keeps nothing."""

    name = "offline"

    def __init__(self) -> None:
        self.kept: defaultdict[tuple[str, int], float] = defaultdict(float)
        self.replayed: defaultdict[tuple[str, int], float] = defaultdict(float)
        self.sender = ""
        self._model = OfflineModel()

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the reply, and note what it took both ways."""
        turn = sum(isinstance(message, UserMessage) for message in request.messages)
        await self._timed(OfflineModel(), request, self.replayed, turn)
        return await self._timed(self._model, request, self.kept, turn)

    async def close(self) -> None:
        """Do nothing: there is nothing to release."""

    async def _timed(
        self,
        model: ChatModel,
        request: ModelRequest,
        noted: defaultdict[tuple[str, int], float],
        turn: int,
    ) -> ModelReply:
        begun = time.process_time()
        reply = await model.complete(request)
        noted[self.sender, turn] += time.process_time() - begun
        return reply


async def measure(folder: Path, senders: int) -> TurnTime:
    """Play the conversations one after another on one service."""
    watched = _Watched()
    async with Harness(load_settings(port=0, lola_data=folder)) as harness:
        for route in ROUTES:
            harness.service.conversation.router.agent(route).model = watched
        for place in range(senders):
            sender = harness.sender(harness.new_number())
            watched.sender = str(sender.conversation)
            for line in LINES * REPEATS:
                said = line.format(
                    country=COUNTRIES[place % len(COUNTRIES)],
                    amount=100 + place,
                    other=150 + place,
                )
                await sender.say(said)
    return TurnTime(
        senders=senders,
        early=_figures(watched.kept, EARLY),
        late=_figures(watched.kept, LATE),
        replayed=_figures(watched.replayed, LATE),
    )


def _figures(times: dict[tuple[str, int], float], turns: range) -> Percentiles:
    return Percentiles.of([spent for (_, turn), spent in times.items() if turn in turns])
