"""Which conversation a request for money belongs to, for the partner's events."""

from datetime import datetime, timedelta
from decimal import Decimal

from lola.domain.asked_money import AskedMoney
from lola.domain.messages import Address, JsonObject
from lola.domain.transfer import Money
from lola.state.store import StateStore

KIND = "asked_money"
KEEP = timedelta(days=7)
"""How long after its end an event about a request still finds its sender."""


class RequestIndex:
    """Stores requests by their reference. Every method raises StoreUnavailableError."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    async def remember(
        self, asked: AskedMoney, address: Address, *, key: str, now: datetime
    ) -> bool | None:
        """Store a request; return whether it was stored before.

        None when the reference belongs to another request, which `key` tells apart.
        """
        known = await self._store.get_record(KIND, asked.reference)
        if known is not None:
            return True if known["key"] == key else None
        seconds = int((asked.expires_at - now + KEEP).total_seconds())
        await self._store.put_record(
            KIND, asked.reference, {"key": key, **_record(asked, address)}, ttl_seconds=seconds
        )
        return False

    async def find(self, reference: str) -> tuple[AskedMoney, Address] | None:
        """Return a request and its conversation's address, or None."""
        record = await self._store.get_record(KIND, reference) if reference else None
        if not record:
            return None
        asked = AskedMoney(
            reference=reference,
            payer=record["payer"],
            amount=Money(amount=Decimal(record["amount"]), currency=record["currency"]),
            expires_at=datetime.fromisoformat(record["expires_at"]),
        )
        return asked, Address(**record["address"])


def _record(asked: AskedMoney, address: Address) -> JsonObject:
    names = ("channel", "account", "sender", "phone", "user_id", "person")
    return {
        "payer": asked.payer,
        "amount": str(asked.amount.amount),
        "currency": asked.amount.currency,
        "expires_at": asked.expires_at.isoformat(),
        "address": {name: getattr(address, name) for name in names},
    }
