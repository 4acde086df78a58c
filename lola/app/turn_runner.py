"""What a worker does around the road itself: show that we read along, and pass on what it learns.

Whatever happened to a row outside enters its conversation's inbox, so that it takes its turn with
what the sender says meanwhile.
"""

import asyncio
from collections.abc import Mapping

import structlog

from lola.app.state import State
from lola.conversation import TurnEngine
from lola.conversation.outbox_events import deferred_event, lost_event, refused_event
from lola.delivery.channels import Channels
from lola.delivery.model import Effects, OutboxRow, Work
from lola.domain.messages import Address
from lola.errors import ChannelError
from lola.escalation.help_desk import HelpDesk
from lola.telemetry import names

log = structlog.get_logger(__name__)


class DeliveryEvents:
    """The hooks of whoever sends: each puts what became of a row into the inbox."""

    def __init__(self, state: State) -> None:
        self._inbox = state.inbox
        self._consent = state.consent

    async def lost(self, row: OutboxRow, reason: str) -> None:
        """Nobody knows whether words about money arrived."""
        await self._inbox.enqueue(lost_event(row, reason), row.trace_id)

    async def owe(self, row: OutboxRow) -> None:
        """An invitation went out instead; the row is said when the sender writes again."""
        await self._inbox.enqueue(deferred_event(row), row.trace_id)

    async def refused(self, row: OutboxRow, reason: str, *, again: bool = False) -> None:
        """A row will never arrive."""
        await self._inbox.enqueue(refused_event(row, reason, again=again), row.trace_id)

    async def opted_out(self, row: OutboxRow, code: str) -> None:  # noqa: ARG002 - the hook's shape
        """A provider knew of an opt-out that nobody told us of; from now on it is ours as well."""
        await self._consent.record(row.address, "out", how="provider", event=row.id)


class TurnRunner:
    """Handles leased work with the conversation, and everything that stands beside it."""

    def __init__(
        self,
        conversation: TurnEngine,
        channels: Channels,
        help_desks: Mapping[str, HelpDesk],
        state: State,
    ) -> None:
        self._conversation = conversation
        self._channels = channels
        self._help_desks = help_desks
        self._watch = state.watch
        self._receipts: set[asyncio.Task[None]] = set()

    async def handle(self, work: Work) -> Effects:
        """Answer a burst. A receipt goes out beside it and never gates an answer."""
        last = work.envelopes[-1].inbound
        await self._ask_help_desk(last.address)
        done = asyncio.Event()
        if work.ownership.owner == "bot" and not last.is_event:
            task = asyncio.create_task(self._channels.seen(last, done))
            self._receipts.add(task)
            task.add_done_callback(self._receipts.discard)
        try:
            return await self._conversation(work)
        finally:
            done.set()

    async def end(self) -> None:
        """Wait for the receipts that are still under way."""
        await asyncio.gather(*self._receipts, return_exceptions=True)

    async def _ask_help_desk(self, address: Address) -> None:
        """In a help desk's own conversation its people may have come in a moment ago.

        What changes the owner repeats this turn with the new one. An outage changes nothing: then
        the answer cannot leave either.
        """
        desk = self._help_desks.get(address.channel)
        if desk is None:
            return
        try:
            await desk.arrived(address.conversation, address.sender)
        except ChannelError as error:
            log.warning(names.HELP_DESK_FAILED, code=error.code)
        await self._watch.mark(address.conversation)
