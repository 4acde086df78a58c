"""Reads what a colleague wrote to a sender in the WhatsApp Business app (`smb_message_echoes`).

It was delivered already and is never sent again: it is told to the conversation as an event
(reference/channels.md 1.4).
"""

from channels.incoming import Redact, TextCleaner, identifier
from channels.payload import instant
from channels.whatsapp import contents, senders
from lola.domain.events import COLLEAGUE_WROTE
from lola.domain.messages import EventContent, Inbound, JsonObject, MessageId
from lola.domain.turn import transcribed_content

NO_RECIPIENT = "whatsapp: echo without id or recipient"


def read(raw: JsonObject, account: str, redact: Redact) -> tuple[Inbound | None, str]:
    """Return the event of one element of `message_echoes`, else None and an alert if there is one.

    Reactions and messages that were taken back say nothing that a sender waits for.
    """
    kind = contents.kind_of(raw)
    if raw.get("group_id") or kind in {*contents.SILENT, "reaction"}:
        return None, ""
    message_id = identifier(raw.get("id"))
    address = senders.recipient(raw, account)
    if not message_id or address is None or not account:
        return None, NO_RECIPIENT
    cleaner = TextCleaner(redact)
    content = contents.read(raw, cleaner)
    text = transcribed_content(content) if content else ""
    data: JsonObject = {"text": text or f"[{kind}]"}
    if cleaner.found:
        data["removed"] = list(cleaner.found)
    event = Inbound(
        id=MessageId(message_id),
        address=address,
        content=EventContent(name=COLLEAGUE_WROTE, data=data),
        sent_at=instant(raw.get("timestamp")),
    )
    return event, ""
