"""Our four shapes as WhatsApp payloads, within Meta's limits (reference/channels.md 1.6).

The constructors in `lola.messages` are at least as strict as Meta, so nothing is cut here. A
`cta_url` message carries exactly one link; the others follow as text in the body, or in a second
message when the body is full.
"""

from lola.messages import (
    CONTENT_LIMIT,
    ButtonsMessage,
    JsonObject,
    LinkMessage,
    Outbound,
    SelectMessage,
    TextMessage,
)
from lola.rendering import link_line, with_bold


def render(message: Outbound) -> tuple[JsonObject, ...]:
    """Answer the payloads' own parts (`type` and its object), in the order of sending."""
    content = with_bold(message.content, "*")
    match message:
        case TextMessage():
            return (_text(content),)
        case ButtonsMessage():
            return (_buttons(content, message),)
        case SelectMessage():
            return (_list(content, message),)
        case LinkMessage():
            return _links(content, message)


def _text(body: str) -> JsonObject:
    return {"type": "text", "text": {"preview_url": False, "body": body}}


def _buttons(content: str, message: ButtonsMessage) -> JsonObject:
    buttons = [
        {"type": "reply", "reply": {"id": option.id, "title": option.title}}
        for option in message.options
    ]
    return _interactive("button", content, {"buttons": buttons})


def _list(content: str, message: SelectMessage) -> JsonObject:
    rows = [{"id": option.id, "title": option.title} for option in message.options]
    section = {"title": message.list_title, "rows": rows}
    return _interactive("list", content, {"button": message.button, "sections": [section]})


def _links(content: str, message: LinkMessage) -> tuple[JsonObject, ...]:
    first, *others = message.links
    action = {
        "name": "cta_url",
        "parameters": {"display_text": first.text, "url": first.url},
    }
    lines = "\n".join(map(link_line, others))
    with_others = f"{content}\n\n{lines}" if others else content
    if len(with_others) <= CONTENT_LIMIT:
        return (_interactive("cta_url", with_others, action),)
    return _interactive("cta_url", content, action), _text(lines)


def _interactive(kind: str, content: str, action: JsonObject) -> JsonObject:
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": content}, "action": action},
    }
