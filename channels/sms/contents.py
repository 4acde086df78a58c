"""The content of one call to Twilio: a text, or a Content template and its variables.

On Twilio's WhatsApp buttons, lists and links exist only as Content templates, which the bank
creates once and names in the settings (docs/twilio.md). A message without a template is written out
as text (reference/channels.md 2.4).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lola.channel.contract import ItemLimits
from lola.channel.cost import Category
from lola.domain.messages import (
    SHARE_NUMBER,
    ButtonsMessage,
    LinkMessage,
    Outbound,
    SelectMessage,
)
from lola.errors import ConfigurationError

MAX_BUTTONS, MAX_ROWS = 3, 10
LINK, NUMBER = "link", "number"
_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_KINDS = frozenset(
    {
        LINK,
        NUMBER,
        *(f"buttons_{count}" for count in range(1, MAX_BUTTONS + 1)),
        *(f"list_{count}" for count in range(1, MAX_ROWS + 1)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A text, or the sid of a template and its variables; `segments` and `category` are billed."""

    body: str = ""
    sid: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    segments: int = 0
    category: Category = "service"

    @property
    def arguments(self) -> dict[str, Any]:
        """The SDK's arguments. Variables are one JSON string, and a template has no body."""
        if not self.sid:
            return {"body": self.body}
        if not self.variables:
            return {"content_sid": self.sid}
        variables = json.dumps(self.variables, ensure_ascii=False)
        return {"content_sid": self.sid, "content_variables": variables}


class Contents:
    """The templates for buttons, lists and links, by shape and number of options.

    Variable 1 is always the text. Buttons and rows follow in pairs, title and id; a list has the
    label of its button at 2 before them; a link has its address after `origin` at 2 and its label
    at 3. The button that asks for the sender's number has nothing of ours but the text.
    """

    def __init__(self, sids: Mapping[str, str], origin: str) -> None:
        for kind, sid in sids.items():
            if kind not in _KINDS:
                raise ConfigurationError("TWILIO_CONTENTS", f"{kind!r} is not a known shape")
            check_sid("TWILIO_CONTENTS", sid)
        self._sids = dict(sids)
        self._origin = f"{origin}/"

    @property
    def buttons(self) -> ItemLimits | None:
        """The limits of a quick reply."""
        count = self._largest("buttons", MAX_BUTTONS)
        return ItemLimits(max_items=count, body=1024, label=20, id=200) if count else None

    @property
    def lists(self) -> ItemLimits | None:
        """The limits of a list picker."""
        count = self._largest("list", MAX_ROWS)
        return ItemLimits(max_items=count, body=1024, label=24, id=200) if count else None

    @property
    def links(self) -> ItemLimits | None:
        """The limits of a call to action."""
        return ItemLimits(max_items=1, body=640, label=20) if LINK in self._sids else None

    @property
    def asks_number(self) -> bool:
        """Return whether there is a template that asks for the sender's number."""
        return NUMBER in self._sids

    def knows(self, message: Outbound) -> bool:
        """Return whether there is a template for this message."""
        match message:
            case ButtonsMessage() if _asks_number(message):
                return NUMBER in self._sids
            case ButtonsMessage():
                return f"buttons_{len(message.options)}" in self._sids
            case SelectMessage():
                return f"list_{len(message.options)}" in self._sids
            case LinkMessage():
                return LINK in self._sids and message.links[0].url.startswith(self._origin)
            case _:
                return False

    def of(self, part: ButtonsMessage | SelectMessage | LinkMessage) -> Content:
        """Return the filled template for a part of a message; `knows` must hold for the message."""
        values: tuple[str, ...]
        match part:
            case ButtonsMessage() if _asks_number(part):
                kind, values = NUMBER, ()
            case ButtonsMessage():
                kind, values = f"buttons_{len(part.options)}", _pairs(part)
            case SelectMessage():
                kind, values = f"list_{len(part.options)}", (part.button, *_pairs(part))
            case LinkMessage(links=(link, *_)):
                kind, values = LINK, (link.url.removeprefix(self._origin), link.text)
        variables = {str(n): value for n, value in enumerate((part.content, *values), 1)}
        return Content(sid=self._sids[kind], variables=variables)

    def _largest(self, shape: str, limit: int) -> int:
        """Return the number of options in the largest template of a shape; 0 for none."""
        return max((n for n in range(1, limit + 1) if f"{shape}_{n}" in self._sids), default=0)


def check_sid(setting: str, sid: str) -> str:
    """Return the sid of a Content template. Raises ConfigurationError."""
    if not _SID.fullmatch(sid):
        raise ConfigurationError(setting, f"{sid!r} is not the sid of a Content template (HX…)")
    return sid


def _asks_number(message: ButtonsMessage) -> bool:
    return message.options[0].id == SHARE_NUMBER


def _pairs(part: ButtonsMessage | SelectMessage) -> tuple[str, ...]:
    return tuple(text for option in part.options for text in (option.title, option.id))
