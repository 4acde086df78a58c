"""Reads a verified Telegram update into our own values (reference/channels.md 3.1, 3.3).

One webhook holds one update. Only private chats of people count; updates of groups, channels and
other bots are dropped. A shared contact proves a telephone number only when it is the sender's own:
otherwise anybody could pass as a person in their address book. A block or an unblock of the bot is
read as the sender's consent.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from channels.incoming import LABEL_LIMIT, Redact, TextCleaner, identifier
from channels.payload import instant, load_object, number, optional_object
from channels.telegram import contents
from lola.channel.contract import Parsed
from lola.domain.messages import (
    Address,
    CarrierWord,
    ContactsContent,
    Content,
    Inbound,
    JsonObject,
    MessageId,
    UnsupportedContent,
)
from lola.text import phone_numbers

CHANNEL = "telegram"
MEMBERSHIP = "my_chat_member"
UPDATES = ("message", "edited_message", "callback_query", MEMBERSHIP)
"""The updates that we ask Telegram for; any other is dropped."""

NO_IDENTITY = "telegram: update without id, sender or chat"
EDITED = UnsupportedContent(kind="edited")

# Telegram enforces a block itself, as a carrier enforces STOP (reference/channels.md 3.1).
_CONSENT: Mapping[str, CarrierWord] = MappingProxyType({"kicked": "stop", "member": "start"})
_FORWARDED = ("forward_origin", "forward_date", "forward_from", "forward_sender_name")
# Numbers that Telegram sells: they belong to no telephone line (reference/channels.md 3.3).
_ANONYMOUS = "+888"


def parse(body: bytes, account: str, redact: Redact) -> Parsed:
    """Read one update for the bot `account`. Raises MalformedPayloadError."""
    update = load_object(body)
    update_id = number(update.get("update_id"))
    kind = next((name for name in UPDATES if isinstance(update.get(name), dict)), "")
    if update_id is None:
        return Parsed(alerts=(NO_IDENTITY,))
    if not kind:
        return Parsed()
    event = update[kind]
    message = optional_object(event.get("message")) if kind == "callback_query" else event
    sender = optional_object(event.get("from"))
    user = number(sender.get("id"))
    if user is None:
        return Parsed(alerts=(NO_IDENTITY,))
    if sender.get("is_bot") or not _is_private(optional_object(message.get("chat")), user):
        return Parsed()
    if _is_silent(kind, event):
        return Parsed()
    consent = _consent(event) if kind == MEMBERSHIP else ""
    if kind == MEMBERSHIP and not consent:
        return Parsed()
    cleaner = TextCleaner(redact)
    content = _content(kind, event, cleaner)
    removed = cleaner.found
    proven = proven_number(event, user)
    if proven and isinstance(content, ContactsContent):
        content = replace(content, is_own=True)
    name = cleaner.text(_name_of(sender), LABEL_LIMIT)
    inbound = Inbound(
        id=MessageId(str(update_id)),
        address=Address(channel=CHANNEL, account=account, sender=str(user), phone=proven),
        content=content,
        sent_at=instant(message.get("date")) if kind != "callback_query" else None,
        profile_name=name,
        redacted=removed,
        carrier=consent,
    )
    return Parsed(messages=(inbound,))


def callback_query_id(body: bytes) -> str:
    """Return the id of the tap in an update; "" when it is no tap or has no usable id."""
    query = optional_object(load_object(body).get("callback_query"))
    return identifier(query.get("id"), limit=64)


def proven_number(message: JsonObject, user: int) -> str | None:
    """Return the sender's own canonical number, or None when this message proves none.

    The contact must be the sender's own (`user_id`), not forwarded, and a real telephone line. The
    caller has checked that the chat is private.
    """
    contact = optional_object(message.get("contact"))
    if number(contact.get("user_id")) != user or any(key in message for key in _FORWARDED):
        return None
    given = contact.get("phone_number")
    phone = phone_numbers.canonical(given) if isinstance(given, str) else None
    return None if phone is None or phone.startswith(_ANONYMOUS) else phone


def _is_silent(kind: str, event: JsonObject) -> bool:
    """Return whether no person said anything: a note about the chat, or a live location that moves.

    Each move is an edit of the message that shared the location.
    """
    if kind == "edited_message" and "location" in event:
        return True
    return kind in {"message", "edited_message"} and contents.is_service(event)


def _consent(membership: JsonObject) -> CarrierWord:
    status = optional_object(membership.get("new_chat_member")).get("status")
    return _CONSENT.get(status, "") if isinstance(status, str) else ""


def _content(kind: str, event: JsonObject, cleaner: TextCleaner) -> Content:
    if kind == "edited_message":
        return EDITED
    if kind == MEMBERSHIP:
        return UnsupportedContent(kind=MEMBERSHIP)
    if kind == "callback_query":
        return contents.pressed(event, cleaner)
    return contents.read(event, cleaner)


def _is_private(chat: JsonObject, user: int) -> bool:
    return chat.get("type") == "private" and number(chat.get("id")) == user


def _name_of(sender: JsonObject) -> str:
    names = (sender.get("first_name"), sender.get("last_name"))
    return " ".join(name for name in names if isinstance(name, str) and name)
