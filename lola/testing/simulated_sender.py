"""One simulated sender of a running service: what they can do, and the report of each turn.

The report of a turn is read from the conversation's history after the commit; what the sender saw
is read from what the channel delivered.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import uuid4

from lola.app import Service
from lola.domain.events import TICKET_NUDGE
from lola.domain.messages import (
    Address,
    ConversationId,
    EventContent,
    Inbound,
    JsonObject,
    MessageId,
)
from lola.errors import LolaError
from lola.testing.device import Device, Posted, Received
from lola.text.folding import unaccented

TURN_SECONDS = 120.0
POLL_SECONDS = 0.005


class HarnessError(LolaError):
    """The service did not do what the test waited for."""

    code = "LOLA-900"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnReport:
    """One turn as it was committed, with what the sender saw.

    `record` and `state` are the conversation's history record and session, as stored by this turn.
    `earlier` are the turns before it that are reported with it (`as_one`).
    """

    route: str
    tools: tuple[str, ...]
    passages: tuple[str, ...]
    language: str
    milliseconds: int
    replies: tuple[Received, ...]
    record: JsonObject = field(default_factory=dict)
    state: JsonObject = field(default_factory=dict)
    earlier: "tuple[TurnReport, ...]" = ()


def as_one(reports: Sequence[TurnReport]) -> TurnReport:
    """Return several turns as the last of them, with what was said and called in all."""
    *earlier, last = reports
    return replace(
        last,
        replies=tuple(one for report in reports for one in report.replies),
        tools=tuple(name for report in reports for name in report.tools),
        earlier=tuple(earlier),
    )


class SimulatedSender:
    """A sender on one channel. Each method that writes waits for the turn it causes.

    `inbox` returns everything that the channel has delivered to the sender so far.
    """

    def __init__(
        self,
        service: Service,
        device: Device,
        address: Address,
        inbox: Callable[[], list[Received]],
    ) -> None:
        self.device = device
        self.address = address
        self._service = service
        self._inbox = inbox
        self._seen = 0
        self._turns = 0

    @property
    def conversation(self) -> ConversationId:
        """The id of this sender's conversation."""
        return self.address.conversation

    @property
    def last_seen(self) -> list[Received]:
        """Everything delivered so far."""
        return self._inbox()

    async def catch_up(self) -> None:
        """Count everything that happened so far as seen, such as a colleague's message."""
        stored = await self._service.store.read(self.conversation, limit=1)
        self._turns = max([self._turns, *(int(record["turn"]) for record in stored.history)])
        self._seen = len(self._inbox())

    async def prove(self) -> TurnReport | None:
        """Prove the number where the channel does not tell it; return None where it does."""
        posted = await self.device.prove()
        return None if posted is None else await self.turn(posted)

    async def say(self, text: str) -> TurnReport:
        """Write a text and wait for the reply."""
        return await self.turn(await self.device.say(text))

    async def choose(self, title: str) -> TurnReport:
        """Tap the newest option with this title; on channels without buttons, write its number."""
        for received in reversed(self._inbox()):
            for option_id, shown in received.options:
                if unaccented(shown) == unaccented(title):
                    return await self.turn(await self.device.tap(option_id, shown))
        raise HarnessError(f"no option {title!r} was offered")

    async def turn(self, posted: Posted) -> TurnReport:
        """Wait for the turn that handled this message."""
        (report,) = await self.turns([posted])
        return report

    async def turns(self, posted: Sequence[Posted]) -> list[TurnReport]:
        """Wait for the turns that handled these messages: one turn can handle several."""
        for one in posted:
            _accepted(one)
        left = {one.message_id for one in posted}
        reports = []
        while left:
            report = await self._report(partial(_handled, left))
            left -= {item["id"] for item in report.record["inbound"]}
            reports.append(report)
        return reports

    async def event(self, name_contains: str = "", *, silent: bool = False) -> TurnReport:
        """Wait for the next turn that an event caused and that sent something, or nothing."""
        return await self._report(
            lambda record: (
                bool(record["outbound"]) is not silent
                and any(
                    item["kind"] == "event" and name_contains in item["id"]
                    for item in record["inbound"]
                )
            )
        )

    async def settle(self) -> TurnReport:
        """Wait until all that is in the conversation's inbox is handled, and report on it.

        An event that concerns no ticket is put behind it: its turn says nothing.
        """
        before = self._turns
        mark = MessageId(f"test-{uuid4().hex}")
        content = EventContent(name=TICKET_NUDGE, data={"ticket": mark})
        await self._service.inbox.enqueue(
            Inbound(id=mark, address=self.address, content=content), trace_id=mark
        )
        report = await self._report(partial(_handled, {mark}))
        stored = await self._service.store.read(self.conversation)
        turns = [one for one in stored.history if before < int(one["turn"]) <= self._turns]
        said = [one for one in turns if one["outbound"]]
        if said:
            messages = sum(len(one["outbound"]) for one in said)
            late = await self._received(messages - len(report.replies))
            report = replace(report, route=said[-1]["route"], replies=report.replies + late)
        return report

    async def _report(self, wanted: Callable[[JsonObject], bool]) -> TurnReport:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                while True:
                    stored = await self._service.store.read(self.conversation, limit=8)
                    for record in stored.history:
                        if int(record["turn"]) > self._turns and wanted(record):
                            self._turns = int(record["turn"])
                            return await self._delivered(record, stored.state or {})
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise HarnessError("no turn answered in time") from None

    async def _delivered(self, record: JsonObject, state: JsonObject) -> TurnReport:
        """Wait until the outbox has sent all messages of this turn to the channel."""
        replies = await self._received(len(record["outbound"]))
        return TurnReport(
            route=record["route"],
            tools=tuple(item["name"] for item in record["tools"]),
            passages=tuple(record["passages"]),
            language=record["language"],
            milliseconds=record["ms"],
            replies=replies,
            record=record,
            state=state,
        )

    async def _received(self, count: int) -> tuple[Received, ...]:
        """Wait for so many more messages, and return all that arrived."""
        while len(self._inbox()) - self._seen < count:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        replies = tuple(self._inbox()[self._seen :])
        self._seen += len(replies)
        return replies


def _handled(ids: set[str], record: JsonObject) -> bool:
    return any(item["id"] in ids for item in record["inbound"])


def _accepted(posted: Posted) -> None:
    if posted.status != 200:
        raise HarnessError(f"the gateway answered {posted.status}")
