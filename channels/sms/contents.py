"""What one call to Twilio carries: a text, or a Content template with what fills it.

On Twilio's WhatsApp things to tap exist only as Content templates, which the bank makes once and
names in the settings (docs/twilio.md). A shape that no template is named for is written out as text
(reference/channels.md 2.4).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lola.channel.contract import Tappable
from lola.domain.messages import ButtonsMessage, LinkMessage, Outbound, SelectMessage
from lola.errors import ConfigurationError

MOST_BUTTONS, MOST_ROWS = 3, 10
LINK = "link"
_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_KINDS = frozenset(
    {
        LINK,
        *(f"buttons_{count}" for count in range(1, MOST_BUTTONS + 1)),
        *(f"list_{count}" for count in range(1, MOST_ROWS + 1)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A text, or the sid of a template and its variables; `segments` is what SMS bills."""

    body: str = ""
    sid: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    segments: int = 0

    @property
    def arguments(self) -> dict[str, Any]:
        """The SDK's arguments: variables are one JSON string, and a template has no body."""
        if not self.sid:
            return {"body": self.body}
        if not self.variables:
            return {"content_sid": self.sid}
        variables = json.dumps(self.variables, ensure_ascii=False)
        return {"content_sid": self.sid, "content_variables": variables}


class Contents:
    """The templates for buttons, lists and links, by shape and number of things to tap.

    Variable 1 is always the text. Buttons and rows follow in pairs, title and id; a list has its
    own button's label at 2 before them; a link has its address behind `origin` at 2, its label
    at 3.
    """

    def __init__(self, sids: Mapping[str, str], origin: str) -> None:
        for kind, sid in sids.items():
            if kind not in _KINDS:
                raise ConfigurationError("TWILIO_CONTENTS", f"{kind!r} is no shape of ours")
            check_sid("TWILIO_CONTENTS", sid)
        self._sids = dict(sids)
        self._origin = f"{origin}/"

    @property
    def buttons(self) -> Tappable | None:
        """What fits into a quick reply."""
        most = self._most("buttons", MOST_BUTTONS)
        return Tappable(max_items=most, body=1024, label=20, id=200) if most else None

    @property
    def lists(self) -> Tappable | None:
        """What fits into a list picker."""
        most = self._most("list", MOST_ROWS)
        return Tappable(max_items=most, body=1024, label=24, id=200) if most else None

    @property
    def links(self) -> Tappable | None:
        """What fits into a call to action."""
        return Tappable(max_items=1, body=640, label=20) if LINK in self._sids else None

    def knows(self, message: Outbound) -> bool:
        """Return whether there is a template for what can be tapped in this message."""
        match message:
            case ButtonsMessage():
                return f"buttons_{len(message.options)}" in self._sids
            case SelectMessage():
                return f"list_{len(message.options)}" in self._sids
            case LinkMessage():
                return LINK in self._sids and message.links[0].url.startswith(self._origin)
            case _:
                return False

    def of(self, part: ButtonsMessage | SelectMessage | LinkMessage) -> Content:
        """Return the filled template for a part of a message that it knows."""
        match part:
            case ButtonsMessage():
                kind, values = f"buttons_{len(part.options)}", _pairs(part)
            case SelectMessage():
                kind, values = f"list_{len(part.options)}", (part.button, *_pairs(part))
            case LinkMessage(links=(link, *_)):
                kind, values = LINK, (link.url.removeprefix(self._origin), link.text)
        variables = {str(n): value for n, value in enumerate((part.content, *values), 1)}
        return Content(sid=self._sids[kind], variables=variables)

    def _most(self, shape: str, limit: int) -> int:
        """Return for how many things to tap the largest template of a shape is; 0 for none."""
        return max((n for n in range(1, limit + 1) if f"{shape}_{n}" in self._sids), default=0)


def check_sid(setting: str, sid: str) -> str:
    """Return the sid of a Content template. Raises ConfigurationError."""
    if not _SID.fullmatch(sid):
        raise ConfigurationError(setting, f"{sid!r} is not the sid of a Content template (HX…)")
    return sid


def _pairs(part: ButtonsMessage | SelectMessage) -> tuple[str, ...]:
    return tuple(text for option in part.options for text in (option.title, option.id))
