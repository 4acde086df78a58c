"""Events that wait for their ticket: kept once, tried with growing pauses, bounded."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lola.state import Keys
from lola.state.kept_events import KEEP, PAUSES, KeptEvents
from tests.support import ManualClock

BODY = {"event": "operation.created", "ids": {"operationId": "op_1"}, "ticket": "", "fields": []}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def kept(connections, clock) -> KeptEvents:
    return KeptEvents(connections.commands, Keys(f"t{uuid4().hex[:12]}"), clock)


async def test_an_event_is_kept_once_until_it_is_used(kept: KeptEvents) -> None:
    """The partner may send it five times."""
    assert await kept.keep("m2m-1", "no ticket", BODY, retry=True)
    assert not await kept.keep("m2m-1", "no ticket", BODY, retry=True)
    (event,) = await kept.all()
    assert (event.reason, event.body) == ("no ticket", BODY)
    await kept.forget("m2m-1")
    assert await kept.all() == ()


async def test_attempts_come_with_growing_pauses_and_end(kept: KeptEvents, clock) -> None:
    """After the last attempt the event still waits, for a person."""
    await kept.keep("m2m-1", "no ticket", BODY, retry=True)
    assert await kept.due() == ()
    for pause in PAUSES:
        clock.advance(seconds=pause.total_seconds())
        (event,) = await kept.due()
        last = await kept.tried(event)
    assert last.next_try is None
    clock.advance(days=1)
    assert await kept.due() == ()
    assert len(await kept.all()) == 1


async def test_an_event_is_forgotten_after_its_time(kept: KeptEvents, clock) -> None:
    """Nothing is kept for ever."""
    await kept.keep("m2m-1", "unknown kind", BODY, retry=False)
    clock.advance(seconds=(KEEP + timedelta(seconds=1)).total_seconds())
    assert await kept.all() == ()
