"""Writes a committed turn for the mirror in Chatwoot (reference/lola.md 20.6).

What senders wrote is incoming; everything else is outgoing and carries our own id, so that it is
not read back as a reply of staff. What staff wrote in Chatwoot is there already. The addresses of
links are left out, because anyone with a widget link can act as the sender.
"""

from collections.abc import Iterator

from lola.channel.rendering import as_text
from lola.domain.messages import (
    ConversationId,
    JsonObject,
    LinkMessage,
    Outbound,
    outbound_from_json,
)
from lola.escalation.help_desk import works_in

REMOVED = (
    "Lola → el mensaje salió sin datos sensibles o sin un enlace ajeno al banco · "
    "the message left without sensitive data or without a foreign link"
)


def entries(
    conversation: ConversationId, record: JsonObject, helpdesk: str
) -> Iterator[tuple[str, JsonObject]]:
    """Return the messages of one history record as (our id, body), in order."""
    turn = f"{conversation}:{record['turn']}"
    for position, item in enumerate(record["inbound"]):
        if item["kind"] != "event":
            content = item["text"] or f"({item['kind']})"
            yield f"{turn}:in:{position}", {"message_type": "incoming", "content": content}
    if works_in(str(record["staff"]), helpdesk):
        if record.get("findings"):
            yield f"{turn}:removed", {"content": REMOVED, "private": True}
        return
    for position, message in enumerate(record["outbound"]):
        content = _readable(outbound_from_json(message))
        body = {"message_type": "outgoing", "private": False, "content": content}
        yield f"{turn}:out:{position}", body


def _readable(message: Outbound) -> str:
    if isinstance(message, LinkMessage):
        return "\n".join((message.content, "", *(f"[{link.text}]" for link in message.links)))
    return as_text(message, bold="**")
