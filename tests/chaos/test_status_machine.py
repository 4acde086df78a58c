"""Delivery statuses as a state machine: a lattice that only moves up, in any order of reports."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from lola.delivery import Effects, Reply
from lola.domain.messages import TextMessage
from reliability.workload import Spoken
from tests.chaos.machines import UNTIL_IT_BITES, Machine, play

RANKS = {"sending": 0, "sent": 1, "delivered": 2, "read": 3}
REPORTS = st.lists(st.sampled_from(("sent", "delivered", "read", "failed", "unheard")), max_size=4)


class StatusMachine(Machine):
    """Rows are sent while reports arrive: before, during and after the channel's own answer."""

    def __init__(self, url):
        super().__init__(url)
        self.known = {}

    @rule()
    def commit(self):
        """One more reply waits."""
        name = f"m{next(self.numbers)}"
        spoken = Spoken(sender=0, message=name)
        self.run(self.inbox.enqueue(spoken.inbound(), "trace"))
        (ready,) = self.entries("inbox", "turns")
        work = self.run(self.inbox.acquire(ready, "turns"))
        effects = Effects(
            address=spoken.inbound().address,
            state={},
            record={"messages": [name]},
            replies=(Reply(message=TextMessage(content=name)),),
        )
        assert self.run(self.inbox.commit(work, effects)) == "idle"

    @rule(reports=REPORTS)
    def send(self, reports):
        """The first row's reports overtake the channel's answer."""
        early = list(reports)

        async def courier(row):
            self.known[row.id] = ["sending", False]
            while early:
                await self.report_to(row.id, early.pop(0))
            return ("p",)

        while entries := self.entries("outbox", "w0"):
            for ready in entries:
                self.run(self.outbox.serve(ready, "w0", courier))
        for row_id, known in self.known.items():
            if known[0] == "sending":
                known[0] = "sent"
            self.check(row_id)

    @rule(data=st.data(), reports=REPORTS)
    def report(self, data, reports):
        """Late, repeated and contradicting reports of a row that was sent."""
        if self.known:
            row_id = data.draw(st.sampled_from(sorted(self.known)))
            for status in reports:
                self.run(self.report_to(row_id, status))
                self.check(row_id)

    @rule(status=st.sampled_from(("sent", "read")), shard=st.integers(0, 99))
    def report_nonsense(self, status, shard):
        """An unknown reference changes nothing."""
        for reference in ("", "x", f"{shard}-{'0' * 24}", "0-../../etc"):
            assert not self.run(self.statuses.record_status(reference, status))

    async def report_to(self, row_id, status):
        known = self.known[row_id]
        has_changed = await self.statuses.record_status(row_id, status)
        if status == "failed":
            assert has_changed == (not known[1])
            known[1] = True
        elif status in RANKS:
            assert has_changed == (RANKS[status] > RANKS[known[0]])
            known[0] = max(known[0], status, key=RANKS.get)
        else:
            assert not has_changed

    def check(self, row_id):
        stored = self.run(self.redis.hgetall(self.keys.row_status(row_id)))
        assert [stored["status"], stored.get("failed") == "1"] == self.known[row_id]

    def finish(self):
        """Nothing is left to send, and no status ever fell."""
        self.send([])
        for row_id in self.known:
            self.check(row_id)
        assert self.leftovers() == []


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("quiet")
def test_a_status_only_moves_up(server_url):
    """The highest reported status is kept, in any order (reference/field.md B.1, row 3)."""
    play(StatusMachine, server_url)


class LastOneWins(StatusMachine):
    """Statuses that are simply overwritten."""

    def __init__(self, url):
        super().__init__(url)
        record_status = self.statuses.record_status

        async def overwrite(reference, status):
            has_changed = await record_status(reference, status)
            if reference in self.known and status in RANKS:
                await self.redis.hset(self.keys.row_status(reference), "status", status)
            return has_changed

        self.statuses.record_status = overwrite


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("quiet")
def test_the_machine_finds_statuses_that_fall(server_url):
    """The same reports over a store without the lattice fail."""
    with pytest.raises(AssertionError):
        play(LastOneWins, server_url, UNTIL_IT_BITES)
