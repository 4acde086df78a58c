"""The outer form of a WhatsApp webhook: strict JSON, then the changes inside (channels.md 1.3).

A body whose containers are not what Meta promises is refused whole, so that it is kept and a person
looks at it; what a single message holds is not judged here.
"""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from lola.domain.messages import JsonObject
from lola.errors import MalformedPayloadError


def changes(body: bytes) -> Iterator[JsonObject]:
    """Return the `value` of every change of messages; other objects and fields hold none.

    Raises MalformedPayloadError.
    """
    payload = _load(body)
    if payload.get("object") != "whatsapp_business_account":
        return
    for entry in objects(payload, "entry"):
        for change in objects(entry, "changes"):
            if change.get("field") == "messages":
                yield _object(change.get("value"), "value")


def objects(parent: JsonObject, key: str) -> list[JsonObject]:
    """Return a list of objects; missing and null are empty. Raises MalformedPayloadError."""
    return [_object(item, key) for item in items(parent, key)]


def items(parent: JsonObject, key: str) -> list[Any]:
    """Return a list of anything; missing and null are empty. Raises MalformedPayloadError."""
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedPayloadError(f"{key} is not a list")
    return value


def optional_object(value: object) -> JsonObject:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _object(value: object, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise MalformedPayloadError(f"{what} is not an object")
    return value


def _load(body: bytes) -> JsonObject:
    try:
        # Decoding first: the JSON reader would guess UTF-16 and UTF-32 by itself.
        payload = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedPayloadError(f"not readable JSON: {type(error).__name__}") from None
    return _object(payload, "the body")


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
