"""Says what our own connectors read in a delivery, in the words that both sides are compared in."""

import json
from dataclasses import replace

from channels.telegram import parsing as telegram
from channels.whatsapp import parsing as whatsapp
from channels.whatsapp import templates
from lola.channel.contract import Parsed, Status
from lola.channel.templates import ProviderTemplate
from lola.domain.events import COLLEAGUE_WROTE
from lola.domain.messages import (
    ChoiceContent,
    ContactsContent,
    Content,
    EventContent,
    Inbound,
    LocationContent,
    MediaContent,
    ReactionContent,
    TextContent,
    UnsupportedContent,
)
from lola.safety.input.redaction import redact_never_kept
from tests.parsers.samples import Facts, Sample

BOT = "4200001"


def read(sample: Sample) -> list[Facts]:
    """Return what our connector reads: messages, a colleague's, delivery reports, templates."""
    parsed = parse(sample)
    inbound = (*parsed.messages, *parsed.colleagues)
    reported = map(_template, parsed.templates)
    return [*map(_message, inbound), *map(_status, parsed.statuses), *reported]


def parse(sample: Sample) -> Parsed:
    """Return the connector's own result."""
    body = json.dumps(sample.body).encode()
    if sample.channel == "telegram":
        return telegram.parse(body, BOT, redact_never_kept)
    parsed = whatsapp.parse(body, whatsapp.Rules(redact=redact_never_kept))
    return replace(parsed, templates=tuple(templates.reported(body)))


def _message(message: Inbound) -> Facts:
    facts = {
        "sender": message.address.sender,
        "id": message.id,
        "time": int(message.sent_at.timestamp()) if message.sent_at else None,
        **_content(message.content),
    }
    return _told(facts)


def _status(status: Status) -> Facts:
    pricing = status.pricing
    facts = {
        "kind": "status",
        "id": status.provider_id,
        "status": status.status,
        "error": status.error_code,
        "category": pricing.category if pricing else "",
        "pricing": pricing.kind if pricing else "",
    }
    return _told(facts)


def _template(template: ProviderTemplate) -> Facts:
    facts = {
        "kind": "template",
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
    }
    return _told(facts)


def _content(content: Content) -> Facts:
    match content:
        case TextContent(text=text):
            return {"kind": "text", "text": text}
        case ChoiceContent(id=id_, title=title):
            return {"kind": "choice", "choice": id_, "text": title}
        case ContactsContent(contacts=cards):
            return {
                "kind": "contacts",
                "contacts": [phone for card in cards for phone in card.phones],
            }
        case LocationContent(latitude=latitude, longitude=longitude):
            return {"kind": "location", "location": [latitude, longitude]}
        case MediaContent(media=media, caption=caption, file=file):
            return {"kind": media, "caption": caption, "file": file}
        case ReactionContent(emoji=emoji, message_id=target):
            return {"kind": "reaction", "text": emoji, "target": target}
        case UnsupportedContent(kind=kind):
            return {"kind": kind}
        case EventContent(name=name, data=data):
            if name == COLLEAGUE_WROTE:
                return {"kind": "echo", "text": data["text"]}
            return {"kind": "system", "change": data["change"], "new_id": data.get("user_id")}


def _told(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if value not in (None, "", [])}
