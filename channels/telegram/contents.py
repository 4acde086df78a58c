"""Reads the content of one Telegram message, for every documented kind (reference/channels.md 3.1).

Files are not fetched here. A kind that is not known becomes UnsupportedContent.
"""

from channels.incoming import LABEL_LIMIT, TextCleaner, clean, degrees, identifier
from channels.payload import number, optional_object
from lola.domain.messages import (
    ChoiceContent,
    ContactsContent,
    Content,
    JsonObject,
    LocationContent,
    MediaContent,
    SharedContact,
    TextContent,
    UnsupportedContent,
)

KIND_LIMIT = 64

_START = "/start"
_GREETINGS = {"en": "Hello"}
_MEDIA = {
    "photo": "image",
    "sticker": "sticker",
    "voice": "audio",
    "audio": "audio",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "document": "document",
}
_ENVELOPE = frozenset(
    {"message_id", "message_thread_id", "from", "sender_chat", "chat", "date", "edit_date"}
)

SERVICE = frozenset(
    {
        "chat_owner_left",
        "chat_owner_changed",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "successful_payment",
        "refunded_payment",
        "users_shared",
        "chat_shared",
        "gift",
        "unique_gift",
        "gift_upgrade_sent",
        "write_access_allowed",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "checklist_tasks_done",
        "checklist_tasks_added",
        "direct_message_price_changed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "giveaway_created",
        "giveaway_completed",
        "managed_bot_created",
        "paid_message_price_changed",
        "poll_option_added",
        "poll_option_deleted",
        "suggested_post_approved",
        "suggested_post_approval_failed",
        "suggested_post_declined",
        "suggested_post_paid",
        "suggested_post_refunded",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "web_app_data",
        "community_chat_added",
        "community_chat_removed",
        "community_chat_joined",
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "connected_website",
        "passport_data",
        "user_shared",
    }
)
"""Fields of messages that Telegram writes about the chat, and no person (Bot API 10.3)."""


def is_service(message: JsonObject) -> bool:
    """Return whether Telegram reports something about the chat: no reply is waited for."""
    return not SERVICE.isdisjoint(message)


def read(message: JsonObject, cleaner: TextCleaner) -> Content:
    """Return the content of a `message`."""
    if isinstance(text := message.get("text"), str):
        return _text(text, optional_object(message.get("from")), cleaner)
    if contact := optional_object(message.get("contact")):
        return _contact(contact, cleaner)
    if place := _location(message, cleaner):
        return place
    for kind, media in _MEDIA.items():
        if file := message.get(kind):
            # Of a photo there are several sizes, the largest last.
            told = optional_object(file[-1] if isinstance(file, list) else file)
            return MediaContent(
                media=media,
                caption=cleaner.text(message.get("caption")),
                name=cleaner.text(told.get("file_name"), LABEL_LIMIT),
                mime=cleaner.text(told.get("mime_type"), KIND_LIMIT),
                size=max(number(told.get("file_size")) or 0, 0),
                file=identifier(told.get("file_id")),
            )
    kind = next((key for key in message if key not in _ENVELOPE), "") or "unknown"
    return UnsupportedContent(kind=clean(kind)[:KIND_LIMIT])


def pressed(query: JsonObject, cleaner: TextCleaner) -> Content:
    """Return the choice of a tap on an inline button; its data is untrusted and may be days old."""
    data = query.get("data")
    if not isinstance(data, str) or not data:
        return UnsupportedContent(kind="callback_query")
    title = cleaner.text(_title_of(query, data), LABEL_LIMIT)
    return ChoiceContent(
        id=clean(data)[:LABEL_LIMIT], title=title or cleaner.text(data, LABEL_LIMIT)
    )


def _text(text: str, sender: JsonObject, cleaner: TextCleaner) -> Content:
    # Opening a bot sends this word, with or without a payload, so it is read as a greeting.
    if text.split(maxsplit=1)[:1] == [_START]:
        language = sender.get("language_code")
        code = language[:2].lower() if isinstance(language, str) else ""
        return TextContent(text=_GREETINGS.get(code, "Hola"))
    return TextContent(text=cleaner.text(text))


def _contact(contact: JsonObject, cleaner: TextCleaner) -> Content:
    names = (contact.get("first_name"), contact.get("last_name"))
    name = " ".join(part for part in (cleaner.text(name, LABEL_LIMIT) for name in names) if part)
    phone = cleaner.text(contact.get("phone_number"), LABEL_LIMIT)
    return ContactsContent(
        contacts=(SharedContact(name=name[:LABEL_LIMIT], phones=(phone,) if phone else ()),)
    )


def _location(message: JsonObject, cleaner: TextCleaner) -> Content | None:
    venue = optional_object(message.get("venue"))
    place = optional_object(venue.get("location") or message.get("location"))
    latitude = degrees(place.get("latitude"), 90)
    longitude = degrees(place.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None
    name = cleaner.text(venue.get("title"), LABEL_LIMIT)
    return LocationContent(latitude=latitude, longitude=longitude, name=name)


def _title_of(query: JsonObject, data: str) -> object:
    """Return the tapped button's title, which only its message holds, if it is still there."""
    markup = optional_object(optional_object(query.get("message")).get("reply_markup"))
    rows = markup.get("inline_keyboard")
    for row in rows if isinstance(rows, list) else ():
        for button in map(optional_object, row if isinstance(row, list) else ()):
            if button.get("callback_data") == data:
                return button.get("text")
    return None
