"""Writes a message part in Chatwoot's format (reference/channels.md 4.2).

Choices are `input_select`, which an inbox shows as its own buttons or list; links are written out,
because only the web widget knows a link button.
"""

from lola.channel.rendering import Part
from lola.domain.messages import ButtonsMessage, JsonObject, SelectMessage


def payload(part: Part) -> JsonObject:
    """Return the body of a new outgoing message, without its id."""
    message: JsonObject = {"message_type": "outgoing", "private": False, "content_type": "text"}
    if isinstance(part, str):
        return message | {"content": part}
    message["content"] = part.content
    if isinstance(part, ButtonsMessage | SelectMessage):
        items = [{"title": option.title, "value": option.id} for option in part.options]
        message |= {"content_type": "input_select", "content_attributes": {"items": items}}
    return message
