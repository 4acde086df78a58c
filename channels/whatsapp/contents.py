"""Reads the content of one WhatsApp message, for every documented type (reference/channels.md 1.4).

Files are not fetched here; ids of buttons and rows are untrusted. An unknown type becomes
UnsupportedContent; for a known type that cannot be read the result is None, and the caller alerts.
"""

from collections.abc import Callable

from channels.incoming import LABEL_LIMIT, TextCleaner, clean, degrees, identifier
from channels.payload import optional_object
from lola.domain.events import SENDER_CHANGED
from lola.domain.messages import (
    ChoiceContent,
    ContactsContent,
    Content,
    EventContent,
    JsonObject,
    LocationContent,
    MediaContent,
    ReactionContent,
    SharedContact,
    TextContent,
    UnsupportedContent,
)
from lola.text import phone_numbers

KIND_LIMIT = 64
SILENT = frozenset({"request_welcome", "revoke"})
"""Types that say nothing: the sender opened the chat, or took a message back."""
ASKED_FOR = "contact_request"
"""The origin of the card that a sender shared with Meta's own button."""
MEDIA = frozenset({"image", "video", "audio", "document", "sticker"})


def read(message: JsonObject, cleaner: TextCleaner) -> Content | None:
    """Return the content of one element of `messages`, or None when it is unreadable."""
    kind = kind_of(message)
    if kind == "edit":
        # Only the new text is known, and it is what the sender means.
        message = optional_object(optional_object(message.get(kind)).get("message"))
        kind = kind_of(message)
    if kind == "unsupported":
        named = optional_object(message.get("unsupported")).get("type")
        return UnsupportedContent(kind=_word(named) or kind)
    part = message.get(kind)
    if kind == "contacts":
        return _contacts(part, cleaner, is_own=message.get("origin") == ASKED_FOR)
    if kind in MEDIA:
        file = optional_object(part)
        return MediaContent(
            media=kind,
            caption=cleaner.text(file.get("caption")),
            name=cleaner.text(file.get("filename"), LABEL_LIMIT),
            mime=cleaner.text(file.get("mime_type"), KIND_LIMIT),
            file=identifier(file.get("id"), KIND_LIMIT),
        )
    reader = _READERS.get(kind)
    return reader(part, cleaner) if reader else UnsupportedContent(kind=kind)


def kind_of(message: JsonObject) -> str:
    """Return Meta's name of the message's type, bounded; `unknown` when it has none."""
    return _word(message.get("type")) or "unknown"


def proved_number(message: JsonObject) -> str | None:
    """Return the number that the sender shared with Meta's own button, which Meta vouches for.

    Any other contact card may be anybody's (reference/channels.md 1.11).
    """
    cards = message.get("contacts")
    for card in map(optional_object, cards if isinstance(cards, list) else ()):
        if ASKED_FOR in (message.get("origin"), card.get("origin")):
            rows = card.get("phones")
            first = optional_object(rows[0]) if isinstance(rows, list) and rows else {}
            given = first.get("wa_id") or first.get("phone")
            return phone_numbers.canonical(given) if isinstance(given, str) else None
    return None


def _word(value: object) -> str:
    return clean(value)[:KIND_LIMIT] if isinstance(value, str) else ""


def _system(part: object, _: TextCleaner) -> Content | None:
    system = optional_object(part)
    change = _word(system.get("type"))
    number = identifier(system.get("wa_id") or system.get("new_wa_id"))
    told = {"change": change, "user_id": identifier(system.get("user_id"))}
    told["phone"] = phone_numbers.canonical(number) or ""
    data = {name: value for name, value in told.items() if value}
    return EventContent(name=SENDER_CHANGED, data=data) if change else None


def _text(part: object, cleaner: TextCleaner) -> Content | None:
    body = optional_object(part).get("body")
    return TextContent(text=cleaner.text(body)) if isinstance(body, str) else None


def _button(part: object, cleaner: TextCleaner) -> Content | None:
    button = optional_object(part)
    return _choice(button.get("payload"), button.get("text"), cleaner)


def _interactive(part: object, cleaner: TextCleaner) -> Content | None:
    interactive = optional_object(part)
    kind = _word(interactive.get("type"))
    if kind in {"button_reply", "list_reply"}:
        reply = optional_object(interactive.get(kind))
        return _choice(reply.get("id"), reply.get("title"), cleaner)
    return UnsupportedContent(kind=kind or "interactive")


def _choice(id_: object, title: object, cleaner: TextCleaner) -> Content | None:
    if not isinstance(id_, str) or not id_:
        return None
    return ChoiceContent(id=clean(id_)[:LABEL_LIMIT], title=cleaner.text(title, LABEL_LIMIT))


def _contacts(part: object, cleaner: TextCleaner, *, is_own: bool) -> Content | None:
    cards = [card for card in part if isinstance(card, dict)] if isinstance(part, list) else []
    contacts = tuple(_contact(card, cleaner) for card in cards)
    is_own = is_own or any(card.get("origin") == ASKED_FOR for card in cards)
    return ContactsContent(contacts=contacts, is_own=is_own) if contacts else None


def _contact(card: JsonObject, cleaner: TextCleaner) -> SharedContact:
    name = optional_object(card.get("name")).get("formatted_name")
    rows = card.get("phones")
    entries = map(optional_object, rows if isinstance(rows, list) else ())
    phones = (cleaner.text(row.get("phone") or row.get("wa_id"), LABEL_LIMIT) for row in entries)
    return SharedContact(
        name=cleaner.text(name, LABEL_LIMIT), phones=tuple(phone for phone in phones if phone)
    )


def _location(part: object, cleaner: TextCleaner) -> Content | None:
    place = optional_object(part)
    latitude = degrees(place.get("latitude"), 90)
    longitude = degrees(place.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None
    return LocationContent(
        latitude=latitude,
        longitude=longitude,
        name=cleaner.text(place.get("name") or place.get("address"), LABEL_LIMIT),
    )


def _reaction(part: object, _: TextCleaner) -> Content | None:
    reaction = optional_object(part)
    target = identifier(reaction.get("message_id"))
    emoji = _word(reaction.get("emoji"))
    return ReactionContent(emoji=emoji, message_id=target) if target else None


_READERS: dict[str, Callable[[object, TextCleaner], Content | None]] = {
    "text": _text,
    "system": _system,
    "button": _button,
    "interactive": _interactive,
    "location": _location,
    "reaction": _reaction,
}
