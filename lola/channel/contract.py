"""The contract of a channel: verify, parse, send.

A connector knows its provider's format and nothing else. The gateway calls `verify` on the raw
request before anything is parsed, then `parse`, then enqueues; the outbox calls `send`. The limits
of a channel are in its capability record; no code outside its folder asks which channel it is
(docs/channels.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, runtime_checkable

from lola.channel.cost import Category, PriceTable
from lola.channel.templates import FilledTemplate, MessageTemplate, ProviderTemplate
from lola.domain.messages import Address, ConversationId, Inbound, JsonObject, Outbound
from lola.errors import RejectedError, SignatureError

DeliveryStatus = Literal["sent", "delivered", "read", "failed"]

Failure = Literal["rejected", "window_closed", "opted_out", "temporary", "stopped"]
"""Why an accepted message did not arrive: finally, until the sender writes again, because they
opted out, for now, or because the channel waits for a person (as the errors of `lola.errors`)."""

Correlation = Literal["none", "reference", "id", "listing"]
"""How the outcome of an unanswered call can be learned: not at all; delivery reports echo our
reference; they carry the provider's own id only; or the channel can be searched (`find`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """A webhook exactly as it arrived. `path` is the raw request target with its query string."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """What a provider says that it charges for a message: a category, and why it is free or not.

    `kind` is `regular`, or the allowance that makes it free (reference/channels.md 1.5).
    """

    category: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A delivery report. `reference` is our outbox row's id where the provider echoes it.

    A `failed` one says in `failure` what the provider's `error_code` means, in `hint` what an
    operator can do, and in `after` when another attempt may help; a code that is in no table is
    not `known`. `pricing` is in one or two reports of a message, where its provider tells it.
    """

    provider_id: str
    status: DeliveryStatus
    reference: str = ""
    error_code: str = ""
    failure: Failure = "rejected"
    hint: str = ""
    after: float | None = None
    known: bool = True
    pricing: Pricing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAction:
    """What staff did in an external help desk, about one of our conversations.

    They `took` it over, wrote a `reply`, or `changed` something, which asks for a sync. `thread` is
    the help desk's id of the conversation, `id` that of the reply. A reply without `text` has
    reached the sender already.
    """

    conversation: ConversationId
    thread: str
    kind: Literal["took", "reply", "changed"]
    id: str = ""
    staff: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The content of one webhook. `alerts` are for the operator and hold no message text.

    `colleagues` are events (`COLLEAGUE_WROTE`): the bank's own staff wrote to the sender outside
    this service. `templates` are those that the provider has approved, refused or stopped.
    """

    messages: tuple[Inbound, ...] = ()
    colleagues: tuple[Inbound, ...] = ()
    statuses: tuple[Status, ...] = ()
    staff: tuple[StaffAction, ...] = ()
    templates: tuple[ProviderTemplate, ...] = ()
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReply:
    """The answer to a provider's webhook that was accepted."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPolicy:
    """The limits of sending to a channel, which the outbox keeps.

    One message per `pair_seconds` and recipient on average, `pair_burst` of them at once; 0 seconds
    means no limit. A busy channel is tried again after `retry_base` to the power of the attempts,
    or when its provider says.
    """

    pair_seconds: float = 0.0
    pair_burst: int = 1
    retry_base: float = 2.0
    correlation: Correlation = "none"

    @property
    def reports(self) -> bool:
        """Return whether delivery reports come at all."""
        return self.correlation in {"reference", "id"}

    @property
    def reports_by_id(self) -> bool:
        """Return whether delivery reports carry the provider's own id and no reference of ours."""
        return self.correlation == "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLimits:
    """The limits of a message with buttons, rows or links.

    At most `max_items` of them under a text of at most `body`, each with a `label` and an `id` that
    comes back. `id` is in bytes of UTF-8, everything else in UTF-16 units: some providers count
    these, others characters, of which there are never more.
    """

    max_items: int
    body: int = 1024
    label: int = 20
    id: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can show and do.

    `text` is the longest text, in UTF-16 units. `buttons`, `lists` and `links` (buttons that open
    an address) are their limits; None: there are none, and text replaces them
    (`lola.channel.rendering`). `bold` is the mark on both sides of bold text. For `reply_window`
    after the sender's last message anything may be sent (None: always); later a channel with
    `templates` can `invite`. `statuses` are the delivery reports that it gives. Where a typing
    indicator fades, it is shown again every `typing_seconds` during a turn. `proves_number`:
    senders are not known by a telephone number, and SHARE_NUMBER becomes a button that proves one.
    `user_ids`: the provider tells an id of its own beside the number, and either may be missing
    (`lola.state.persons`). `unstored_status` is the HTTP status that makes its provider send a
    webhook again. `prices` is what its provider charges for messages; None: nothing.
    """

    text: int
    buttons: ItemLimits | None = None
    lists: ItemLimits | None = None
    links: ItemLimits | None = None
    bold: str = ""
    typing_seconds: float = 0.0
    proves_number: bool = False
    user_ids: bool = False
    reply_window: timedelta | None = None
    templates: bool = False
    statuses: frozenset[DeliveryStatus] = frozenset()
    sending: SendPolicy = SendPolicy()
    unstored_status: int = 503
    prices: PriceTable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider accepted the message under this id.

    `category` is what it bills the message as, and `segments` how many, where it counts them.
    """

    provider_id: str
    segments: int = 0
    category: Category = ""


