"""Chatwoot: marks the conversation, so that the help desk outside is brought up to date.

Nothing is mirrored here: a turn must not wait for an outside console, and what it says is true only
once it is committed. The worker's rounds read the committed history and post what is missing
(docs/channels.md). It is last, as documented: what earlier stages end is mirrored with the next
turn. Trouble of its own never stops a message (reference/lola.md 20.6).
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
    """Asks for a look at the conversation soon, where a help desk follows."""

    name = "Chatwoot"
    summary = "marks the conversation for the help desk outside; never waits for it"

    def __init__(self, watch: SyncList | None) -> None:
        self._watch = watch

    @classmethod
    def build(cls, services: Services) -> Self:
        """Make the stage; without a mirror it does nothing."""
        return cls(services.sync_list if services.settings.chatwoot_inbox_name else None)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Mark, and leave the turn as it is."""
        if self._watch is not None:
            try:
                await self._watch.mark(turn.conversation)
            except StoreUnavailableError as error:
                log.warning(names.HELP_DESK_FAILED, code=error.code)
        return turn
