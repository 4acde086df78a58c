"""Reads a verified Chatwoot webhook into our own values (reference/channels.md 4.4 and 4.7).

One webhook holds one event. A conversation is either a sender's own, in an inbox where the bot
answers, or the mirror of a conversation on another channel, which its contact's `source_id` says.
Private notes, our own messages and copies of what we mirrored are dropped here.
"""

from datetime import UTC, datetime

from channels.chatwoot.api import objects, our_id_of
from channels.incoming import LABEL_LIMIT, Redact, TextCleaner, clean, identifier
from channels.payload import instant, load_object, number, optional_object
from lola.channel.contract import DeliveryStatus, Parsed, StaffAction, Status
from lola.domain.messages import (
    Address,
    ChoiceContent,
    Content,
    ConversationId,
    Inbound,
    JsonObject,
    MediaContent,
    MessageId,
    TextContent,
    UnsupportedContent,
)
from lola.text import phone_numbers

CHANNEL = "chatwoot"
MIRROR = "lola:"
"""The prefix of a contact's `source_id` whose conversation mirrors one of another channel."""

NO_IDENTITY = "chatwoot: message without id or conversation"
OTHER_ACCOUNT = "chatwoot: event of another account"

_CHANGES = frozenset(
    {
        "conversation_status_changed",
        "conversation_updated",
        "conversation_opened",
        "conversation_resolved",
    }
)
# Inboxes where the carrier states the number; elsewhere anybody may have typed it.
_CARRIER_INBOXES = frozenset({"Channel::Whatsapp", "Channel::TwilioSms", "Channel::Sms"})
_STATUSES: dict[str, DeliveryStatus] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
}
_FILES = {"image": "image", "audio": "audio", "video": "video"}
_STAFF_NAME_LIMIT = 60


def parse(body: bytes, account: str, redact: Redact) -> Parsed:
    """Read one event of our account. Raises MalformedPayloadError."""
    event = load_object(body)
    given = number(optional_object(event.get("account")).get("id"))
    if given is not None and str(given) != account:
        return Parsed(alerts=(OTHER_ACCOUNT,))
    kind = event.get("event")
    if not isinstance(kind, str):
        return Parsed()
    if kind in _CHANGES:
        return _change(event, account)
    if kind not in {"message_created", "message_updated"} or event.get("private"):
        return Parsed()
    if number(event.get("id")) is None or _thread_of(event) is None:
        return Parsed(alerts=(NO_IDENTITY,))
    if event.get("message_type") == "incoming":
        return _incoming(event, account, redact)
    if event.get("message_type") == "outgoing":
        return _outgoing(event, account)
    return Parsed()


def inbound_of(message: JsonObject, account: str, redact: Redact) -> Inbound | None:
    """Return a sender's message, or None when somebody else wrote it.

    A `message_updated` counts for the choice that it carries.
    """
    message_id, thread = number(message.get("id")), _thread_of(message)
    conversation = optional_object(message.get("conversation"))
    cleaner = TextCleaner(redact)
    content = _content(message, cleaner)
    if message_id is None or thread is None or content is None:
        return None
    sender = optional_object(message.get("sender"))
    is_choice = isinstance(content, ChoiceContent)
    removed = cleaner.found
    name = cleaner.text(sender.get("name"), LABEL_LIMIT)
    return Inbound(
        id=MessageId(f"{message_id}:choice" if is_choice else str(message_id)),
        address=Address(
            channel=CHANNEL, account=account, sender=thread, phone=_number_of(conversation)
        ),
        content=content,
        sent_at=_when(message.get("created_at")),
        profile_name=name,
        redacted=removed,
    )


def conversation_of(conversation: JsonObject, thread: str, account: str) -> ConversationId:
    """Return our conversation: the mirrored one, or the sender's own in Chatwoot."""
    if is_mirror(conversation):
        return ConversationId(_source_of(conversation).removeprefix(MIRROR))
    return Address(channel=CHANNEL, account=account, sender=thread).conversation


def is_mirror(conversation: JsonObject) -> bool:
    """Return whether a conversation mirrors one of another channel."""
    return _source_of(conversation).startswith(MIRROR)


def assignee_of(conversation: JsonObject) -> str:
    """Return the name of the person who has a conversation, or ""."""
    assignee = optional_object(optional_object(conversation.get("meta")).get("assignee"))
    if not assignee or assignee.get("type") == "agent_bot":
        return ""
    return staff_name(assignee)


