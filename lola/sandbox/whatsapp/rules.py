"""Meta's documented rules for a message (reference/channels.md 1.6).

Written from the documentation and not from our renderer, so that they find its mistakes.
All limits are in characters.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

BAD_PARAMETER = 100
MISSING = 131008
INVALID = 131009
UNSUPPORTED = 131051
PARAMETERS = 132000


class RuleError(ValueError):
    """The payload breaks a rule; `code` is Meta's."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code


def check(payload: dict[str, Any]) -> None:
    """Raise RuleError for the first rule that `payload` breaks."""
    if payload.get("messaging_product") != "whatsapp":
        raise RuleError(BAD_PARAMETER, "messaging_product must be whatsapp")
    if not (payload.get("to") or payload.get("recipient")):
        raise RuleError(MISSING, "to or recipient is required")
    if payload.get("recipient_type", "individual") != "individual":
        raise RuleError(INVALID, "recipient_type")
    if len(payload.get("biz_opaque_callback_data", "")) > 512:
        raise RuleError(BAD_PARAMETER, "biz_opaque_callback_data is longer than 512")
    kind = payload.get("type", "text")
    if kind == "text":
        _text(payload, "text", "body", 4096)
    elif kind == "interactive":
        _interactive(_object(payload, "interactive"))
    elif kind == "template":
        _template(_object(payload, "template"))
    else:
        raise RuleError(UNSUPPORTED, "type")


def template_of(payload: dict[str, Any]) -> tuple[str, str] | None:
    """Return name and language code of a template message that passed `check`, else None."""
    template = payload.get("template")
    if payload.get("type") != "template" or not isinstance(template, dict):
        return None
    return template["name"], template["language"]["code"]


def _template(part: dict[str, Any]) -> None:
    _label(part, "name", 512)
    _label(_object(part, "language"), "code", 16)
    for component in part.get("components") or ():
        if not isinstance(component, dict) or component.get("type") != "body":
            raise RuleError(INVALID, "component.type")
        for parameter in _list(component, "parameters", 32):
            if parameter.get("type") != "text":
                raise RuleError(INVALID, "parameter.type")


def _interactive(part: dict[str, Any]) -> None:
    kind = part.get("type")
    rule = _ACTIONS.get(kind) if isinstance(kind, str) else None
    if rule is None:
        raise RuleError(INVALID, "interactive.type")
    _text(part, "body", "text", 4096 if kind == "list" else 1024)
    if "footer" in part:
        _text(part, "footer", "text", 60)
    if "header" in part:
        _text(part, "header", "text", 60)
    rule(_object(part, "action"))


def _contact_info(action: dict[str, Any]) -> None:
    if action != {"name": "request_contact_info"}:
        raise RuleError(INVALID, "request_contact_info takes nothing but its name")


def _buttons(action: dict[str, Any]) -> None:
    buttons = _list(action, "buttons", 3)
    replies = [_object(button, "reply") for button in buttons]
    for button, reply in zip(buttons, replies, strict=True):
        if button.get("type") != "reply":
            raise RuleError(INVALID, "button.type")
        _label(reply, "title", 20)
        _label(reply, "id", 256)
    _unique(replies, "title")
    _unique(replies, "id")


def _rows(action: dict[str, Any]) -> None:
    _label(action, "button", 20)
    sections = _list(action, "sections", 10)
    rows: list[dict[str, Any]] = []
    for section in sections:
        if len(sections) > 1 or "title" in section:
            _label(section, "title", 24)
        rows.extend(_list(section, "rows", 10))
    if len(rows) > 10:
        raise RuleError(INVALID, "more than 10 rows in all sections")
    for row in rows:
        _label(row, "title", 24)
        _label(row, "id", 200)
        if len(row.get("description", "")) > 72:
            raise RuleError(INVALID, "row.description")
    _unique(rows, "id")


def _cta_url(action: dict[str, Any]) -> None:
    if action.get("name") != "cta_url" or "buttons" in action:
        raise RuleError(INVALID, "cta_url takes exactly one button")
    parameters = _object(action, "parameters")
    _label(parameters, "display_text", 20)
    url = urlsplit(str(parameters.get("url", "")))
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise RuleError(INVALID, "url must be absolute")


_ACTIONS: dict[str, Callable[[dict[str, Any]], None]] = {
    "button": _buttons,
    "list": _rows,
    "cta_url": _cta_url,
    "request_contact_info": _contact_info,
}


def _object(parent: dict[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    if not isinstance(value, dict):
        raise RuleError(MISSING, key)
    return value


def _list(parent: dict[str, Any], key: str, most: int) -> list[dict[str, Any]]:
    value = parent.get(key)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise RuleError(MISSING, key)
    if not 1 <= len(value) <= most:
        raise RuleError(INVALID, f"{key}: between 1 and {most}")
    return value


def _text(parent: dict[str, Any], outer: str, inner: str, most: int) -> None:
    value = _object(parent, outer).get(inner)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise RuleError(INVALID, f"{outer}.{inner}: between 1 and {most} characters")


def _label(parent: dict[str, Any], key: str, most: int) -> None:
    value = parent.get(key)
    if not isinstance(value, str) or not 1 <= len(value) <= most or "\n" in value:
        raise RuleError(INVALID, f"{key}: between 1 and {most} characters on one line")


def _unique(items: list[dict[str, Any]], key: str) -> None:
    if len({item[key] for item in items}) != len(items):
        raise RuleError(INVALID, f"{key} is not unique")
