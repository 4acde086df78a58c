"""The record of what staff did at a partner: in order, and in the audit trail."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lola.errors import StoreUnavailableError
from lola.state import Keys, connect
from lola.state.audit import AuditLines, AuditTrail
from lola.state.staff_audit import StaffAudit
from tests.support import ManualClock

ACTION = {"who": "ana", "action": "user.block", "subject": "user_1", "reason": "case 1"}


@pytest.fixture
def keys() -> Keys:
    return Keys(f"t{uuid4().hex[:12]}")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_records_come_back_oldest_first_with_their_times(connections, keys, clock) -> None:
    """The newest ones, when there are more."""
    audit = StaffAudit(AuditTrail(connections, keys, clock, AuditLines("")))
    for outcome in ("asked", "done", "later"):
        await audit.append(**ACTION, outcome=outcome)
        clock.advance(seconds=1)
    records = await audit.newest(2)
    assert [record.outcome for record in records] == ["done", "later"]
    assert records[1].at - records[0].at == timedelta(seconds=1)
    assert (records[0].who, records[0].subject, records[0].reason) == ("ana", "user_1", "case 1")


async def test_without_redis_it_says_so(keys, clock) -> None:
    """So that the caller does nothing that cannot be recorded."""
    connections = connect("redis://127.0.0.1:9/0")
    audit = StaffAudit(AuditTrail(connections, keys, clock, AuditLines("")))
    with pytest.raises(StoreUnavailableError):
        await audit.append(**ACTION, outcome="asked")
    with pytest.raises(StoreUnavailableError):
        await audit.newest()
    await connections.close()
