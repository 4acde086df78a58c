"""From a verified Twilio webhook to our own values (reference/channels.md 2.1, 2.5 and 2.8).

SMS and WhatsApp-through-Twilio arrive alike; the account of an address is the number that was
written to, with its `whatsapp:` prefix, so an answer leaves the same way. Files are never fetched.
"""

from urllib.parse import parse_qs

from multidict import MultiDict

from channels.door import LABEL_LIMIT, Door, Redact, degrees, identifier
from channels.sms.form import fields
from lola import phones
from lola.channel import DeliveryStatus, Parsed, RawRequest, Status
from lola.messages import (
    Address,
    ChoiceContent,
    Content,
    Inbound,
    LocationContent,
    MediaContent,
    MessageId,
    TextContent,
    UnsupportedContent,
)

STATUS_PATH = "/webhooks/sms/status"
WHATSAPP = "whatsapp:"

OTHER_ACCOUNT = "sms: request of another account"
NO_IDENTITY = "sms: message without id, sender or receiver"
OPT_OUT = "sms: sender opted out, or asked Twilio for help"
BAD_STATUS = "sms: status is unreadable"

# Twilio answers these itself and then blocks us; an answer of ours would be a breach (2.8).
_CARRIER_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"}
)
_STATUSES: dict[str, DeliveryStatus] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
_UNDERWAY = frozenset({"accepted", "scheduled", "queued", "sending", "partially_delivered"})
_MEDIA = frozenset({"image", "video", "audio"})


def parse(request: RawRequest, account_sid: str, redact: Redact) -> Parsed:
    """Read one message or one status. Raises MalformedPayloadError."""
    form = fields(request.body)
    if account_sid and form.get("AccountSid") != account_sid:
        return Parsed(alerts=(OTHER_ACCOUNT,))
    path, _, query = request.path.partition("?")
    if path == STATUS_PATH:
        return _status(form, parse_qs(query).get("ref", [""])[0])
    return _message(form, redact)


def _message(form: MultiDict[str], redact: Redact) -> Parsed:
    message_id = identifier(form.get("MessageSid"))
    sender = identifier(form.get("From"))
    account = identifier(form.get("To"))
    if not (message_id and sender and account):
        return Parsed(alerts=(NO_IDENTITY,))
    if _is_for_the_carrier(form, sender):
        return Parsed(alerts=(OPT_OUT,))
    phone = phones.canonical(sender.removeprefix(WHATSAPP))
    door = Door(redact)
    content = _content(form, door)
    name = door.text(form.get("ProfileName"), LABEL_LIMIT)
    inbound = Inbound(
        id=MessageId(message_id),
        address=Address(channel="sms", account=account, sender=sender, phone=phone),
        content=content,
        profile_name=name,
        redacted=door.found,
    )
    return Parsed(messages=(inbound,))


def _is_for_the_carrier(form: MultiDict[str], sender: str) -> bool:
    if form.get("OptOutType", "") in {"STOP", "HELP"}:
        return True
    word = form.get("Body", "").strip().upper()
    return word in _CARRIER_WORDS and not sender.startswith(WHATSAPP)


def _content(form: MultiDict[str], door: Door) -> Content:
    body = form.get("Body", "")
    if form.get("NumMedia", "0") not in {"", "0"}:
        kind = form.get("MediaContentType0", "").partition("/")[0]
        return MediaContent(media=kind if kind in _MEDIA else "document", caption=door.text(body))
    for key, title in (("ButtonPayload", "ButtonText"), ("ListId", "ListTitle")):
        if chosen := form.get(key):
            label = door.text(form.get(title) or body, LABEL_LIMIT)
            return ChoiceContent(id=chosen[:LABEL_LIMIT], title=label)
    latitude = degrees(form.get("Latitude"), 90)
    longitude = degrees(form.get("Longitude"), 180)
    if latitude is not None and longitude is not None:
        label = door.text(form.get("Label"), LABEL_LIMIT)
        return LocationContent(latitude=latitude, longitude=longitude, name=label)
    if not body.strip():
        return UnsupportedContent(kind="empty")
    return TextContent(text=door.text(body))


def _status(form: MultiDict[str], reference: str) -> Parsed:
    provider_id = identifier(form.get("MessageSid"))
    word = form.get("MessageStatus", "")
    if provider_id and word in _UNDERWAY:
        return Parsed()
    if not provider_id or word not in _STATUSES:
        return Parsed(alerts=(BAD_STATUS,))
    status = Status(
        provider_id=provider_id,
        status=_STATUSES[word],
        reference=identifier(reference),
        error_code=identifier(form.get("ErrorCode"), limit=16),
    )
    return Parsed(statuses=(status,))
