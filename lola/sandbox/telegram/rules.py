"""Telegram's documented rules for a message (reference/channels.md 3.2).

Written from the documentation and not from our renderer, so that they find its mistakes.
Texts are counted in UTF-16 units after their entities were parsed.
"""

import html
import json
import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

TEXT_LIMIT = 4096
URL_LIMIT = 2048
TAGS = frozenset({"b", "strong", "i", "em", "u", "s", "code", "pre", "a", "blockquote"})


class RuleError(ValueError):
    """The parameters break a rule; the text is Telegram's description."""


def check(parameters: dict[str, Any]) -> None:
    """Raise RuleError for the first rule that the parameters of `sendMessage` break."""
    text = parameters.get("text")
    if not isinstance(text, str) or not text.strip():
        raise RuleError("Bad Request: message text is empty")
    mode = parameters.get("parse_mode")
    if mode not in {None, "HTML"}:
        raise RuleError("Bad Request: unsupported parse_mode")
    shown = _parsed(text) if mode else text
    if len(shown.encode("utf-16-le")) // 2 > TEXT_LIMIT:
        raise RuleError("Bad Request: message is too long")
    markup = _json(parameters.get("reply_markup"))
    if "inline_keyboard" in markup:
        _inline(markup["inline_keyboard"])
    elif "keyboard" in markup:
        _reply(markup["keyboard"])
    elif markup and markup.get("remove_keyboard") is not True:
        raise RuleError("Bad Request: object expected as reply markup")


def _parsed(text: str) -> str:
    opened: list[str] = []
    for closing, name in re.findall(r"<(/?)([^\s>]*)[^>]*>?", text):
        if name not in TAGS:
            raise RuleError(f'Bad Request: can\'t parse entities: Unsupported start tag "{name}"')
        if not closing:
            opened.append(name)
        elif not opened or opened.pop() != name:
            raise RuleError("Bad Request: can't parse entities: Unmatched end tag")
    if opened:
        raise RuleError("Bad Request: can't parse entities: Can't find end tag")
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def _inline(keyboard: Any) -> None:
    buttons = [button for row in _rows(keyboard, 8) for button in row]
    if len(buttons) > 100:
        raise RuleError("Bad Request: reply markup is too long")
    for button in buttons:
        _title(button)
        if "callback_data" in button:
            if not 1 <= len(str(button["callback_data"]).encode()) <= 64:
                raise RuleError("Bad Request: BUTTON_DATA_INVALID")
        elif "url" in button:
            _url(str(button["url"]))
        else:
            raise RuleError("Bad Request: text buttons are unallowed in the inline keyboard")


def _reply(keyboard: Any) -> None:
    for row in _rows(keyboard, 12):
        for button in row:
            _title(button)


def _rows(keyboard: Any, widest: int) -> list[list[dict[str, Any]]]:
    if not isinstance(keyboard, list) or not all(isinstance(row, list) for row in keyboard):
        raise RuleError("Bad Request: field of the keyboard must be of type Array")
    if any(not 1 <= len(row) <= widest for row in keyboard):
        raise RuleError("Bad Request: a row has too many buttons")
    return keyboard


def _title(button: Any) -> None:
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise RuleError("Bad Request: button text must not be empty")


def _url(address: str) -> None:
    url = urlsplit(address)
    host = url.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        if url.scheme in {"http", "https", "tg"} and "." in host and len(address) <= URL_LIMIT:
            return
    raise RuleError("Bad Request: inline keyboard button URL is invalid: Wrong HTTP URL")


def _json(value: Any) -> dict[str, Any]:
    """Read an object; form-encoded calls carry it as a JSON string (reference/channels.md 3.2)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise RuleError("Bad Request: can't parse reply keyboard markup JSON object") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RuleError("Bad Request: object expected as reply markup")
    return value
