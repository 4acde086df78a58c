"""The contract that every channel passes: verify, parse, send.

A connector knows its provider's wire format and nothing else. The gateway calls `verify` on the
raw request before anything is parsed, then `parse`, then enqueues; the outbox calls `send`. What a
channel can show, and how it wants to be sent to, it says in a capability record; nothing outside
its folder ever asks which channel it is (docs/channels.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, runtime_checkable

from lola.domain.messages import Address, ConversationId, Inbound, JsonObject, Outbound
from lola.errors import RejectedError, SignatureError

DeliveryStatus = Literal["sent", "delivered", "read", "failed"]

Failure = Literal["rejected", "window_closed", "opted_out"]
"""Why a message that was accepted did not arrive after all: for good, until the sender writes
again, or because they want no more (the same three as the errors of `lola.errors`)."""

Correlation = Literal["none", "reference", "id", "listing"]
"""How the outcome of an unanswered call can be learned: not at all; delivery reports echo our
reference; they carry the provider's own id only; or the channel can be asked (`find`)."""


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
    """A delivery report. `reference` is our outbox row's id where the provider echoes it.

    A `failed` one says in `failure` what the provider's `error_code` means.
    """

    provider_id: str
    status: DeliveryStatus
    reference: str = ""
    error_code: str = ""
    failure: Failure = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAction:
    """What people of the bank did in a help desk of their own, about one of our conversations.

    They `took` it, wrote a `reply`, or `changed` something that is worth a look. `thread` is what
    the help desk calls the conversation, and `id` what it calls the reply. A reply without `text`
    has reached the sender already.
    """

    conversation: ConversationId
    thread: str
    kind: Literal["took", "reply", "changed"]
    id: str = ""
    staff: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What one webhook holds. `alerts` are things an operator should see, free of message text."""

    messages: tuple[Inbound, ...] = ()
    statuses: tuple[Status, ...] = ()
    staff: tuple[StaffAction, ...] = ()
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
    attempts, or when it says itself.
    """

    pair_seconds: float = 0.0
    pair_burst: int = 1
    retry_base: float = 2.0
    correlation: Correlation = "none"

    @property
    def reports(self) -> bool:
        """Whether delivery reports come at all."""
        return self.correlation in {"reference", "id"}

    @property
    def reports_by_id(self) -> bool:
        """Whether delivery reports carry no reference of ours, only the provider's own id."""
        return self.correlation == "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tappable:
    """What fits into one message with things to tap.

    At most `most` of them, under at most `body` of words, each with a `label` and an `id` that
    comes back. `id` is in bytes of UTF-8, everything else in UTF-16 units: providers count in
    characters or in these, and these are never fewer.
    """

    most: int
    body: int = 1024
    label: int = 20
    id: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can show and do. Agents never ask which channel it is; renderers ask this.

    `text` is the longest text, in UTF-16 units. `buttons`, `lists` and `links` (buttons that open
    an address) say what fits, None that there is no such thing: then words take their place
    (`lola.channel.rendering`). `bold` stands on both sides of bold words. For `window` after the
    sender's last message anything may be sent (None: always); outside of it a channel with
    `templates` can `invite`. `statuses` are the delivery reports that it gives. Where `typing`
    fades by itself it is shown again every `typing_seconds` while we think. `proves_number`:
    senders are known by something else than a telephone number, and SHARE_NUMBER becomes a button
    that proves one. `unstored_status` is what its provider must hear to send a webhook again.
    """

    text: int
    buttons: Tappable | None = None
    lists: Tappable | None = None
    links: Tappable | None = None
    bold: str = ""
    typing: bool = False
    typing_seconds: float = 0.0
    proves_number: bool = False
    window: timedelta | None = None
    templates: bool = False
    statuses: frozenset[DeliveryStatus] = frozenset()
    sending: SendPolicy = SendPolicy()
    unstored_status: int = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider took the message under this id; `segments` is what it bills, where it does."""

    provider_id: str
    segments: int = 0


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

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        """Send one message, degraded to what the channel can show. Raises ChannelError."""
        ...

    def handshake(self, request: RawRequest) -> WebhookReply:
        """Answer a provider's GET. Raises SignatureError when it is not ours."""
        ...

    def accepted(self, request: RawRequest) -> WebhookReply:
        """What a provider hears when its POST is safely stored."""
        ...

    async def invite(self, address: Address, language: str, reference: str) -> tuple[Receipt, ...]:
        """Ask the sender by approved template to write again. Raises ChannelError."""
        ...

    async def find(self, address: Address, reference: str) -> tuple[Receipt, ...] | None:
        """Look for a message whose outcome is unknown: its receipts, or () when it never arrived.

        None when nobody can tell. Raises ChannelError.
        """
        ...

    async def check(self) -> str:
        """Try the credentials and say what was found, for `lola doctor`. Raises ChannelError."""
        ...

    async def seen(self, message: Inbound) -> None:
        """Mark as read and show typing, where the channel can. Never raises ChannelError."""
        ...

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        ...


@runtime_checkable
class Registered(Protocol):
    """A channel whose provider is told by API where webhooks go (`lola webhook`)."""

    async def register(self, public_url: str) -> None:
        """Make the provider send webhooks to this origin. Raises ChannelError."""
        ...

    async def registration(self) -> JsonObject:
        """Answer what the provider has registered, without a secret. Raises ChannelError."""
        ...


class ConnectorBase:
    """What a plain channel answers to the optional half of the contract.

    `verify`, `parse` and `send` are missing on purpose: no channel gets those for free.
    """

    def handshake(self, request: RawRequest) -> WebhookReply:  # noqa: ARG002 - the contract's shape
        """There is none. Raises SignatureError."""
        raise SignatureError("this channel has no handshake")

    def accepted(self, request: RawRequest) -> WebhookReply:  # noqa: ARG002 - the contract's shape
        """Say nothing but 200."""
        return WebhookReply()

    async def invite(
        self,
        address: Address,  # noqa: ARG002 - the contract's shape
        language: str,  # noqa: ARG002 - the contract's shape
        reference: str,  # noqa: ARG002 - the contract's shape
    ) -> tuple[Receipt, ...]:
        """There are no templates. Raises RejectedError."""
        raise RejectedError("this channel has no templates")

    async def find(
        self,
        address: Address,  # noqa: ARG002 - the contract's shape
        reference: str,  # noqa: ARG002 - the contract's shape
    ) -> tuple[Receipt, ...] | None:
        """Nobody can tell."""
        return None

    async def check(self) -> str:
        """Nothing is tried."""
        return "configured"

    async def seen(self, message: Inbound) -> None:
        """There are neither receipts nor typing."""

    async def close(self) -> None:
        """Nothing to release."""
