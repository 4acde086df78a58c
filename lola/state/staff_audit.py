"""What staff and operators did at a partner, in the audit trail: who, what, why, what came of it.

A record is written before the partner is asked and again with the outcome, so that an action whose
outcome is unknown is there too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lola.state.audit import AuditRecord, AuditTrail

_KIND: Final = "partner."


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

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail

    async def append(
        self, *, who: str, action: str, subject: str, reason: str, outcome: str
    ) -> None:
        """Append one record with the present time."""
        facts = {"staff": who, "subject": subject, "reason": reason, "outcome": outcome}
        await self._trail.append(_KIND + action, facts)

    async def newest(self, limit: int = 100) -> tuple[StaffRecord, ...]:
        """Return the newest records, oldest of them first."""
        found = [
            _record(record)
            async for record in self._trail.records()
            if record.kind.startswith(_KIND)
        ]
        return tuple(found[-limit:])


def _record(record: AuditRecord) -> StaffRecord:
    return StaffRecord(
        at=record.at,
        who=record.body["staff"],
        action=record.kind.removeprefix(_KIND),
        subject=record.body["subject"],
        reason=record.body["reason"],
        outcome=record.body["outcome"],
    )
