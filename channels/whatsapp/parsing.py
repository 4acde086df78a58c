"""Reads a verified WhatsApp webhook into our own values (reference/channels.md 1.3 to 1.5).

Every entry and every change is read, in the order of the arrays. A single message that cannot be
used is skipped with an alert, so that the others are still read; an alert never holds a text, a
number or a name.
"""

import re
from dataclasses import dataclass

from channels.allowed import is_allowed
from channels.incoming import LABEL_LIMIT, Redact, TextCleaner, identifier
from channels.payload import instant, optional_object
from channels.whatsapp import contents, graph
from channels.whatsapp.envelope import changes, items, objects
from lola.channel.contract import DeliveryStatus, Parsed, Pricing, Status
from lola.domain.messages import Address, Inbound, JsonObject, MessageId, UnsupportedContent
from lola.text import phone_numbers

NO_ACCOUNT = "whatsapp: change without phone_number_id"
NO_IDENTITY = "whatsapp: message without id or sender"
OTHER_ACCOUNT = "whatsapp: message for a number that is not served"
NOT_ALLOWED = "whatsapp: sender is not on the allow-list"
UNREADABLE = "whatsapp: message of a known type is unreadable"
BAD_STATUS = "whatsapp: status is unreadable"
PROVIDER_ERROR = "whatsapp: Meta reports an error"

# It becomes a part of the address that replies are posted to.
_ACCOUNT = re.compile(r"[A-Za-z0-9_-]+")
_STATUSES: dict[str, DeliveryStatus] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The senders and accounts that are accepted, and the redaction of texts.

    `allowed` are the match keys (`lola.text.phone_numbers`) of senders who may write, `accounts`
    the phone number ids that are served; empty means all.
    """

    redact: Redact
    allowed: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def refusal(self, account: str, phone: str | None) -> str:
        """Return the alert for a message that is not accepted, or ""."""
        if self.accounts and account not in self.accounts:
            return OTHER_ACCOUNT
        if not is_allowed(phone, self.allowed):
            return NOT_ALLOWED
        return ""


def parse(body: bytes, rules: Rules) -> Parsed:
    """Read a whole delivery. Raises MalformedPayloadError."""
    messages: list[Inbound] = []
    statuses: list[Status] = []
    alerts: list[str] = []
    for value in changes(body):
        for raw in items(value, "statuses"):
            status = _status(optional_object(raw))
            statuses.append(status) if status else alerts.append(BAD_STATUS)
        alerts.extend(PROVIDER_ERROR for _ in items(value, "errors"))
        for raw in items(value, "messages"):
            message, alert = _message(optional_object(raw), value, rules)
            messages.extend([message] if message else [])
            alerts.extend([alert] if alert else [])
    return Parsed(messages=tuple(messages), statuses=tuple(statuses), alerts=tuple(alerts))


def _message(raw: JsonObject, value: JsonObject, rules: Rules) -> tuple[Inbound | None, str]:
    account = identifier(optional_object(value.get("metadata")).get("phone_number_id"))
    if not _ACCOUNT.fullmatch(account):
        return None, NO_ACCOUNT
    message_id = identifier(raw.get("id"))
    sender = _sender(raw)
    if not message_id or not sender:
        return None, NO_IDENTITY
    phone = phone_numbers.canonical(sender) if sender.isdigit() else contents.proved_number(raw)
    if refusal := rules.refusal(account, phone):
        return None, refusal
    if contents.kind_of(raw) in contents.SILENT:
        return None, ""
    cleaner = TextCleaner(rules.redact)
    content = contents.read(raw, cleaner)
    removed = cleaner.found
    name = cleaner.text(_profile_name(value, raw), LABEL_LIMIT)
    inbound = Inbound(
        id=MessageId(message_id),
        address=Address(channel="whatsapp", account=account, sender=sender, phone=phone),
        content=content or UnsupportedContent(kind=contents.kind_of(raw)),
        sent_at=instant(raw.get("timestamp")),
        profile_name=name,
        redacted=removed,
    )
    return inbound, "" if content else UNREADABLE


def _sender(raw: JsonObject) -> str:
    """Return the digits of `from`, else the business-scoped user id (reference/channels.md 1.11),
    else "".

    A notice that the id has changed is about the old one.
    """
    number = identifier(raw.get("from"))
    if number.isascii() and number.isdigit():
        return number
    before = identifier(optional_object(raw.get("system")).get("previous_user_id"))
    return before or identifier(raw.get("from_user_id"))


def _profile_name(value: JsonObject, raw: JsonObject) -> object:
    # Contacts are missing on system messages, and are matched by id, not by position
    # (reference/channels.md 1.3).
    for contact in objects(value, "contacts"):
        for key, ours in (("wa_id", "from"), ("user_id", "from_user_id")):
            if contact.get(key) is not None and contact.get(key) == raw.get(ours):
                return optional_object(contact.get("profile")).get("name")
    return None


def _status(raw: JsonObject) -> Status | None:
    provider_id = identifier(raw.get("id"))
    given = raw.get("status")
    status = _STATUSES.get(given) if isinstance(given, str) else None
    if not provider_id or status is None:
        return None
    errors = raw.get("errors")
    first = optional_object(errors[0]) if isinstance(errors, list) and errors else {}
    code = first.get("code")
    reported = Status(
        provider_id=provider_id,
        status=status,
        reference=identifier(raw.get("biz_opaque_callback_data")),
        pricing=_pricing(optional_object(raw.get("pricing"))),
    )
    return graph.CODES.explained(reported, code) if isinstance(code, int) else reported


def _pricing(raw: JsonObject) -> Pricing | None:
    """Return what Meta charges; a page spells a category with a hyphen, another does not."""
    category, kind = identifier(raw.get("category")), identifier(raw.get("type"))
    return Pricing(category=category.replace("-", "_"), kind=kind) if category and kind else None
