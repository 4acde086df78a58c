"""What a guard found in a reply. Findings go back to the model once, and never to a log."""

from dataclasses import dataclass
from typing import Literal

Guard = Literal["leak", "card", "links", "claims", "numbers", "language", "silence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that may not be said. `excerpt` is the reply's own words, `why` a plain reason."""

    guard: Guard
    excerpt: str
    why: str
