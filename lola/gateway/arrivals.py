"""Stores what a channel delivered, in few round trips: finds the senders' persons, then enqueues.

What a colleague wrote beside this service silences the bot before it is told to the conversation.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from lola.channel.contract import Parsed
from lola.consent import ConsentStore
from lola.delivery import Enqueued, Inbox, OwnershipStore
from lola.domain.clock import Clock
from lola.domain.messages import Inbound
from lola.escalation import colleagues
from lola.state.persons import Persons
from lola.telemetry import names

log = structlog.get_logger(__name__)


class Arrivals:
    """The way of messages into the inbox. `linked` are the channels whose senders have two ids.

    `patience` is for how long a colleague's message silences the bot; zero: until it is handed
    back. Every method raises StoreUnavailableError.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        persons: Persons,
        consent: ConsentStore,
        owners: OwnershipStore,
        clock: Clock,
        new_trace_id: Callable[[], str],
        linked: frozenset[str],
        patience: timedelta,
    ) -> None:
        self._inbox = inbox
        self._persons = persons
        self._consent = consent
        self._owners = owners
        self._clock = clock
        self._new_trace_id = new_trace_id
        self._linked = linked
        self._patience = patience

    async def store(self, parsed: Parsed) -> list[Enqueued]:
        """Store the messages of one webhook, each once, in their order; safe to repeat."""
        messages = await self._with_persons(parsed.messages)
        stored = await self._enqueue(messages)
        colleagues_wrote = await self._with_persons(parsed.colleagues)
        for event, result in zip(
            colleagues_wrote, await self._enqueue(colleagues_wrote), strict=True
        ):
            # The event's own turn takes over as well; this also stops a turn in progress.
            if not result.duplicate:
                await self._take_over(event)
        return stored

    async def _with_persons(self, messages: Sequence[Inbound]) -> list[Inbound]:
        """Return the messages with their persons, where the channel has two ids for a sender.

        An opt-out under an id that was a record of its own holds for the person.
        """
        asked = [message for message in messages if message.address.channel in self._linked]
        known = iter(await self._persons.resolve(asked) if asked else ())
        found: list[Inbound] = []
        for message in messages:
            if message.address.channel not in self._linked:
                found.append(message)
                continue
            one = next(known)
            if one.joined is not None:
                await self._consent.join(one.joined, one.message.address, event=message.id)
            found.append(one.message)
        return found

    async def _enqueue(self, messages: Sequence[Inbound]) -> list[Enqueued]:
        return await self._inbox.enqueue_all([(one, self._new_trace_id()) for one in messages])

    async def _take_over(self, event: Inbound) -> None:
        now = self._clock()
        is_taken = await colleagues.take_over(
            self._owners,
            event.conversation,
            sent_at=event.sent_at or now,
            now=now,
            patience=self._patience,
        )
        if is_taken:
            log.info(names.STAFF_TAKEN_OVER, conversation=event.conversation, staff=colleagues.APP)
