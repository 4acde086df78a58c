"""Cleans and reads incoming values for every connector, before they leave `parse`.

Text is freed of characters that no store can hold, capped and redacted, so that card data reaches
neither the inbox, logs, a model nor the console (reference/lola.md 18). Nothing here knows a
provider.
"""

import math
import re
from collections.abc import Mapping
from typing import Protocol

TEXT_LIMIT = 4096
LABEL_LIMIT = 256

_CUT_NUMBER = re.compile(r"(?<![\d\s.\-])[\d\s.\-]++\Z")


class Redacted(Protocol):
    """A redacted text; `found` names what was removed."""

    @property
    def text(self) -> str:
        """The text without what was found."""
        ...

    @property
    def found(self) -> tuple[str, ...]:
        """Kinds such as `card`, never values."""
        ...


class Redact(Protocol):
    """Removes card data from a text (`lola.safety.input.redaction.redact_never_kept`)."""

    def __call__(self, text: str) -> Redacted:
        """Return the text that may be kept."""
        ...


class TextCleaner:
    """Cleans the texts of a message: `text` returns what may be kept, `found` what was removed."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self._found: dict[str, None] = {}

    @property
    def found(self) -> tuple[str, ...]:
        """Everything that was removed, each kind once, in the order of finding."""
        return tuple(self._found)

    def text(self, value: object, limit: int = TEXT_LIMIT) -> str:
        """Return `value` cleaned, redacted and capped at `limit` characters; "" if no string."""
        if not isinstance(value, str):
            return ""
        cleaned = clean(value)
        if len(cleaned) > limit:
            # Half a card number would pass the redaction, so a number at the cut goes entirely.
            cleaned = _CUT_NUMBER.sub("", cleaned[:limit])
        redacted = self._redact(cleaned)
        self._found.update(dict.fromkeys(redacted.found))
        return redacted.text[:limit]


def clean(text: str) -> str:
    """Remove what no store or wire can carry: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def identifier(value: object, limit: int = 512) -> str:
    """Return `value` verbatim if it can serve as an id, else "": ids are never changed or cut."""
    if not isinstance(value, str) or not 0 < len(value) <= limit:
        return ""
    return value if value.isprintable() and clean(value) == value else ""


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header whatever its case; "" when it is missing."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def degrees(value: object, limit: int) -> float | None:
    """Return an angle that came as a number or a string; None when it is neither or too large."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        angle = float(value)
    except (ValueError, OverflowError):
        return None
    return angle if math.isfinite(angle) and abs(angle) <= limit else None
