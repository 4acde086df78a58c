"""What staff and operators did at a partner: who, what, to which id, why, and what came of it.

A record is written before the partner is asked and again with the outcome, so that an action whose
outcome is unknown is there too. Records are not changed and are kept for 90 days.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from lola.domain.clock import Clock
from lola.state.connection import store_errors
from lola.state.keys import Keys

KEEP = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRecord:
    """One step of an action. `subject` is an id of the partner's, or empty for the account."""

    at: datetime
    who: str
    action: str
    subject: str
    reason: str
    outcome: str


class StaffAudit:
    """Appends and reads the records. Every method raises StoreUnavailableError."""

    def __init__(self, redis: Redis, keys: Keys, clock: Clock) -> None:
        self._redis = redis
        self._key = keys.staff_audit()
        self._clock = clock

    async def append(
        self, *, who: str, action: str, subject: str, reason: str, outcome: str
    ) -> None:
        """Append one record with the present time, and drop those that are too old."""
        now = self._clock()
        record = StaffRecord(
            at=now, who=who, action=action, subject=subject, reason=reason, outcome=outcome
        )
        fields: dict[Any, Any] = asdict(record) | {"at": now.isoformat()}
        with store_errors():
            # The ids of a stream are milliseconds of the server's own clock.
            seconds, _ = await self._redis.time()
            oldest = (seconds - int(KEEP.total_seconds())) * 1000
            await self._redis.xadd(self._key, fields, minid=oldest, approximate=False)

    async def newest(self, limit: int = 100) -> tuple[StaffRecord, ...]:
        """Return the newest records, oldest of them first."""
        with store_errors():
            entries: Any = await self._redis.xrevrange(self._key, count=limit)
        return tuple(_record(fields) for _, fields in reversed(entries))


def _record(fields: dict[str, str]) -> StaffRecord:
    return StaffRecord(**{**fields, "at": datetime.fromisoformat(fields["at"])})  # type: ignore[arg-type]
