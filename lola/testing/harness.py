"""Boots the real service with its sandbox and creates simulated senders for it.

The demo, `lola chat`, the scenarios and many tests use it. It starts the service as an operator
would, on loopback, and does only what a sender can do: post signed webhooks and read what the
channel delivered.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from types import MappingProxyType
from typing import Self

import aiohttp

from lola.app import Service
from lola.channel.cost import Bill
from lola.channel.names import ChannelName
from lola.domain.clock import Clock, system_clock
from lola.models.chat import ChatModel
from lola.sandbox.clock import SandboxClock
from lola.sandbox.payhub.sample_data import VERIFIED
from lola.sandbox.payhub.senders import Verdict
from lola.sandbox.server import Sandbox
from lola.settings import Settings
from lola.telemetry.names import (
    METRIC_BILLED,
    METRIC_MESSAGE_COST,
    METRIC_MODEL_CALLS,
    METRIC_MODEL_COST,
    METRIC_SEGMENTS,
)
from lola.testing.simulated_channel import Connection, SimulatedChannel
from lola.testing.simulated_channels import SIMULATED_CHANNELS
from lola.testing.simulated_sender import HarnessError, SimulatedSender
from lola.testing.staff import Staff
from lola.testing.widget_browser import WidgetBrowser

NEW_NUMBERS = "+1555020"
VERDICTS: Mapping[str, Verdict] = MappingProxyType(
    {"verified": "passed", "pending": "pending", "blocked": "blocked", "broken": "broken"}
)
"""Kind of sender → the verdict that the sandbox's PayHub gives."""


class Harness:
    """A service with its sandbox, for `async with`.

    `clock` is what their own clock starts from, which `advance` moves forward.
    """

    def __init__(self, settings: Settings, *, clock: Clock = system_clock) -> None:
        self.clock = SandboxClock(clock)
        self.service = Service(settings, clock=self.clock)
        self._http: aiohttp.ClientSession | None = None
        self._numbers = 0

    async def __aenter__(self) -> Self:
        await self.service.__aenter__()
        if self.service.sandbox is not None:
            self.service.sandbox.m2m.limits_requests = False
        # aiohttp keeps cookies of an IP address, such as loopback, only in an "unsafe" jar.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.widget = WidgetBrowser(self._http)
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

    async def advance(self, seconds: float) -> None:
        """Let so much time pass for service and sandbox; timers that are then due fire."""
        self.clock.advance(seconds)
        await self.service.state.timers.fire_due()

    @contextmanager
    def model(self, model: ChatModel) -> Iterator[None]:
        """Let every agent ask this model instead of its own for a while."""
        router = self.service.conversation.router
        agents = router.agents()
        own = [agent.model for agent in agents]
        for agent in agents:
            agent.model = model
        try:
            yield
        finally:
            for agent, kept in zip(agents, own, strict=True):
                agent.model = kept

    def staff(self, name: str = "maria") -> Staff:
        """Return a staff member of the bank."""
        return Staff(self.service, name)

    def new_number(self, kind: str = "new") -> str:
        """Return an unused telephone number. Any kind but `new` is made known to PayHub.

        A `verified` one has everything that the documented verified sender has.
        """
        self._numbers += 1
        phone = f"{NEW_NUMBERS}{self._numbers:04d}"
        if kind != "new":
            self.sandbox.senders.add_like(VERIFIED, phone, VERDICTS[kind])
        return phone

    def model_calls(self) -> int:
        """Return how many requests the service has made to chat models so far."""
        return int(self._sum(f"{METRIC_MODEL_CALLS}_total"))

    def model_cost(self) -> Decimal:
        """Return what chat models have cost so far, by the price table of the settings."""
        return Decimal(str(round(self._sum(f"{METRIC_MODEL_COST}_total"), 6)))

    def billed(self, channel: ChannelName) -> Bill:
        """Return what the service was billed for messages on a channel so far."""
        return Bill(
            messages=int(self._sum(f"{METRIC_BILLED}_total", channel)),
            segments=int(self._sum(f"{METRIC_SEGMENTS}_total", channel)),
            cost=Decimal(str(round(self._sum(f"{METRIC_MESSAGE_COST}_total", channel), 6))),
        )

    def bills(self, channel: ChannelName) -> bool:
        """Return whether a channel's provider charges for messages."""
        return any(one.name == channel and one.capabilities.prices for one in self.service.channels)

    def _sum(self, name: str, channel: str = "") -> float:
        return sum(
            sample.value
            for metric in self.service.metrics.registry.collect()
            for sample in metric.samples
            if sample.name == name and sample.labels.get("channel", "") in {channel, ""}
        )

    def sender(
        self,
        phone: str,
        *,
        channel: ChannelName = "whatsapp",
        name: str = "Sender",
        way: SimulatedChannel | None = None,
    ) -> SimulatedSender:
        """Return a sender with this telephone number; `name` is their channel profile's.

        `way` is another way to write on a channel, such as `lola.testing.rcs.RCS`.
        """
        if self._http is None:
            raise HarnessError("the harness is not started")
        connection = Connection(
            service=self.service, sandbox=self.sandbox, http=self._http, clock=self.clock
        )
        connected = (way or SIMULATED_CHANNELS[channel]).connect(connection, phone, name)
        return SimulatedSender(self.service, connected.device, connected.address, connected.inbox)
