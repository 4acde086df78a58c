"""Inbound and outbound messages, independent of any channel.

Inbound contents say what the sender (or the outside world) did; outbound messages are the four
documented shapes with the documented limits as constructors that refuse (reference/lola.md 7).
Channel markup never appears here: connectors translate at the edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal, NewType

from pydantic import Discriminator, TypeAdapter

from lola.errors import MessageLimitError

ConversationId = NewType("ConversationId", str)
"""One sender on one business account of one channel. Opaque; it holds no telephone number."""

MessageId = NewType("MessageId", str)
"""The provider's own id of an inbound message, unique within its channel and account."""

JsonObject = dict[str, Any]

CONTENT_LIMIT = 1024
LABEL_LIMIT = 20
LIST_TITLE_LIMIT = 24
OPTION_ID_LIMIT = 200
MAX_BUTTONS = 3
MAX_SELECT = 10

SHARE_NUMBER = "sender:share_number"
"""Id of the option that asks the sender to prove their number; a channel that can turns it into its
own button for that, and answers with `Address.phone`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a sender is reached. `sender` is the channel's address verbatim, never normalised.

    `phone` is the canonical E.164 form for matching identities; None where the channel gave none.
    `user_id` is the provider's own id of the sender, in the form of an address, where the channel
    tells one beside the number. `person` is the id under which `lola.state.persons` knows them,
    whichever of the two a message carries; empty on channels with one id per sender.
    """

    channel: str
    account: str
    sender: str
    phone: str | None = None
    user_id: str = ""
    person: str = ""

    @property
    def lasting(self) -> str:
        """The id that stays the same when the sender's other ids change."""
        return self.person or self.sender

    @property
    def conversation(self) -> ConversationId:
        """The conversation's id: a digest, so that keys and logs hold no telephone number."""
        raw = f"{self.channel}\x1f{self.account}\x1f{self.lasting}".encode()
        return ConversationId(f"{self.channel}-{blake2b(raw, digest_size=12).hexdigest()}")


def channel_of(conversation: ConversationId) -> str:
    """Return the name of the channel that a conversation belongs to."""
    return conversation.rpartition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContent:
    """Text that the sender wrote."""

    text: str
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceContent:
    """A tap on a button or list row. The id is untrusted and may be days old."""

    id: str
    title: str
    type: Literal["choice"] = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContact:
    """A contact card. `phones` come in as written and leave ContactDecoding in E.164."""

    name: str
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsContent:
    """One or more contact cards that the sender shared.

    `is_own`: the channel vouches that it is the sender's own; any other card is somebody else's.
    """

    contacts: tuple[SharedContact, ...]
    is_own: bool = False
    type: Literal["contacts"] = "contacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationContent:
    """A place, in degrees."""

    latitude: float
    longitude: float
    name: str = ""
    type: Literal["location"] = "location"


Hearing = Literal["", "heard", "failed", "long"]
"""What became of a voice note: nothing was tried, its words are known, it could not be heard, or it
is longer than the setting allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaContent:
    """A file: image, video, audio, document or sticker. Its bytes are never in a message.

    `name` is the file's own name, `mime` its claimed type, `size` its bytes and `file` the
    channel's reference to fetch it by, where the channel tells them. `caption` is what the sender
    wrote under it, or said in a voice note that was `heard` (`hearing`). `kept` is the id under
    which staff find the file; `doubt`, its bytes are not of the claimed type.
    """

    media: str
    caption: str = ""
    name: str = ""
    mime: str = ""
    size: int = 0
    file: str = ""
    hearing: Hearing = ""
    kept: str = ""
    doubt: bool = False
    type: Literal["media"] = "media"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionContent:
    """An emoji put on one of our messages; empty when it was taken back."""

    emoji: str
    message_id: str
    type: Literal["reaction"] = "reaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedContent:
    """A kind of message we do not know; `kind` is the channel's name for it."""

    kind: str
    type: Literal["unsupported"] = "unsupported"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContent:
    """Something that happened outside the chat: a partner's webhook, a staff action, a timer.

    `name` is dotted (`m2m.link.opened`, `console.reply`); `data` is plain JSON.
    """

    name: str
    data: JsonObject = field(default_factory=dict)
    type: Literal["event"] = "event"


Content = Annotated[
    TextContent
    | ChoiceContent
    | ContactsContent
    | LocationContent
    | MediaContent
    | ReactionContent
    | UnsupportedContent
    | EventContent,
    Discriminator("type"),
]


