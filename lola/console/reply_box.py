"""What staff see before they send: the limits, the reply window, and ready sentences."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import Final

from lola.channel.contract import Capabilities
from lola.channel.templates import PERSON_ANSWERED
from lola.delivery.channels import is_closed
from lola.delivery.templates import TemplateBook
from lola.domain.clock import Clock
from lola.domain.messages import CONTENT_LIMIT, Notice
from lola.domain.session import Session
from lola.errors import ConfigurationError
from lola.text.languages import DEFAULT_LANGUAGE, LANGUAGES

CANNED: Final = Path(__file__).with_name("canned.toml")
VARIABLES: Final = frozenset({"name", "staff", "brand"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a channel lets staff send now. `length` is in characters.

    `closes_at` is the end of the reply window, None where the channel has none. In a closed window
    `template` is what leaves first, empty when none is approved, and `invites` says that the sender
    is asked to write in any case; the reply follows when they do.
    """

    length: int = CONTENT_LIMIT
    closes_at: datetime | None = None
    is_closed: bool = False
    template: str = ""
    invites: bool = False


class ReplyLimits:
    """Tells the limits of each channel. `book` knows which templates are approved."""

    def __init__(
        self, channels: Mapping[str, Capabilities], book: TemplateBook | None, clock: Clock
    ) -> None:
        self._channels = channels
        self._book = book
        self._clock = clock

    async def of(self, session: Session) -> Limits:
        """Return what may be sent to this sender. Raises StoreUnavailableError."""
        channel = session.address.channel
        can = self._channels.get(channel)
        if can is None:
            return Limits()
        length = min(CONTENT_LIMIT, can.text)
        if can.reply_window is None or session.heard_at is None:
            return Limits(length=length)
        closed = is_closed(can.reply_window, session.heard_at, self._clock())
        return Limits(
            length=length,
            closes_at=session.heard_at + can.reply_window,
            is_closed=closed,
            template=await self._template(channel, session.language) if closed else "",
            invites=can.templates,
        )

    async def _template(self, channel: str, language: str) -> str:
        if self._book is None:
            return ""
        template = self._book.templates.of(Notice(template=PERSON_ANSWERED), language)
        if template is None:
            return ""
        known = (await self._book.all(channel)).get((template.name, template.language))
        return template.text if known is not None and known.status == "approved" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReply:
    """A ready sentence: `title` is for staff, `text` for the sender, both by language."""

    id: str
    title: Mapping[str, str]
    text: Mapping[str, str]

    def filled(self, language: str, **values: str) -> str:
        """Return the text in the sender's language with its variables filled."""
        pattern = self.text.get(language, self.text[DEFAULT_LANGUAGE])
        return " ".join(pattern.format(**values).split())


def load_canned(path: Path = CANNED) -> tuple[CannedReply, ...]:
    """Read a file of ready sentences. Raises ConfigurationError and names what is wrong."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError("CANNED_REPLIES", f"cannot be read: {error}") from None
    return tuple(_canned(name, entry) for name, entry in found.items())


def _canned(name: str, entry: object) -> CannedReply:
    parts = {}
    for part in ("title", "text"):
        texts = entry.get(part) if isinstance(entry, dict) else None
        if not isinstance(texts, dict) or set(texts) != set(LANGUAGES):
            raise ConfigurationError(
                f"CANNED_REPLIES {name}.{part}", f"needs exactly {' and '.join(LANGUAGES)}"
            )
        parts[part] = {language: str(text) for language, text in texts.items()}
    for language, text in parts["text"].items():
        _check(f"CANNED_REPLIES {name}.text.{language}", text)
    return CannedReply(id=name, title=parts["title"], text=parts["text"])


def _check(where: str, text: str) -> None:
    if not text.strip() or len(text) > CONTENT_LIMIT:
        raise ConfigurationError(where, f"must have 1 to {CONTENT_LIMIT} characters")
    try:
        used = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ConfigurationError(where, f"has broken braces: {error}") from None
    if unknown := used - VARIABLES:
        raise ConfigurationError(
            where, f"uses {', '.join(sorted(unknown)) or 'an empty variable'}",
            hint=f"there are {', '.join(sorted(VARIABLES))}",
        )  # fmt: skip
