"""Reads a verified Twilio webhook into our own values (reference/channels.md 2.1, 2.5, 2.8).

SMS and WhatsApp arrive alike, on any path of ours, and are told apart by the sender's prefix. The
account of an address is the number that was written to, with its prefix, so that a reply leaves
from the same number. Files are not fetched here.
"""

import re
from typing import cast
from urllib.parse import parse_qs

from multidict import MultiDict

from channels.allowed import is_allowed
from channels.incoming import LABEL_LIMIT, Redact, TextCleaner, degrees, identifier
from channels.sms import senders
from channels.sms.accounts import WHATSAPP, Accounts
from channels.sms.codes import CODES
from channels.sms.form import fields
from channels.sms.senders import NO_RCS, RCS, WHATSAPP_CHANNEL, Rcs
from lola.channel.contract import DeliveryStatus, Parsed, RawRequest, Status
from lola.domain.messages import (
    CarrierWord,
    ChoiceContent,
    Content,
    Inbound,
    LocationContent,
    MediaContent,
    MessageId,
    TextContent,
    UnsupportedContent,
)

STATUS = "/status"
"""The end of the paths for delivery reports."""

OTHER_ACCOUNT = "sms: request of another account"
NOT_ALLOWED = "twilio: sender is not on the list"
NO_IDENTITY = "sms: message without id, sender or receiver"
OTHER_RCS = "sms: message by RCS that is not for our sender"
BAD_STATUS = "sms: status is unreadable"

# Twilio acts on these itself when they are the whole body (reference/channels.md 2.8). "YES" opts
# in as well, but only Twilio's own state tells it from an ordinary yes.
_CARRIER_WORDS: dict[str, CarrierWord] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"), "stop"
    ),
    **dict.fromkeys(("START", "UNSTOP"), "start"),
    **dict.fromkeys(("HELP", "INFO"), "help"),
}
_STATUSES: dict[str, DeliveryStatus] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
_UNDERWAY = frozenset({"accepted", "scheduled", "queued", "sending", "partially_delivered"})
_LINE = re.compile(r"\+[1-9][0-9]{5,14}")
_MEDIA = frozenset({"image", "video", "audio"})


def parse(
    request: RawRequest,
    accounts: Accounts,
    redact: Redact,
    *,
    reads_keywords: bool = True,
    allowed: frozenset[str] = frozenset(),
    rcs: Rcs = NO_RCS,
) -> Parsed:
    """Read one message or one status. Raises MalformedPayloadError.

    `allowed` are the match keys of senders who may write on WhatsApp; empty allows everybody.
    `reads_keywords`: Twilio acts on its default keywords without stating it; with Advanced Opt-Out
    it states it in `OptOutType`, and nothing else counts. `rcs` is our sender of that kind.
    """
    form = fields(request.body)
    path, _, query = request.path.partition("?")
    is_status = path.endswith(STATUS)
    ours = form.get("From" if is_status else "To", "")
    if not accounts.owns(form.get("AccountSid", ""), ours):
        return Parsed(alerts=(OTHER_ACCOUNT,))
    if is_status:
        return _status(form, parse_qs(query).get("ref", [""])[0])
    if RCS in (form.get("From", "")[:4], ours[:4]) and not _is_ours(form, rcs):
        return Parsed(alerts=(OTHER_RCS,))
    parsed = _message(form, redact, reads_keywords=reads_keywords, rcs=rcs)
    for message in parsed.messages:
        address = message.address
        if address.channel == WHATSAPP_CHANNEL and not is_allowed(address.phone, allowed):
            return Parsed(alerts=(NOT_ALLOWED,))
    return parsed


def _is_ours(form: MultiDict[str], rcs: Rcs) -> bool:
    """Return whether a message by RCS is from a telephone line to our own sender."""
    scheme, line = form.get("From", "")[:4], form.get("From", "")[4:]
    is_line = scheme == RCS and bool(_LINE.fullmatch(line))
    return is_line and bool(rcs.sender) and form.get("To") == rcs.sender


def _message(form: MultiDict[str], redact: Redact, *, reads_keywords: bool, rcs: Rcs) -> Parsed:
    message_id = identifier(form.get("MessageSid"))
    sender = identifier(form.get("From"))
    account = identifier(form.get("To"))
    if not (message_id and sender and account):
        return Parsed(alerts=(NO_IDENTITY,))
    address = senders.address(form, sender, account, rcs)
    cleaner = TextCleaner(redact)
    content = _content(form, cleaner)
    removed = cleaner.found
    name = cleaner.text(form.get("ProfileName"), LABEL_LIMIT)
    inbound = Inbound(
        id=MessageId(message_id),
        address=address,
        content=content,
        profile_name=name,
        redacted=removed,
        carrier=_carrier_word(form, sender, reads_keywords=reads_keywords),
    )
    return Parsed(messages=(inbound,))


def _carrier_word(form: MultiDict[str], sender: str, *, reads_keywords: bool) -> CarrierWord:
    """Return the keyword that Twilio acted on: as it states, or by its default list."""
    stated = form.get("OptOutType", "").lower()
    if stated in {"stop", "start", "help"}:
        return cast("CarrierWord", stated)
    if not reads_keywords or sender.startswith(WHATSAPP):
        return ""
    return _CARRIER_WORDS.get(form.get("Body", "").strip().upper(), "")


def _content(form: MultiDict[str], cleaner: TextCleaner) -> Content:
    body = form.get("Body", "")
    if form.get("NumMedia", "0") not in {"", "0"}:
        mime = form.get("MediaContentType0", "")
        kind = mime.partition("/")[0]
        return MediaContent(
            media=kind if kind in _MEDIA else "document",
            caption=cleaner.text(body),
            mime=cleaner.text(mime, LABEL_LIMIT),
            file=identifier(form.get("MediaUrl0")),
        )
    for key, title in (("ButtonPayload", "ButtonText"), ("ListId", "ListTitle")):
        if chosen := form.get(key):
            label = cleaner.text(form.get(title) or body, LABEL_LIMIT)
            return ChoiceContent(id=chosen[:LABEL_LIMIT], title=label)
    latitude = degrees(form.get("Latitude"), 90)
    longitude = degrees(form.get("Longitude"), 180)
    if latitude is not None and longitude is not None:
        label = cleaner.text(form.get("Label"), LABEL_LIMIT)
        return LocationContent(latitude=latitude, longitude=longitude, name=label)
    if not body.strip():
        return UnsupportedContent(kind="empty")
    return TextContent(text=cleaner.text(body))


def _status(form: MultiDict[str], reference: str) -> Parsed:
    provider_id = identifier(form.get("MessageSid"))
    word = form.get("MessageStatus", "")
    if provider_id and word in _UNDERWAY:
        return Parsed()
    if not provider_id or word not in _STATUSES:
        return Parsed(alerts=(BAD_STATUS,))
    code = identifier(form.get("ErrorCode"), limit=16)
    status = Status(
        provider_id=provider_id, status=_STATUSES[word], reference=identifier(reference)
    )
    if code.isascii() and code.isdigit():
        status = CODES.explained(status, int(code))
    return Parsed(statuses=(status,))
