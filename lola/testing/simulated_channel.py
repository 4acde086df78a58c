"""What each channel declares for simulated senders: its name, and how one is connected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aiohttp

from lola.app import Service
from lola.channel.names import ChannelName
from lola.domain.clock import Clock
from lola.domain.messages import Address
from lola.sandbox.journal import Delivered
from lola.sandbox.server import Sandbox
from lola.testing.device import Phone, Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where a simulated sender is connected: the running service, its sandbox and the clock."""

    service: Service
    sandbox: Sandbox
    http: aiohttp.ClientSession
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSender:
    """A sender's device, its address, and a function that returns what it has received."""

    device: Phone
    address: Address
    inbox: Callable[[], list[Received]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedChannel:
    """A channel's name, and the function that connects a sender by telephone number and name."""

    name: ChannelName
    connect: Callable[[Connection, str, str], SimulatedSender]


def received(
    delivered: Iterable[Delivered], read: Callable[[dict[str, object]], Received]
) -> list[Received]:
    """Return what a sender sees of everything that was delivered, in order."""
    return [read(item.message) for item in delivered]