def staff_name(person: JsonObject) -> str:
    """Return a staff member's name; never empty, because an owner needs a name."""
    name = person.get("name")
    shown = " ".join(clean(name).split())[:_STAFF_NAME_LIMIT] if isinstance(name, str) else ""
    return shown or "Chatwoot"


def _incoming(event: JsonObject, account: str, redact: Redact) -> Parsed:
    if is_mirror(optional_object(event.get("conversation"))):
        return Parsed()
    inbound = inbound_of(event, account, redact)
    if event.get("event") == "message_updated" and not (
        inbound and isinstance(inbound.content, ChoiceContent)
    ):
        return Parsed()
    return Parsed(messages=(inbound,) if inbound else ())


def _outgoing(event: JsonObject, account: str) -> Parsed:
    if ours := our_id_of(event):
        return Parsed(statuses=_statuses(event, ours))
    thread = _thread_of(event)
    sender = optional_object(event.get("sender"))
    if event.get("event") != "message_created" or sender.get("type") != "user" or not thread:
        return Parsed()
    conversation = optional_object(event.get("conversation"))
    return Parsed(staff=(reply_of(event, conversation, thread, account),))


def reply_of(
    message: JsonObject, conversation: JsonObject, thread: str, account: str
) -> StaffAction:
    """Return a staff member's reply; without text where Chatwoot has sent it itself."""
    content = message.get("content")
    is_ours_to_send = isinstance(content, str) and is_mirror(conversation)
    text = clean(str(content)).strip() if is_ours_to_send else ""
    return StaffAction(
        conversation=conversation_of(conversation, thread, account),
        thread=thread,
        kind="reply",
        id=f"{CHANNEL}:{message.get('id')}",
        staff=staff_name(optional_object(message.get("sender"))),
        text=text,
    )


def _change(event: JsonObject, account: str) -> Parsed:
    thread = number(event.get("id"))
    if thread is None:
        return Parsed(alerts=(NO_IDENTITY,))
    assigned = assignee_of(event) if _has_changed(event, "assignee_id") else ""
    action = StaffAction(
        conversation=conversation_of(event, str(thread), account),
        thread=str(thread),
        kind="took" if assigned else "changed",
        staff=assigned,
    )
    return Parsed(staff=(action,))


def _when(value: object) -> datetime | None:
    """Read a time: ISO 8601 in webhooks, Unix seconds in listings (reference/channels.md 4.4)."""
    if not isinstance(value, str):
        return instant(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _has_changed(event: JsonObject, attribute: str) -> bool:
    return any(attribute in change for change in objects(event.get("changed_attributes")))


def _thread_of(message: JsonObject) -> str | None:
    thread = number(optional_object(message.get("conversation")).get("id"))
    return None if thread is None else str(thread)


def _statuses(event: JsonObject, ours: str) -> tuple[Status, ...]:
    given = event.get("status", "sent")
    status = _STATUSES.get(given) if isinstance(given, str) else None
    if status is None:
        return ()
    return (Status(provider_id=str(event["id"]), status=status, reference=ours),)


def _number_of(conversation: JsonObject) -> str | None:
    channel = conversation.get("channel")
    if not isinstance(channel, str) or channel not in _CARRIER_INBOXES:
        return None
    return phone_numbers.canonical(_source_of(conversation).removeprefix("whatsapp:"))


def _source_of(conversation: JsonObject) -> str:
    return identifier(optional_object(conversation.get("contact_inbox")).get("source_id"))


def _content(message: JsonObject, cleaner: TextCleaner) -> Content | None:
    for chosen in objects(
        optional_object(message.get("content_attributes")).get("submitted_values")
    ):
        value, title = chosen.get("value"), cleaner.text(chosen.get("title"), LABEL_LIMIT)
        if isinstance(value, str) and value and title:
            return ChoiceContent(id=clean(value)[:LABEL_LIMIT], title=title)
    text = cleaner.text(message.get("content"))
    if files := objects(message.get("attachments")):
        kind = files[0].get("file_type")
        media = _FILES.get(kind, "document") if isinstance(kind, str) else "document"
        return MediaContent(media=media, caption=text)
    return TextContent(text=text) if text.strip() else UnsupportedContent(kind="empty")
