"""Chatwoot: marks the conversation, so that the external help desk is brought up to date.

Nothing is posted here: a turn must not wait for another system, and what it says is true only once
it is committed. The worker reads the committed history and posts what is missing
(docs/channels.md). As documented it is the last of the middleware: a turn that an earlier stage
ends is posted with the next one. A failure of its own never stops a message (reference/lola.md
20.6).
"""

from typing import Self

import structlog

from lola.conversation.pipeline import Stage
from lola.domain.turn import Answer, Turn
from lola.errors import StoreUnavailableError
from lola.services import Services
from lola.state.sync_list import SyncList
from lola.telemetry import names

log = structlog.get_logger(__name__)


class ChatwootMiddleware(Stage):
    """Marks the conversation for the help desk's next sync."""

    name = "Chatwoot"
    summary = "marks the conversation for the external help desk; never waits for it"

    def __init__(self, watch: SyncList | None) -> None:
        self._watch = watch

    @classmethod
    def build(cls, services: Services) -> Self:
        """Build the stage; without an inbox to post to it does nothing."""
        return cls(services.sync_list if services.settings.chatwoot_inbox_name else None)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Mark the conversation, and return the turn as it is."""
        if self._watch is not None:
            try:
                await self._watch.mark(turn.conversation)
            except StoreUnavailableError as error:
                log.warning(names.HELP_DESK_FAILED, code=error.code)
        return turn
