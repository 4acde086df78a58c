"""Says what pywa and aiogram read in deliveries; runs in a virtual environment of their own.

Reads a JSON list of `{id, channel, body}` from stdin and writes `{id: [facts]}` to stdout, in the
words of tests/parsers/ours.py. It imports nothing of this project, which is not installed there.
"""

import copy
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

from aiogram.types import Update
from pywa import WhatsApp
from pywa.types import base_update

ARRAYS = ("messages", "message_echoes", "statuses")
CHOICES = ("CallbackButton", "CallbackSelection")
UNREADABLE = "unreadable"
MISSING = [f"{UNREADABLE} (KeyError '{key}')" for key in ("contacts", "user_id")]
NOT_HANDLED = "not handled"
SAME_MEDIA = {
    "photo": "image", "voice": "audio", "video_note": "video", "animation": "video",
}  # fmt: skip
CLIENT = WhatsApp(phone_id="100000000000001", token="none", server=None, filter_updates=False)


def whatsapp(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what pywa reads, each element of a batch alone: it reads the first of each array.

    It fails without a contact and without a user id in the first one. Both are then filled in, so
    that the rest can be compared, and `needs` says so.
    """
    read = []
    for part in _alone(body):
        facts = _read(_pywa, part)
        if facts["kind"] in MISSING and (needs := _filled(part)):
            facts = {**_read(_pywa, part), "needs": needs}
        read.append(facts)
    return [facts for facts in read if facts["kind"] != NOT_HANDLED]


def telegram(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what aiogram reads."""
    return [_read(_aiogram, body)]


def _alone(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in body.get("entry", ()):
        for change in entry["changes"]:
            value = change["value"]
            held = [(name, item) for name in ARRAYS for item in value.get(name, ())]
            rest = {name: part for name, part in value.items() if name not in ARRAYS}
            for part in [{**rest, name: [item]} for name, item in held] or [rest]:
                yield {**body, "entry": [{**entry, "changes": [{**change, "value": part}]}]}


def _filled(body: dict[str, Any]) -> str:
    """Add the contact that pywa needs to a body of one element; returns what was missing."""
    value = body["entry"][0]["changes"][0]["value"]
    if contacts := value.get("contacts"):
        if "user_id" in contacts[0]:
            return ""
        value["contacts"] = [{**contacts[0], "user_id": ""}, *contacts[1:]]
        return "user_id"
    item = next((value[name][0] for name in ARRAYS if name in value), {})
    number = item.get("recipient_id") or item.get("to" if "message_echoes" in value else "from")
    ids = (item.get(name) for name in ("to_user_id", "recipient_user_id", "from_user_id"))
    value["contacts"] = [{"wa_id": number, "user_id": next(filter(None, ids), "")}]
    return "contacts"


def _read(parser: Any, body: dict[str, Any]) -> dict[str, Any]:
    try:
        facts = parser(copy.deepcopy(body))
    except Exception as error:  # noqa: BLE001 - whatever it fails with is what is to be told
        detail = f" {error}" if isinstance(error, KeyError) else ""
        return {"kind": f"{UNREADABLE} ({type(error).__name__}{detail})"}
    return {name: value for name, value in facts.items() if value not in (None, "", [])}


def _pywa(body: dict[str, Any]) -> dict[str, Any]:
    raw = base_update.RawUpdate(json.dumps(body).encode(), hmac_header=None, update_hash="")
    handler = CLIENT._get_handler_type(raw)
    if handler is None:
        return {"kind": NOT_HANDLED}
    update = CLIENT._handlers_to_updates[handler].from_update(client=CLIENT, update=raw)
    name = type(update).__name__
    if name in WITHOUT_SENDER:
        return WITHOUT_SENDER[name](update)
    if not hasattr(update, "from_user"):
        return {"kind": name}
    user = update.to_user if name.startswith("Outgoing") else update.from_user
    facts = {"sender": user.wa_id or user.bsuid, "id": update.id}
    facts["time"] = int(update.timestamp.timestamp())
    if name in CHOICES:
        return {**facts, "kind": "choice", "choice": update.data, "text": update.title}
    if name == "FlowCompletion":
        return {**facts, "kind": "nfm_reply"}
    if name in ("PhoneNumberChange", "IdentityChange"):
        new_id = getattr(update, "new_user_id", None)
        return {**facts, "kind": "system", "change": update.sys_type.value, "new_id": new_id}
    if name == "EditedMessage":
        return {**facts, **_written(update.message)}
    if name == "OutgoingMessage":
        told = _written(update)
        text = told.get("text") or told.get("caption") or f"[{told['kind']}]"
        return {**facts, "kind": "echo", "text": text}
    if name == "Message":
        return {**facts, **_written(update)}
    return {**facts, "kind": name}


def _report(status: Any) -> dict[str, Any]:
    pricing, error = status.pricing, status.error
    return {
        "kind": "status", "id": status.id, "status": status.status.value,
        "error": str(error.code) if error else "",
        "category": pricing.category.value if pricing else "",
        "pricing": pricing.type.value if pricing and pricing.type else "",
    }  # fmt: skip


def _template(update: Any) -> dict[str, Any]:
    return {
        "kind": "template", "id": update.template_id, "name": update.template_name,
        "language": update.template_language.value, "category": update.category.value,
        "status": update.new_status.value.lower(),
    }  # fmt: skip


WITHOUT_SENDER = {"MessageStatus": _report, "TemplateStatusUpdate": _template}


def _written(message: Any) -> dict[str, Any]:
    """Return the content of one of pywa's messages."""
    facts: dict[str, Any] = {"kind": message.type.value, "text": message.text}
    if media := message.media:
        facts.update(caption=message.caption, file=media.id)
    if place := message.location:
        facts["location"] = [place.latitude, place.longitude]
    if cards := message.contacts:
        facts["contacts"] = [row.phone for card in cards for row in card.phones]
    if reaction := message.reaction:
        facts.update(text=reaction.emoji, target=reaction.message_id)
    if message.unsupported:
        facts["kind"] = str(message.unsupported.type)
    return facts


def _aiogram(body: dict[str, Any]) -> dict[str, Any]:
    update = Update.model_validate(body)
    event, kind = update.event, update.event_type
    sender = getattr(event, "from_user", None)
    facts = {"id": str(update.update_id), "kind": kind, "sender": str(sender.id) if sender else ""}
    if kind == "callback_query":
        rows = getattr(getattr(event.message, "reply_markup", None), "inline_keyboard", ())
        titles = [key.text for row in rows for key in row if key.callback_data == event.data]
        told = {"kind": "choice", "choice": event.data, "text": titles[0] if titles else ""}
        return {**facts, **(told if event.data else {})}
    facts["time"] = int(event.date.timestamp())
    if kind == "my_chat_member":
        return facts
    facts.update(_posted(event))
    if kind == "edited_message":
        facts["kind"] = "edited"
    return facts


def _posted(message: Any) -> dict[str, Any]:
    """Return the content of one of aiogram's messages."""
    named = message.content_type
    media = getattr(message, named, None)
    facts: dict[str, Any] = {
        "kind": SAME_MEDIA.get(named, named), "text": message.text, "caption": message.caption,
        "file": getattr(media[-1] if isinstance(media, list) and media else media, "file_id", ""),
    }  # fmt: skip
    if place := message.location:
        facts["location"] = [place.latitude, place.longitude]
    if contact := message.contact:
        facts.update(kind="contacts", contacts=[contact.phone_number])
    return facts


if __name__ == "__main__":
    logging.disable()
    rows = json.load(sys.stdin)
    parsers = {"whatsapp": whatsapp, "telegram": telegram}
    json.dump({row["id"]: parsers[row["channel"]](row["body"]) for row in rows}, sys.stdout)
