"""What each channel declares for simulated senders: its name, and how a device is connected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aiohttp

from lola.app import Service
from lola.channel.names import ChannelName
from lola.domain.clock import Clock
from lola.domain.messages import Address
from lola.sandbox.message_log import SentMessage
from lola.sandbox.server import Sandbox
from lola.testing.device import Device, Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a device is connected to: the running service, its sandbox and the clock."""

    service: Service
    sandbox: Sandbox
    http: aiohttp.ClientSession
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedDevice:
    """A device, its sender's address, and a function that returns what it has received."""

    device: Device
    address: Address
    inbox: Callable[[], list[Received]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedChannel:
    """A channel's name, and the function that connects a device of a number and a profile name."""

    name: ChannelName
    connect: Callable[[Connection, str, str], ConnectedDevice]


def received(
    delivered: Iterable[SentMessage], read: Callable[[dict[str, object]], Received]
) -> list[Received]:
    """Return what a sender sees of everything that was delivered, in order."""
    return [read(item.message) for item in delivered]
