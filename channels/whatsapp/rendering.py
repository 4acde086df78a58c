"""Writes a message part in WhatsApp's format (reference/channels.md 1.6).

`lola.channel.rendering` has already cut the message to the limits of the capability record.
"""

from typing import NamedTuple

from lola.channel.rendering import Part
from lola.domain.messages import (
    SHARE_NUMBER,
    ButtonsMessage,
    JsonObject,
    LinkMessage,
    Option,
    SelectMessage,
)

ASK_NUMBER = "request_contact_info"


class Template(NamedTuple):
    """An approved template without variables. `es` and `es_MX` are different language codes."""

    name: str
    code: str

    def payload(self) -> JsonObject:
        """Return the part of the payload that differs by kind."""
        return {
            "type": "template",
            "template": {"name": self.name, "language": {"code": self.code}},
        }


def payload(part: Part) -> JsonObject:
    """Return the part of the payload that differs by kind: `type` and its object."""
    match part:
        case ButtonsMessage(options=(Option(id=id_), *_)) if id_ == SHARE_NUMBER:
            # WhatsApp writes its own label on this button (reference/channels.md 1.11).
            return _interactive(ASK_NUMBER, part.content, {"name": ASK_NUMBER})
        case ButtonsMessage():
            return _interactive("button", part.content, _buttons(part))
        case SelectMessage():
            return _interactive("list", part.content, _list(part))
        case LinkMessage():
            return _interactive("cta_url", part.content, _link(part))
        case _:
            return {"type": "text", "text": {"preview_url": False, "body": part}}


def _buttons(part: ButtonsMessage) -> JsonObject:
    replies = ({"id": option.id, "title": option.title} for option in part.options)
    return {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}


def _list(part: SelectMessage) -> JsonObject:
    rows = [{"id": option.id, "title": option.title} for option in part.options]
    return {"button": part.button, "sections": [{"title": part.list_title, "rows": rows}]}


def _link(part: LinkMessage) -> JsonObject:
    (link,) = part.links
    return {"name": "cta_url", "parameters": {"display_text": link.text, "url": link.url}}


def _interactive(kind: str, text: str, action: JsonObject) -> JsonObject:
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": text}, "action": action},
    }
