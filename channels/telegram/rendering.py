"""Writes a message part in Telegram's format (reference/channels.md 3.2).

`lola.channel.rendering` has already cut the message to the limits of the capability record. Link
previews are disabled: fetching one would open a link that is for the sender alone.
"""

import html
import re
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from lola.channel.contract import Capabilities
from lola.channel.rendering import Part, parts_of
from lola.domain.messages import (
    SHARE_NUMBER,
    ButtonsMessage,
    JsonObject,
    LinkMessage,
    Option,
    Outbound,
)

URL_LIMIT = 2048

_BOLD = re.compile(r"(?<![\w*])\*([^\s*](?:[^\n*]*[^\s*])?)\*(?![\w*])")


def parts(message: Outbound, capabilities: Capabilities) -> tuple[Part, ...]:
    """Return the message's parts; links that Telegram refuses on a button are written out."""
    if isinstance(message, LinkMessage) and not all(
        _fits_button(link.url) for link in message.links
    ):
        capabilities = replace(capabilities, links=None)
    return parts_of(message, capabilities)


def payload(part: Part, *, is_known: bool) -> JsonObject:
    """Return the parameters of `sendMessage` without the chat; the text is HTML.

    `is_known`: the sender's number is proved, so the button that asked for it is removed.
    """
    if isinstance(part, str):
        return _message(part, {"remove_keyboard": True} if is_known else {})
    if isinstance(part, LinkMessage):
        buttons = [[{"text": link.text, "url": link.url}] for link in part.links]
        return _message(part.content, {"inline_keyboard": buttons})
    if isinstance(part, ButtonsMessage) and part.options[0].id == SHARE_NUMBER:
        return _message(part.content, _contact_keyboard(part.options[0]))
    rows = [[{"text": option.title, "callback_data": option.id}] for option in part.options]
    return _message(part.content, {"inline_keyboard": rows})


def plain(parameters: JsonObject) -> JsonObject:
    """Return the same message without markup."""
    bare = html.unescape(re.sub(r"</?b>", "", parameters["text"]))
    return {key: value for key, value in parameters.items() if key != "parse_mode"} | {"text": bare}


def _message(text: str, markup: JsonObject) -> JsonObject:
    message: JsonObject = {
        "text": _BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False)),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    return message | ({"reply_markup": markup} if markup else {})


def _contact_keyboard(option: Option) -> JsonObject:
    button = {"text": option.title, "request_contact": True}
    return {"keyboard": [[button]], "resize_keyboard": True, "is_persistent": True}


def _fits_button(url: str) -> bool:
    """Return whether Telegram accepts this address on a button: its host must be a dotted name."""
    if len(url) > URL_LIMIT:
        return False
    host = urlsplit(url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return "." in host
    return False
