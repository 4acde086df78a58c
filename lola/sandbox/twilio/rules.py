"""Twilio's rules for a message, and the sandbox's Content templates.

The facts are reference/channels.md 2.4 and 2.6. Nothing is sent or stored here.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

BODY_LIMIT = 1600
WHATSAPP_PREFIX = "whatsapp:"
TEMPLATE_ES, TEMPLATE_EN = "template_es", "template_en"

_ADDRESS = re.compile(
    r"(whatsapp:)?\+[1-9][0-9]{5,14}|whatsapp:[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}"
)
"""A number, or on WhatsApp a business-scoped user id."""
_SHAPES = (
    *(f"buttons_{count}" for count in range(1, 4)),
    *(f"list_{count}" for count in range(1, 11)),
    "link",
    TEMPLATE_ES,
    TEMPLATE_EN,
    "number",
)
CONTENTS: Mapping[str, str] = {shape: f"HX{place:032x}" for place, shape in enumerate(_SHAPES, 1)}
"""Shape → SID of the templates; docs/twilio.md describes their variables."""

SHAPED: Mapping[str, str] = {
    shape: sid for shape, sid in CONTENTS.items() if shape not in {TEMPLATE_ES, TEMPLATE_EN}
}
"""The templates with something to tap, in the form of TWILIO_CONTENTS."""

SUGGESTED: Mapping[str, str] = {shape: sid for shape, sid in SHAPED.items() if shape != "number"}
"""Those that become suggestions by RCS, in the form of TWILIO_RCS_CONTENTS."""

SHAPES: Mapping[str, str] = {sid: shape for shape, sid in CONTENTS.items()}

# WhatsApp's limits in characters.
_TEXT, _TITLE, _ROW_TITLE, _ID = 1024, 20, 24, 200


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal with Twilio's own code."""

    code: int
    text: str


def problem_with(form: Mapping[str, str], created: Collection[str] = ()) -> Problem | None:
    """Return the reason for which Twilio would refuse this form, or None.

    `created` are the sids of contents that were made at the stand-in.
    """
    recipient = form.get("To", "")
    sender = form.get("From", "") or form.get("MessagingServiceSid", "")
    callback = urlsplit(form.get("StatusCallback", "https://none.example"))
    has_content = "ContentSid" in form
    rules = (
        (not recipient, 21604, "A 'To' phone number is required"),
        (not sender, 21603, "A 'From' phone number is required"),
        (not _ADDRESS.fullmatch(recipient), 21211, "Invalid 'To' Phone Number"),
        (is_whatsapp(recipient) != is_whatsapp(sender), 63007, "From and To differ in channel"),
        (not form.get("Body") and not has_content, 21602, "Message body is required"),
        (len(form.get("Body", "")) > BODY_LIMIT, 21617, "The message body is too long"),
        (not callback.hostname or "_" in callback.hostname, 21609, "Invalid StatusCallback"),
    )
    for broken, code, text in rules:
        if broken:
            return Problem(code, text)
    return _content_problem(form, created) if has_content else None


def is_whatsapp(address: str) -> bool:
    """Return whether an address is on WhatsApp."""
    return address.startswith(WHATSAPP_PREFIX)


def variables_of(form: Mapping[str, str]) -> list[str]:
    """Return a template's variables in order. Raises ValueError or KeyError for a wrong form."""
    values = json.loads(form.get("ContentVariables", "{}"))
    if not isinstance(values, dict) or not all(isinstance(item, str) for item in values.values()):
        raise ValueError("not an object of strings")
    return [values[str(place)] for place in range(1, len(values) + 1)]


def _content_problem(form: Mapping[str, str], created: Collection[str]) -> Problem | None:
    is_created = form["ContentSid"] in created
    shape = SHAPES.get(form["ContentSid"], "")
    if not shape and not is_created:
        return Problem(21655, "The ContentSid is Invalid")
    if "Body" in form:
        return Problem(21619, "A Body cannot come with a ContentSid")
    try:
        values = variables_of(form)
    except (ValueError, KeyError):
        return Problem(21656, "The ContentVariables parameter is invalid")
    if is_created:
        return None if all(values) else Problem(21656, "ContentVariables cannot be empty")
    if _fits(shape, values):
        return None
    return Problem(63021, "The content was rejected")


def _fits(shape: str, values: list[str]) -> bool:
    """Return whether every variable of the shape is given, neither empty nor too long."""
    if shape in {TEMPLATE_ES, TEMPLATE_EN}:
        return not values
    kind, _, count = shape.partition("_")
    if kind == "number":
        limits = [_TEXT]
    elif kind == "link":
        limits = [_TEXT, 2000, _TITLE]
    elif kind == "buttons":
        limits = [_TEXT, *(_TITLE, _ID) * int(count)]
    else:
        limits = [_TEXT, _TITLE, *(_ROW_TITLE, _ID) * int(count)]
    return len(values) == len(limits) and all(
        0 < len(value) <= limit for value, limit in zip(values, limits, strict=True)
    )
