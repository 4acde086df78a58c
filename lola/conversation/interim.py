"""The "one moment" that is sent when a reply takes longer than the channel's delay."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from lola.delivery.inbox import Inbox
from lola.delivery.model import Effects, Reply
from lola.domain.messages import Outbound, TextMessage
from lola.domain.tasks import end
from lola.domain.turn import Turn
from lola.errors import StoreUnavailableError
from lola.services import Services

# Later than this, "one moment" would be about a message answered long ago.
VALID_FOR = timedelta(seconds=30)


class Interim:
    """Sends the interim message of a turn, once, ahead of its reply."""

    def __init__(self, services: Services, inbox: Inbox) -> None:
        self._clock = services.clock
        self._wording = services.wording
        self._delay = services.settings.moment_seconds
        self._inbox = inbox

    @asynccontextmanager
    async def announcing(self, turn: Turn, announced: list[Outbound]) -> AsyncIterator[None]:
        """Send it when the body takes too long, and add it to `announced`."""
        delay = self._delay
        if isinstance(delay, Mapping):
            delay = delay.get(turn.address.channel, 0.0)
        if not delay:
            yield
            return
        task = asyncio.create_task(self._announce(turn, delay, announced))
        try:
            yield
        finally:
            await end(task)

    async def _announce(self, turn: Turn, delay: float, announced: list[Outbound]) -> None:
        await asyncio.sleep(max(0.0, delay - turn.seconds))
        moment = TextMessage(content=self._wording("agent.moment", turn.language))
        ahead = Effects(
            address=turn.session.address,
            state={},
            record={},
            replies=(Reply(message=moment, valid_until=self._clock() + VALID_FOR),),
            language=turn.language,
            heard_at=turn.session.heard_at,
        )
        # A reply without an announcement is better than none: Redis will be asked again for it.
        with suppress(StoreUnavailableError):
            if await self._inbox.send_interim(turn.work, ahead):
                announced.append(moment)
