"""Wraps the turn handler with read receipts and typing; turns delivery results into inbox events.

The result of a send enters its conversation's inbox, so that it is handled in order with what the
sender writes meanwhile.
"""

import asyncio
from collections.abc import Mapping

import structlog

from lola.app.state import State
from lola.conversation import TurnEngine
from lola.conversation.outbox_events import (
    deferred_event,
    lost_event,
    refused_event,
    repeat_event,
)
from lola.delivery.channels import Channels
from lola.delivery.model import Effects, OutboxRow, Work
from lola.domain.messages import Address
from lola.errors import ChannelError
from lola.escalation.help_desk import HelpDesk
from lola.telemetry import names

log = structlog.get_logger(__name__)


class DeliveryEvents:
    """The outbox's callbacks: each enqueues an event about a row."""

    def __init__(self, state: State) -> None:
        self._inbox = state.inbox
        self._consent = state.consent

    async def lost(self, row: OutboxRow, reason: str) -> None:
        """Report that it is unknown whether a message about money arrived."""
        await self._inbox.enqueue(lost_event(row, reason), row.trace_id)

    async def defer(self, row: OutboxRow) -> None:
        """Keep a row that an invitation replaced; it is sent when the sender writes again."""
        await self._inbox.enqueue(deferred_event(row), row.trace_id)

    async def refused(
        self, row: OutboxRow, reason: str, *, again: bool = False, waits: bool = False
    ) -> None:
        """Report that a row will never arrive."""
        event = refused_event(row, reason, again=again, waits=waits)
        await self._inbox.enqueue(event, row.trace_id)

    async def repeat(self, row: OutboxRow, reason: str, *, seconds: float) -> None:
        """Report that a row failed for now, so that it is sent once more."""
        log.warning(names.SEND_REPEATED, row=row.id, trace_id=row.trace_id, reason=reason)
        await self._inbox.enqueue(repeat_event(row, reason, seconds=seconds), row.trace_id)

    async def opted_out(self, row: OutboxRow, code: str) -> None:  # noqa: ARG002 - the hook's shape
        """Record an opt-out that the provider refused a send for."""
        await self._consent.record(row.address, "out", how="provider", event=row.id)


class TurnRunner:
    """Runs the turn of leased work, with read receipts and the help desk's owner."""

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
        self._sync_list = state.sync_list
        self._receipts: set[asyncio.Task[None]] = set()

    async def handle(self, work: Work) -> Effects:
        """Handle a burst of messages. A read receipt never delays the reply."""
        last = work.envelopes[-1].inbound
        await self._refresh_owner(last.address)
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
        """Wait for the receipts in progress."""
        await asyncio.gather(*self._receipts, return_exceptions=True)

    async def _refresh_owner(self, address: Address) -> None:
        """Read the owner of a conversation on a help desk's own channel.

        A change of owner repeats this turn. During an outage of the help desk nothing changes, and
        the reply could not be sent either.
        """
        help_desk = self._help_desks.get(address.channel)
        if help_desk is None:
            return
        try:
            await help_desk.refresh_owner(address.conversation, address.sender)
        except ChannelError as error:
            log.warning(names.HELP_DESK_FAILED, code=error.code)
        await self._sync_list.mark(address.conversation)
