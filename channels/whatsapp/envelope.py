"""Reads the outer form of a WhatsApp webhook (reference/channels.md 1.3).

A body whose containers are not what Meta documents is refused, so that it is kept and a person can
look at it; what a single message holds is not checked here.
"""

from collections.abc import Iterator
from typing import Any

from channels.payload import load_object, required_object
from lola.domain.messages import JsonObject
from lola.errors import MalformedPayloadError

MESSAGES = "messages"
ECHOES = "smb_message_echoes"
"""What a colleague wrote in the WhatsApp Business app, on the same number."""


def changes(body: bytes) -> Iterator[tuple[str, JsonObject]]:
    """Yield field and `value` of every change of messages; other objects and fields are skipped.

    Raises MalformedPayloadError.
    """
    payload = load_object(body)
    if payload.get("object") != "whatsapp_business_account":
        return
    for entry in objects(payload, "entry"):
        for change in objects(entry, "changes"):
            field = change.get("field")
            if field in (MESSAGES, ECHOES):
                yield field, required_object(change.get("value"), "value")


def objects(parent: JsonObject, key: str) -> list[JsonObject]:
    """Return a list of objects; missing and null are empty. Raises MalformedPayloadError."""
    return [required_object(item, key) for item in items(parent, key)]


def items(parent: JsonObject, key: str) -> list[Any]:
    """Return a list of anything; missing and null are empty. Raises MalformedPayloadError."""
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedPayloadError(f"{key} is not a list")
    return value
