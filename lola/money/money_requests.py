"""Follows requests for money: which conversation made one, and what its sender is told later.

The partner's webhook only says that something changed: what the sender reads comes from the
partner's own record of the request.
"""

from datetime import timedelta

from lola.domain.messages import Address, JsonObject, TextMessage
from lola.domain.turn import Turn
from lola.errors import PartnerError
from lola.money.money_format import money_text
from lola.partners.customer_records import CustomerRecords, PastStatus
from lola.state.store import StateStore
from lola.text.wording import Wording

KIND = "money_request"
KEEP = timedelta(days=90)
SAID: frozenset[PastStatus] = frozenset(
    {"completed", "ready_for_pickup", "on_hold", "cancelled", "rejected", "failed"}
)
"""The statuses that a sender hears of; what is in progress needs no message."""
ADDRESS = ("channel", "account", "sender", "phone")


class RequestIndex:
    """Stores which conversation a request for money belongs to, by the request's id."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    async def remember(self, request_id: str, address: Address) -> None:
        """Store the address, before the partner is asked: its first event may come at once."""
        if await self._store.get_record(KIND, request_id) is None:
            record: JsonObject = {name: getattr(address, name) for name in ADDRESS}
            await self._put(request_id, record)

    async def find(self, request_id: str) -> Address | None:
        """Return the address of a request, or None when it is not ours."""
        record = await self._store.get_record(KIND, request_id)
        return Address(**{name: record[name] for name in ADDRESS}) if record else None

    async def is_news(self, request_id: str, status: str, event_id: str) -> bool:
        """Return whether the sender has not been told of a status, and note that they are.

        The same event may ask again, as a turn that runs twice does.
        """
        record = await self._store.get_record(KIND, request_id)
        if record is None:
            return False
        told = record.get("told") or ["", ""]
        if told[0] == status:
            return bool(told[1] == event_id)
        await self._put(request_id, record | {"told": [status, event_id]})
        return True

    async def _put(self, request_id: str, record: JsonObject) -> None:
        seconds = int(KEEP.total_seconds())
        await self._store.put_record(KIND, request_id, record, ttl_seconds=seconds)


class RaasRequests:
    """Tells senders what became of their requests."""

    def __init__(self, store: StateStore, records: CustomerRecords, wording: Wording) -> None:
        self._index = RequestIndex(store)
        self._records = records
        self._wording = wording

    async def hear(self, turn: Turn, request_id: str) -> TextMessage | None:
        """Return what the sender is told of a changed request; None when there is nothing new."""
        try:
            found = await self._records.request(request_id)
        except PartnerError:
            return TextMessage(content=self._wording("requests.unclear", turn.language))
        if found is None or found.status not in SAID:
            return None
        if not await self._index.is_news(request_id, found.status, turn.last.id):
            return None
        text = self._wording(
            f"requests.{found.status}",
            turn.language,
            amount=money_text(found.send),
            reference=found.reference,
        )
        return TextMessage(content=text)