@runtime_checkable
class HasFiles(Protocol):
    """A channel whose files can be fetched."""

    async def fetch(self, address: Address, file: str, limit: int) -> bytes:
        """Return the bytes behind a `MediaContent.file`, at most `limit` of them.

        Only the provider's own hosts are asked. Raises ChannelError.
        """
        ...


class Connector(Protocol):
    """One channel. `name` is its key everywhere, `title` what staff read, `routes` its webhooks."""

    name: str
    title: str
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
        """Send one message, reduced to what the channel can show. Raises ChannelError."""
        ...

    def handshake(self, request: RawRequest) -> WebhookReply:
        """Return a provider's GET. Raises SignatureError when it is not ours."""
        ...

    def accepted(self, request: RawRequest) -> WebhookReply:
        """Return the answer to a provider's POST that is stored."""
        ...

    async def invite(self, address: Address, language: str, reference: str) -> tuple[Receipt, ...]:
        """Ask the sender by an approved template to write again. Raises ChannelError."""
        ...

    async def find(self, address: Address, reference: str) -> tuple[Receipt, ...] | None:
        """Search for a message whose outcome is unknown: its receipts, or () when it never arrived.

        None when the channel cannot tell. Raises ChannelError.
        """
        ...

    async def check(self) -> str:
        """Try the credentials and return what was found, for `lola doctor`. Raises ChannelError."""
        ...

    async def seen(self, message: Inbound) -> None:
        """Mark as read and show typing, where the channel can. Never raises ChannelError."""
        ...

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        ...


@runtime_checkable
class Registered(Protocol):
    """A channel whose webhook address is set by the provider's API (`lola webhook`)."""

    async def register(self, public_url: str) -> None:
        """Set this origin as the provider's webhook address. Raises ChannelError."""
        ...

    async def registration(self) -> JsonObject:
        """Return the provider's registration, without a secret. Raises ChannelError."""
        ...


@runtime_checkable
class HasTemplates(Protocol):
    """A channel whose provider approves message templates (`lola templates`)."""

    name: str

    @property
    def manages_templates(self) -> bool:
        """Return whether the settings name the account that the templates belong to."""
        ...

    async def list_templates(self) -> tuple[ProviderTemplate, ...]:
        """Return those of our templates that the provider has. Raises ChannelError."""
        ...

    async def submit_template(
        self, template: MessageTemplate, known: ProviderTemplate | None
    ) -> ProviderTemplate:
        """Submit a template for approval; `known` was created and not submitted.

        Raises ChannelError.
        """
        ...

    async def send_template(
        self, address: Address, filled: FilledTemplate, reference: str
    ) -> tuple[Receipt, ...]:
        """Send an approved template. Raises ChannelError, TemplateError for the template's sake."""
        ...


class ConnectorBase:
    """The optional half of the contract, for a channel that has none of it.

    `verify`, `parse` and `send` are missing on purpose: every channel must write its own.
    """

    title = ""

    def handshake(self, request: RawRequest) -> WebhookReply:  # noqa: ARG002 - the contract's shape
        """Raise SignatureError: there is no handshake."""
        raise SignatureError("this channel has no handshake")

    def accepted(self, request: RawRequest) -> WebhookReply:  # noqa: ARG002 - the contract's shape
        """Return an empty 200."""
        return WebhookReply()

    async def invite(
        self,
        address: Address,  # noqa: ARG002 - the contract's shape
        language: str,  # noqa: ARG002 - the contract's shape
        reference: str,  # noqa: ARG002 - the contract's shape
    ) -> tuple[Receipt, ...]:
        """Raise RejectedError: there are no templates."""
        raise RejectedError("this channel has no templates")

    async def find(
        self,
        address: Address,  # noqa: ARG002 - the contract's shape
        reference: str,  # noqa: ARG002 - the contract's shape
    ) -> tuple[Receipt, ...] | None:
        """Return None: the channel cannot tell."""
        return None

    async def check(self) -> str:
        """Return without trying anything."""
        return "configured"

    async def seen(self, message: Inbound) -> None:
        """Do nothing: there are neither receipts nor typing."""

    async def close(self) -> None:
        """Do nothing: there is nothing to release."""
