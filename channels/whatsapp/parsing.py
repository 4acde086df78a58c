"""Reads a verified WhatsApp webhook into our own values (reference/channels.md 1.3 to 1.5).

Every entry and every change is read, in the order of the arrays. A single message that cannot be
used is skipped with an alert, so that the others are still read; an alert never holds a text, a
number or a name.
"""

import re
from dataclasses import dataclass, field

from channels.allowed import is_allowed
from channels.incoming import LABEL_LIMIT, Redact, TextCleaner, identifier
from channels.payload import instant, optional_object
from channels.whatsapp import contents, echoes, graph, senders
from channels.whatsapp.envelope import ECHOES, changes, items
from lola.channel.contract import DeliveryStatus, Parsed, Pricing, Status
from lola.domain.messages import Inbound, JsonObject, MessageId, UnsupportedContent

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


def parse(body: bytes, rules: Rules) -> Parsed:
    """Read a whole delivery. Raises MalformedPayloadError."""
    found = _Found()
    for kind, value in changes(body):
        account = identifier(optional_object(value.get("metadata")).get("phone_number_id"))
        if account and rules.accounts and account not in rules.accounts:
            found.alerts.append(OTHER_ACCOUNT)
        elif kind == ECHOES:
            for raw in items(value, "message_echoes"):
                echo, alert = echoes.read(optional_object(raw), account, rules.redact)
                found.add(found.colleagues, echo, alert)
        else:
            _read(value, account, rules, found)
    return Parsed(
        messages=tuple(found.messages),
        colleagues=tuple(found.colleagues),
        statuses=tuple(found.statuses),
        alerts=tuple(found.alerts),
    )


@dataclass(slots=True)
class _Found:
    """What was read of a delivery so far."""

    messages: list[Inbound] = field(default_factory=list)
    colleagues: list[Inbound] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)

    def add(self, to: list[Inbound], item: Inbound | None, alert: str) -> None:
        """Add an item and an alert, each if there is one."""
        to.extend([item] if item else [])
        self.alerts.extend([alert] if alert else [])


def _read(value: JsonObject, account: str, rules: Rules, found: _Found) -> None:
    for raw in items(value, "statuses"):
        status = _status(optional_object(raw))
        found.statuses.extend([status] if status else [])
        found.alerts.extend([] if status else [BAD_STATUS])
    found.alerts.extend(PROVIDER_ERROR for _ in items(value, "errors"))
    contacts = senders.Contacts(value)
    for raw in items(value, "messages"):
        found.add(found.messages, *_message(optional_object(raw), contacts, account, rules))


def _message(
    raw: JsonObject, contacts: senders.Contacts, account: str, rules: Rules
) -> tuple[Inbound | None, str]:
    if raw.get("group_id"):
        # A group is not a private conversation with the sender (reference/channels.md 1.4).
        return None, ""
    if not _ACCOUNT.fullmatch(account):
        return None, NO_ACCOUNT
    message_id = identifier(raw.get("id"))
    contact = contacts.of(raw)
    address = senders.address(raw, contact, account)
    if not message_id or address is None:
        return None, NO_IDENTITY
    if not is_allowed(address.phone, rules.allowed):
        return None, NOT_ALLOWED
    if contents.kind_of(raw) in contents.SILENT:
        return None, ""
    cleaner = TextCleaner(rules.redact)
    content = contents.read(raw, cleaner)
    removed = cleaner.found
    name = cleaner.text(contact.name if contact else None, LABEL_LIMIT)
    inbound = Inbound(
        id=MessageId(message_id),
        address=address,
        content=content or UnsupportedContent(kind=contents.kind_of(raw)),
        sent_at=instant(raw.get("timestamp")),
        profile_name=name,
        redacted=removed,
    )
    return inbound, "" if content else UNREADABLE


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
