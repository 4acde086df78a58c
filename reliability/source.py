"""The provider of a chaos run: it delivers every message until it is acknowledged.

Five in a hundred messages are delivered once more although they were acknowledged. What the
gateway answered is the accepted history; a message without an answer is offered again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict
from random import Random
from typing import Final

from reliability.checker import Accepted
from reliability.lines import LineClient, NoAnswerError, NotSentError
from reliability.workload import Spoken, conversation_of

_AT_ONCE: Final = 48
_SECONDS: Final = 3.0
_AGAIN_SHARE: Final = 0.05
_PAUSE_SECONDS: Final = 0.02


class Source:
    """Delivers `spoken` over any of the gateways; `may_go_on` holds it back when it is ahead.

    `moved` is set with every acceptance and at the end.
    """

    def __init__(
        self,
        spoken: Iterable[Spoken],
        gateways: Sequence[LineClient],
        rng: Random,
        may_go_on: Callable[[], Awaitable[None]],
    ) -> None:
        self.accepted: list[Accepted] = []
        self.offers = 0
        self.redeliveries = 0
        self.moved = asyncio.Event()
        self._spoken = deque(spoken)
        self._again: deque[Spoken] = deque()
        self._gateways = gateways
        self._rng = rng
        self._may_go_on = may_go_on

    async def run(self) -> None:
        """Deliver everything; ends when all of it is acknowledged."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(self._deliver_many())
        finally:
            self.moved.set()

    async def _deliver_many(self) -> None:
        while self._spoken or self._again:
            await self._may_go_on()
            if self._again and (not self._spoken or self._rng.random() < _AGAIN_SHARE):
                self.redeliveries += 1
                await self._deliver(self._again.popleft())
            elif self._spoken:
                spoken = self._spoken.popleft()
                await self._deliver(spoken)
                if self._rng.random() < _AGAIN_SHARE:
                    self._again.append(spoken)

    async def _deliver(self, spoken: Spoken) -> None:
        while True:
            self.offers += 1
            gateway = self._rng.choice(self._gateways)
            try:
                answer = await gateway.call({"say": asdict(spoken)}, _SECONDS)
            except (NotSentError, NoAnswerError):
                answer = {"refused": True}
            if "refused" not in answer:
                self.accepted.append(
                    Accepted(
                        conversation=conversation_of(spoken.sender),
                        message=spoken.message,
                        seq=answer["seq"],
                    )
                )
                self.moved.set()
                return
            await asyncio.sleep(_PAUSE_SECONDS)
