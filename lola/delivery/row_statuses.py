"""The delivery statuses of outgoing rows, and the copies of rows that wait for their report."""

from collections.abc import Callable, Sequence

from lola.delivery import _wire
from lola.delivery.model import OutboxRow
from lola.delivery.scripts import RECORD_STATUS
from lola.domain.messages import ConversationId
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys

_STATUSES = frozenset({"sent", "delivered", "read", "failed"})


class RowStatuses:
    """The statuses of all rows. Every method raises StoreUnavailableError.

    Without our `reference` (the row's id) a row is found by the provider's id, if its channel
    reports that way (SendPolicy.reports_by_id).
    """

    def __init__(self, connections: Connections, keys: Keys) -> None:
        self._redis = connections.commands
        self._keys = keys

    async def record_status(
        self,
        reference: str,
        status: str,
        *,
        channel: str = "",
        provider_id: str = "",
        dead_letter: tuple[OutboxRow, str] | None = None,
        on_price: Callable[[], None] | None = None,
    ) -> bool:
        """Record a delivery report of a row; return whether it changed anything.

        `on_price` is called for the first report of a row that carries a price.

        `sent` < `delivered` < `read` only moves up, `failed` is kept beside it; reports come late,
        twice and in any order (reference/field.md B.1, row 3). `dead_letter` is the row as it was
        sent and a reason, when its failure must be looked at by a person.
        """
        reference = reference or await self._row_of(channel, provider_id)
        key = self._keys.row_status(reference)
        if key is None or status not in _STATUSES:
            return False
        shard = int(reference.partition("-")[0])
        keys = (
            key,
            self._keys.waiting("outbox", shard),
            self._keys.sent_row(shard, reference),
            self._keys.dead_letters(shard),
        )
        conversation, reason = (
            (dead_letter[0].conversation, dead_letter[1]) if dead_letter else ("", "")
        )
        priced = int(on_price is not None)
        found = await RECORD_STATUS.run(self._redis, keys, status, conversation, reason, priced)
        changed, is_first_price = bool(found & 1), bool(found & 2)
        if on_price is not None and is_first_price:
            on_price()
        return changed

    async def of(
        self, conversation: ConversationId, rows: Sequence[tuple[int, int]]
    ) -> tuple[str, ...]:
        """Return the status of each row, given as its turn's number and its place in the turn.

        Empty for a row that has none yet or no longer.
        """
        if not rows:
            return ()
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for seq, position in rows:
                    row_id = self._keys.row_id(conversation, seq, position)
                    shard = int(row_id.partition("-")[0])
                    pipe.hmget(self._keys.row_statuses(shard) + row_id, ["status", "failed"])
                found = await pipe.execute()
        return tuple("failed" if failed else status or "" for status, failed in found)

    async def sent_row(
        self, reference: str, *, channel: str = "", provider_id: str = ""
    ) -> OutboxRow | None:
        """Return a row that is out and not yet reported as delivered; None when it is not kept."""
        reference = reference or await self._row_of(channel, provider_id)
        if self._keys.row_status(reference) is None:
            return None
        key = self._keys.sent_row(int(reference.partition("-")[0]), reference)
        with store_errors():
            line = await self._redis.get(key)
        try:
            return _wire.row_from(str(line)) if line else None
        except _wire.UnreadableError:
            return None

    async def _row_of(self, channel: str, provider_id: str) -> str:
        if not provider_id:
            return ""
        with store_errors():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard in range(self._keys.shards):
                    pipe.get(self._keys.provider_id(shard, channel, provider_id))
                return next(filter(None, await pipe.execute()), "")
