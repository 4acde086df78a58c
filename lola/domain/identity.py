"""The sender's identity, as the bank's identity service gives it for this one turn.

It is read afresh for every turn and never stored: nothing in this module may reach Redis, a log or
a trace (reference/lola.md 13, 15).
"""

from dataclasses import dataclass
from typing import Literal

IdentityStatus = Literal["identified", "unknown", "unavailable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A saved way to pay, as a display name only (`Visa ending 1234`)."""

    id: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextUser:
    """An identified sender (reference/lola.md 13).

    `user_id` is the identity service's own id, `verdict` its compliance result (`passed`,
    `pending`, `blocked` or anything newer), `country` an ISO 3166-1 alpha-2 code. `next_step` is a
    stable name of what the verification waits for (`scan_id_again`, `wait` …), empty when unsaid.
    """

    user_id: str
    first_name: str
    last_name: str
    phone: str
    verdict: str
    is_blocked: bool
    country: str
    payment_methods: tuple[PaymentMethod, ...] = ()
    next_step: str = ""

    @property
    def is_verified(self) -> bool:
        """Return whether money may be sent: the one documented verdict, and no block."""
        return self.verdict == "passed" and not self.is_blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The result of this turn's identity look-up."""

    status: IdentityStatus
    user: ContextUser | None = None

    def __post_init__(self) -> None:
        if (self.status == "identified") != (self.user is not None):
            raise ValueError("an identity is 'identified' exactly when it has a user")


UNKNOWN = Identity(status="unknown")
UNAVAILABLE = Identity(status="unavailable")
