"""A request for money that a sender made: what a conversation remembers of it."""

from dataclasses import dataclass
from datetime import datetime

from lola.domain.transfer import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMoney:
    """One request. `payer` is the name that the sender saved; `status` is the last one told.

    `reference` is the partner's and the sender's: eight letters and digits.
    """

    reference: str
    payer: str
    amount: Money
    expires_at: datetime
    status: str = "pending"
