"""RCS through Twilio: buttons, lists and links as suggestions, and what a message bills.

Suggestions exist as Content templates, like WhatsApp's buttons at Twilio; each has a text as well,
which Twilio sends where it falls back to SMS (docs/twilio.md).
"""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from channels.sms import text
from channels.sms.contents import Content, Contents
from lola.channel.contract import Capabilities
from lola.channel.rendering import as_text, parts_of, split
from lola.domain.messages import Outbound

# In the US a message is billed by 160 bytes of UTF-8 (reference/surprises.md 5.3).
US = "+1"
BYTES = 160


class Suggestions:
    """The templates of suggestions, by the shapes of `Contents`; text where one is missing."""

    def __init__(self, sids: Mapping[str, str], origin: str) -> None:
        self._shapes = Contents(sids, origin)
        self._can = Capabilities(
            text=text.BODY_LIMIT,
            buttons=self._shapes.buttons,
            lists=self._shapes.lists,
            links=self._shapes.links,
        )

    def contents(self, message: Outbound, phone: str) -> tuple[Content, ...]:
        """Return what the calls carry to a number, with what they bill there by RCS."""
        if self._shapes.knows(message):
            parts = parts_of(message, self._can)
        else:
            parts = split(as_text(message), text.BODY_LIMIT)
        return tuple(
            Content(body=part, segments=billed(part, phone), category="sms")
            if isinstance(part, str)
            else replace(
                self._shapes.of(part), segments=billed(part.content, phone), category="sms"
            )
            for part in parts
        )


def billed(body: str, phone: str) -> int:
    """Return how many units a text bills by RCS: one a message, in the US one for 160 bytes."""
    return ceil(len(body.encode()) / BYTES) or 1 if phone.startswith(US) else 1
