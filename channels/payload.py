"""Reads JSON from a provider: strictly as a whole, leniently value by value.

A body that is no JSON object is refused, so that it is kept and a person can look at it. Nothing
here knows a provider.
"""

import json
from datetime import UTC, datetime
from typing import NoReturn

from lola.domain.messages import JsonObject
from lola.errors import MalformedPayloadError


def load_object(body: bytes) -> JsonObject:
    """Return the JSON object in a body. Raises MalformedPayloadError."""
    try:
        # Decoding first: the JSON reader would guess UTF-16 and UTF-32 by itself.
        payload = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedPayloadError(f"not readable JSON: {type(error).__name__}") from None
    return required_object(payload, "the body")


def response_object(body: bytes) -> JsonObject:
    """Return the JSON object of a provider's response; an empty one when it is none."""
    try:
        return optional_object(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def required_object(value: object, what: str) -> JsonObject:
    """Return `value` if it is an object. Raises MalformedPayloadError that names `what`."""
    if not isinstance(value, dict):
        raise MalformedPayloadError(f"{what} is not an object")
    return value


def optional_object(value: object) -> JsonObject:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def number(value: object) -> int | None:
    """Return `value` if it is a whole number; booleans and strings are not."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def instant(seconds: object) -> datetime | None:
    """Return the time of Unix seconds, given as a number or in digits; None for anything else."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | str):
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