CarrierWord = Literal["", "stop", "start", "help"]
"""A keyword of a telephone carrier, or what says the same: blocking a bot, and letting it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedValue:
    """A value that was taken out of a text; only this deployment can open `token`.

    `hint` takes its place in the text, where values of one kind must be told apart.
    """

    kind: str
    hint: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One accepted message, as it is stored in the inbox.

    `sent_at` is the provider's clock, kept as data: order is the order of acceptance.
    `redacted` names what was taken out (`card`, `security_code`); the values are gone. `sealed`
    are those that may be read again: account numbers, and what a bank's vault keeps.
    `carrier` is the wish that the carrier has read and enforces by itself, if it was one.
    """

    id: MessageId
    address: Address
    content: Content
    sent_at: datetime | None = None
    profile_name: str = ""
    redacted: tuple[str, ...] = ()
    sealed: tuple[SealedValue, ...] = ()
    carrier: CarrierWord = ""

    @property
    def conversation(self) -> ConversationId:
        """The conversation that this message belongs to."""
        return self.address.conversation

    @property
    def is_event(self) -> bool:
        """Return whether this came from another system and not from the sender."""
        return isinstance(self.content, EventContent)


def _check(value: str, limit: int, what: str) -> None:
    if not value.strip():
        raise MessageLimitError(f"{what} is empty")
    if len(value) > limit:
        raise MessageLimitError(f"{what} has {len(value)} characters, at most {limit} are allowed")


def _check_label(value: str, limit: int, what: str) -> None:
    _check(value, limit, what)
    if "\n" in value:
        raise MessageLimitError(f"{what} holds a line break")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice. `id` comes back when it is tapped; `title` is at most 20 characters."""

    id: str
    title: str

    def __post_init__(self) -> None:
        _check_label(self.title, LABEL_LIMIT, "option title")
        _check_label(self.id, OPTION_ID_LIMIT, "option id")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """A labelled address; `text` is at most 20 characters."""

    text: str
    url: str

    def __post_init__(self) -> None:
        _check_label(self.text, LABEL_LIMIT, "link text")
        if not self.url.startswith(("https://", "http://")):
            raise MessageLimitError("a link needs an absolute http(s) address")


def _check_options(options: tuple[Option, ...], most: int) -> None:
    if not 1 <= len(options) <= most:
        raise MessageLimitError(f"{len(options)} options, between 1 and {most} are allowed")
    if len({option.id for option in options}) != len(options):
        raise MessageLimitError("two options share an id")
    if len({option.title for option in options}) != len(options):
        raise MessageLimitError("two options share a title")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The news of a message as an approved template says it, for a sender who may get nothing else.

    `template` is its key in `lola.channel.templates`, `values` fill its variables. One that is not
    `is_whole` only announces the message, which follows when the sender writes.
    """

    template: str
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """Plain text, at most 1,024 characters."""

    content: str
    notice: Notice | None = None
    type: Literal["text"] = "text"

    def __post_init__(self) -> None:
        _check(self.content, CONTENT_LIMIT, "content")


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonsMessage:
    """One to three discrete choices."""

    content: str
    options: tuple[Option, ...]
    notice: Notice | None = None
    type: Literal["buttons"] = "buttons"

    def __post_init__(self) -> None:
        _check(self.content, CONTENT_LIMIT, "content")
        _check_options(self.options, MAX_BUTTONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectMessage:
    """A list of up to ten choices; `button` opens it, `list_title` heads it."""

    content: str
    options: tuple[Option, ...]
    list_title: str
    button: str
    notice: Notice | None = None
    type: Literal["select"] = "select"

    def __post_init__(self) -> None:
        _check(self.content, CONTENT_LIMIT, "content")
        _check_options(self.options, MAX_SELECT)
        _check_label(self.list_title, LIST_TITLE_LIMIT, "list title")
        _check_label(self.button, LABEL_LIMIT, "button")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMessage:
    """Text with one or more addresses for actions outside the chat."""

    content: str
    links: tuple[LinkTarget, ...]
    notice: Notice | None = None
    type: Literal["link"] = "link"

    def __post_init__(self) -> None:
        _check(self.content, CONTENT_LIMIT, "content")
        if not self.links:
            raise MessageLimitError("a link message needs a link")


Outbound = Annotated[
    TextMessage | ButtonsMessage | SelectMessage | LinkMessage, Discriminator("type")
]

_INBOUND: TypeAdapter[Inbound] = TypeAdapter(Inbound)
_OUTBOUND: TypeAdapter[Outbound] = TypeAdapter(Outbound)


def inbound_to_json(message: Inbound) -> JsonObject:
    """Return plain JSON that `inbound_from_json` turns back into an equal message."""
    return _INBOUND.dump_python(message, mode="json")  # type: ignore[no-any-return]


def inbound_from_json(data: Mapping[str, Any]) -> Inbound:
    """Rebuild a message; raises pydantic's ValidationError when `data` is not one."""
    return _INBOUND.validate_python(data)


def outbound_to_json(message: Outbound) -> JsonObject:
    """Return the documented JSON form (`type`, `content`, `options`, `links` …)."""
    return _OUTBOUND.dump_python(message, mode="json", exclude_none=True)  # type: ignore[no-any-return]


def outbound_from_json(data: Mapping[str, Any]) -> Outbound:
    """Rebuild an outgoing message and check its limits again."""
    return _OUTBOUND.validate_python(data)
