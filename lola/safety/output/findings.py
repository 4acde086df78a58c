"""What a guard found in a reply. Findings go back to the model once, and never to a log."""

from dataclasses import dataclass
from typing import Literal

Guard = Literal["leak", "card", "links", "claims", "numbers", "language", "silence", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement that may not be sent. `excerpt` quotes the reply, `why` is a plain reason."""

    guard: Guard
    excerpt: str
    why: str
