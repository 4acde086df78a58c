"""The real service with a phone in hand: what the demo, the chat and the scenarios play on.

It boots the service as an operator would, on loopback, and does only what a sender can do: post
signed webhooks and read what the channel delivered. The report of a turn is read from the
conversation's history, after the commit.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import aiohttp

from lola.app import Service
from lola.channel.names import ChannelName
from lola.domain.clock import Clock, system_clock
from lola.domain.messages import Address, ConversationId, JsonObject
from lola.errors import LolaError
from lola.sandbox.data import VERIFIED
from lola.sandbox.server import Sandbox
from lola.sandbox.world import Verdict
from lola.settings import Settings
from lola.telemetry.names import METRIC_MODEL_CALLS
from lola.testing.device import Phone, Posted, Received
from lola.testing.devices import SIMULATED_CHANNELS
from lola.testing.simulated_channel import Connection
from lola.testing.widget import Widget

TURN_SECONDS = 30.0
NEW_NUMBERS = "+1555020"
POLL_SECONDS = 0.005


class HarnessError(LolaError):
    """The service did not do what a sender could wait for."""

    code = "LOLA-900"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnReport:
    """One turn as it was committed, with what the sender saw.

    `record` and `state` are the conversation's own, as they were stored with this turn.
    """

    route: str
    tools: tuple[str, ...]
    passages: tuple[str, ...]
    language: str
    milliseconds: int
    replies: tuple[Received, ...]
    record: JsonObject = field(default_factory=dict)
    state: JsonObject = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        """Answer the object that `lola chat --json` prints."""
        return {
            "route": self.route,
            "tools": list(self.tools),
            "passages": list(self.passages),
            "language": self.language,
            "ms": self.milliseconds,
            "replies": [
                {
                    "type": reply.kind,
                    "text": reply.text,
                    "options": [title for _, title in reply.options],
                    "links": [url for _, url in reply.links],
                }
                for reply in self.replies
            ],
        }


class Line:
    """One sender on one channel: says something, and waits for the turn that answers it."""

    def __init__(
        self,
        service: Service,
        phone: Phone,
        address: Address,
        inbox: Callable[[], list[Received]],
    ) -> None:
        self.phone = phone
        self.address = address
        self._service = service
        self._inbox = inbox
        self._seen = 0
        self._turns = 0

    @property
    def conversation(self) -> ConversationId:
        """The conversation this line talks in."""
        return self.address.conversation

    @property
    def last_seen(self) -> list[Received]:
        """Everything delivered so far."""
        return self._inbox()

    async def prove(self) -> TurnReport | None:
        """Prove the number where the channel does not tell it; None where it does."""
        posted = await self.phone.prove()
        return None if posted is None else await self.turn(posted)

    async def say(self, text: str) -> TurnReport:
        """Write a text and wait for the answer."""
        return await self.turn(await self.phone.say(text))

    async def choose(self, title: str) -> TurnReport:
        """Tap the newest option with this title; on channels without buttons, write its number."""
        for received in reversed(self._inbox()):
            for option_id, shown in received.options:
                if shown.casefold() == title.casefold():
                    return await self.turn(await self.phone.tap(option_id, shown))
        raise HarnessError(f"no option {title!r} was offered")

    async def turn(self, posted: Posted) -> TurnReport:
        """Wait for the turn that took this message."""
        if posted.status != 200:
            raise HarnessError(f"the gateway answered {posted.status}")
        return await self._report(
            lambda record: any(item["id"] == posted.message_id for item in record["inbound"])
        )

    async def event(self, name_contains: str = "") -> TurnReport:
        """Wait for the next turn that an event caused and that said something."""
        return await self._report(
            lambda record: (
                bool(record["outbound"])
                and any(
                    item["kind"] == "event" and name_contains in item["id"]
                    for item in record["inbound"]
                )
            )
        )

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
        """Wait until the outbox handed everything of this turn to the channel."""
        while len(self._inbox()) - self._seen < len(record["outbound"]):  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        replies = tuple(self._inbox()[self._seen :])
        self._seen += len(replies)
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


def _verdict(kind: str) -> Verdict:
    verdicts: dict[str, Verdict] = {
        "verified": "passed", "pending": "pending", "blocked": "blocked", "broken": "broken",
    }  # fmt: skip
    return verdicts[kind]


class Harness:
    """Boots a service with its sandbox and hands out lines."""

    def __init__(self, settings: Settings, *, clock: Clock = system_clock) -> None:
        self.service = Service(settings, clock=clock)
        self._clock = clock
        self._http: aiohttp.ClientSession | None = None
        self._senders = 0

    async def __aenter__(self) -> Self:
        await self.service.__aenter__()
        if self.service.sandbox is not None:
            self.service.sandbox.m2m.limits_requests = False
        # Loopback is an address and not a name: only an unsafe jar keeps its cookies.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.widget = Widget(self._http)
        return self

    async def __aexit__(self, *details: object) -> None:
        if self._http is not None:
            await self._http.close()
        await self.service.__aexit__(*details)

    @property
    def sandbox(self) -> Sandbox:
        """The stand-ins. Raises HarnessError when real partners are configured."""
        if self.service.sandbox is None:
            raise HarnessError("the harness needs the sandbox, but partners are configured")
        return self.service.sandbox

    async def fault(self, partner: str, fault: str, times: int = 1) -> None:
        """Make a partner fail the next `times` calls, through the sandbox's control API."""
        if self._http is None:
            raise HarnessError("the harness is not started")
        order = {"partner": partner, "fault": fault, "times": times}
        async with self._http.post(f"{self.sandbox.url}/control/faults", json=order) as response:
            if response.status >= 400:
                raise HarnessError(f"the sandbox refused the fault ({response.status})")

    def new_sender(self, kind: str = "new") -> str:
        """Answer a number that nobody had yet; one that is not `new` becomes known to PayHub.

        A verified one has what the documented verified sender has.
        """
        self._senders += 1
        phone = f"{NEW_NUMBERS}{self._senders:04d}"
        if kind != "new":
            self.sandbox.world.add_like(VERIFIED, phone, _verdict(kind))
        return phone

    def model_calls(self) -> int:
        """Answer how many requests the service has made to chat models so far."""
        return sum(
            int(sample.value)
            for metric in self.service.metrics.registry.collect()
            for sample in metric.samples
            if sample.name == f"{METRIC_MODEL_CALLS}_total"
        )

    def line(self, phone: str, *, channel: ChannelName = "whatsapp", name: str = "Sender") -> Line:
        """Pick up a phone with this number."""
        if self._http is None:
            raise HarnessError("the harness is not started")
        connection = Connection(
            service=self.service, sandbox=self.sandbox, http=self._http, clock=self._clock
        )
        sender = SIMULATED_CHANNELS[channel].connect(connection, phone, name)
        return Line(self.service, sender.device, sender.address, sender.inbox)
