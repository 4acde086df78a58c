"""The contract that every channel passes: verify, parse, send.

A connector knows its provider's wire format and nothing else. The gateway calls `verify` on the
raw request before anything is parsed, then `parse`, then enqueues; the outbox calls `send`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lola.messages import Address, Inbound, Outbound


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """A webhook exactly as it arrived. `path` is the raw request target with its query string."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A delivery report: `sent`, `delivered`, `read` or `failed`.

    `reference` is our outbox row's id where the provider echoes it.
    """

    provider_id: str
    status: str
    reference: str = ""
    error_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What one webhook holds. `alerts` are things an operator should see, free of message text."""

    messages: tuple[Inbound, ...] = ()
    statuses: tuple[Status, ...] = ()
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReply:
    """What the provider hears when its webhook was accepted."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPolicy:
    """How a channel wants to be sent to; the outbox keeps to it.

    One message per `pair_seconds` and recipient on average, `pair_burst` of them at once; 0 seconds
    means no limit of ours. A busy channel is tried again after `retry_base` to the power of the
    attempts, or when it says itself. `reports_by_id`: its delivery reports carry no reference of
    ours, only the provider's own id.
    """

    pair_seconds: float = 0.0
    pair_burst: int = 1
    retry_base: float = 2.0
    reports_by_id: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can show. Agents never ask which channel it is; renderers ask this."""

    buttons: bool
    lists: bool
    link_buttons: bool
    typing: bool
    max_text: int
    sending: SendPolicy = SendPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider took the message under this id."""

    provider_id: str


class Connector(Protocol):
    """One channel. `name` is its key everywhere; `routes` are the webhook paths it answers."""

    name: str
    routes: tuple[str, ...]
    body_limit: int
    capabilities: Capabilities

    def verify(self, request: RawRequest) -> None:
        """Check authenticity on the raw bytes, in constant time. Raises SignatureError."""
        ...

    def parse(self, request: RawRequest) -> Parsed:
        """Read a verified request. Raises MalformedPayloadError."""
        ...

    def handshake(self, request: RawRequest) -> WebhookReply:
        """Answer a provider's GET. Raises SignatureError when it is not ours."""
        ...

    def accepted(self, request: RawRequest) -> WebhookReply:
        """What a provider hears when its POST is safely stored."""
        ...

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        """Send one message, degraded to what the channel can show. Raises ChannelError."""
        ...

    async def seen(self, message: Inbound) -> None:
        """Mark as read and show typing, where the channel can. Never raises ChannelError."""
        ...

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        ...
