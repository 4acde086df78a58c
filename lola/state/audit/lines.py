"""Writes the lines of the audit trail. They name senders and conversations by keyed pseudonyms.

A pseudonym is an HMAC, so that erasing a sender leaves the chain intact, and nothing in it leads
back to them without the key and their number.
"""

import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from lola.domain.messages import Address, ConversationId, JsonObject
from lola.text import phone_numbers

_PURPOSE = b"lola audit pseudonyms"
_LENGTH = 32

REWRITTEN = "rewritten"
"""The kind of a record whose `fingerprint` is that of an older turn, after data was taken out."""


class Line(NamedTuple):
    """The text of one entry, and its SHA-256 in hex."""

    text: str
    digest: str


class AuditLines:
    """Writes lines. `secret` is SENDER_REFERENCE_KEY; the key of the pseudonyms is derived."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), _PURPOSE, "sha256")

    def subject(self, conversation: ConversationId) -> str:
        """Return the pseudonym of a conversation."""
        return self.fingerprint(f"conversation {conversation}")

    def sender(self, address: Address) -> str:
        """Return the pseudonym of a sender: one for all channels that know their number."""
        return self.person(address.phone or address.lasting)

    def person(self, phone: str) -> str:
        """Return the pseudonym of the sender with this number, in any spelling."""
        return self.fingerprint(f"sender {phone_numbers.match_key(phone) or phone}")

    def fingerprint(self, text: str) -> str:
        """Return a keyed digest: it proves what a text was to those who have both."""
        return hmac.new(self._key, text.encode(), sha256).hexdigest()[:_LENGTH]

    def line(
        self,
        at: datetime,
        records: Sequence[JsonObject],
        *,
        conversation: ConversationId | None = None,
        address: Address | None = None,
        trace_id: str = "",
        **facts: str,
    ) -> Line:
        """Return the line of one entry; an empty one when there are no records."""
        if not records:
            return Line("", "")
        fields: dict[str, Any] = {
            "at": at.isoformat(),
            "subject": self.subject(conversation) if conversation else "",
            "sender": self.sender(address) if address else "",
            "trace_id": trace_id,
            **facts,
            "records": list(records),
        }
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return Line(text, sha256(text.encode()).hexdigest())
