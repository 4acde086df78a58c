"""The reconciler's lease and cursor, and the set of open tickets, on a real Valkey server."""

from datetime import timedelta

from lola.state.open_tickets import OpenTickets
from lola.state.reconciliation import ReconcilerState
from tests.support import NOW


async def test_only_the_holder_moves_the_cursor_and_never_back(connections, keys) -> None:
    """A process that lost the lease cannot hide what another one has not seen."""
    state = ReconcilerState(connections.commands, keys)
    assert await state.hold("one", 30)
    assert not await state.hold("two", 30)
    assert await state.advance("one", NOW)
    assert await state.advance("one", NOW - timedelta(hours=1))
    assert not await state.advance("two", NOW + timedelta(hours=1))
    assert (await state.progress()).cursor == NOW
    await state.leave("two")
    assert not await state.hold("two", 30)
    await state.leave("one")
    assert await state.hold("two", 30)


async def test_a_wish_that_comes_during_a_run_is_kept(connections, keys) -> None:
    """The run that begins fulfils earlier wishes only; it is incomplete until it ends."""
    state = ReconcilerState(connections.commands, keys)
    await state.want()
    assert (await state.progress()).is_wanted
    await state.begin(NOW)
    progress = await state.progress()
    assert (progress.ran_at, progress.is_wanted, progress.is_complete) == (NOW, False, False)
    await state.want()
    await state.end()
    progress = await state.progress()
    assert (progress.is_wanted, progress.is_complete) == (True, True)


async def test_open_tickets_come_in_the_order_of_their_next_look(connections, keys) -> None:
    """A ticket that is kept keeps its time when it is added again."""
    tickets = OpenTickets(connections.commands, keys)
    await tickets.add("late", NOW + timedelta(hours=1))
    await tickets.add("second", NOW - timedelta(minutes=1))
    await tickets.add("first", NOW - timedelta(minutes=2))
    await tickets.add("late", NOW - timedelta(hours=1))
    assert await tickets.due(NOW, 10) == ("first", "second")
    assert await tickets.due(NOW, 1) == ("first",)
    await tickets.later("first", NOW + timedelta(minutes=5))
    await tickets.later("unknown", NOW)
    assert await tickets.due(NOW, 10) == ("second",)
    await tickets.remove("second")
    assert await tickets.count() == 2
