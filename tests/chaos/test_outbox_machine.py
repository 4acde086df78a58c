"""The outbox as a state machine: at least once, in order, at most twice, money at most once."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from lola.delivery import Effects, Ownership, Reply
from lola.domain.messages import TextMessage
from lola.errors import AmbiguousSendError, ChannelStoppedError, RejectedError, RetryLaterError
from reliability.workload import Spoken, conversation_of
from tests.chaos.machines import HOLD_SECONDS, LEASE_SECONDS, UNTIL_IT_BITES, Machine, play

ME = conversation_of(0)
CONSUMERS = st.sampled_from(("w0", "w1"))
LIFE = timedelta(minutes=10)


class Killed(BaseException):
    """The process ends inside the call."""


REFUSALS = {
    "later": RetryLaterError("busy"),
    "stopped": ChannelStoppedError("no credentials"),
    "rejected": RejectedError("no such recipient"),
}
UNKNOWN = {
    "no answer": AmbiguousSendError("gone"),
    "broken": ValueError("not as promised"),
    "killed": Killed(),
}


UNKNOWNS = st.sampled_from(tuple(UNKNOWN))
REFUSED = st.sampled_from(tuple(REFUSALS))
SENDING = {
    "consumer": CONSUMERS,
    "stolen": st.booleans(),
    "rested": st.booleans(),
    "taken": st.integers(0, 2),
}


@dataclass
class Row:
    """What the model knows of one committed reply."""

    name: str
    author: str
    money: bool
    epoch: int
    until: object
    row_id: str = ""
    may_have_arrived: int = 0
    rejected: bool = False
    reported: bool = False


class OutboxMachine(Machine):
    """Two senders on one conversation's outbox; the channel does whatever a rule says."""

    def __init__(self, url):
        super().__init__(url)
        self.rows = {}
        self.order = []
        self.owner = Ownership()
        self.told = []

    @rule(
        replies=st.lists(
            st.tuples(st.sampled_from(("bot", "staff", "code")), st.booleans(), st.booleans()),
            min_size=1,
            max_size=3,
        )
    )
    def commit(self, replies):
        """A turn leaves some replies: by whom, about money or not, with an end or without."""
        told = f"m{next(self.numbers)}"
        self.run(self.inbox.enqueue(Spoken(sender=0, message=told).inbound(), "trace"))
        (ready,) = self.entries("inbox", "turns")
        work = self.run(self.inbox.acquire(ready, "turns"))
        epoch, end = self.owner.epoch, self.now + LIFE
        rows = [
            Row(f"{told}r{place}", author, money, epoch, end if ends else None)
            for place, (author, money, ends) in enumerate(replies)
        ]
        effects = Effects(
            address=work.envelopes[-1].inbound.address,
            state={"counted": 0},
            record={"messages": [told]},
            replies=tuple(
                Reply(
                    message=TextMessage(content=row.name),
                    author=row.author,
                    money=row.money,
                    valid_until=row.until,
                )
                for row in rows
            ),
        )
        assert self.run(self.inbox.commit(work, effects)) == "idle"
        self.rows |= {row.name: row for row in rows}
        self.order += [row.name for row in rows]

    @rule(**SENDING, end=UNKNOWNS)
    def send_into_the_dark(self, consumer, stolen, rested, taken, end):
        """A few sends go well, and the outcome of the next is unknown."""
        self.send(consumer, stolen, rested, ["taken"] * taken + [end])

    @rule(**SENDING, end=REFUSED)
    def send_and_hear_no(self, consumer, stolen, rested, taken, end):
        """A few sends go well, and the next is refused."""
        self.send(consumer, stolen, rested, ["taken"] * taken + [end])

    def send(self, consumer, stolen, rested, plan):
        """Serve what is ready; the channel goes through its plan, and then takes everything.

        After a rest no lease and no delay is in the way.
        """
        if rested:
            self.lose()
            self.wait(HOLD_SECONDS)

        async def courier(row):
            known = self.rows[row.message.content]
            known.row_id = row.id
            self.allow(known)
            self.told.append(known.name)
            event = plan.pop(0) if plan else "taken"
            if event in REFUSALS:
                known.rejected = event == "rejected"
                self.told.pop()
                raise REFUSALS[event]
            known.may_have_arrived += 1
            if event in UNKNOWN:
                raise UNKNOWN[event]
            return (f"p-{row.id}",)

        for ready in self.entries("outbox", consumer, stolen=stolen):
            try:
                self.run(self.outbox.serve(ready, consumer, courier))
            except Killed:
                return

    @rule(data=st.data(), status=st.sampled_from(("sent", "delivered", "failed")))
    def report(self, data, status):
        """The channel reports on something it has seen; such a row is never sent again."""
        seen = [row for row in self.rows.values() if row.may_have_arrived]
        if seen:
            row = data.draw(st.sampled_from(seen))
            if self.run(self.statuses.record_status(row.row_id, status)):
                row.reported = True

    @rule(owner=st.sampled_from(("bot", "waiting", "human")))
    def change_owner(self, owner):
        """Somebody takes over, or hands back."""
        new = self.run(self.owners.set_owner(ME, Ownership(owner=owner), self.owner.epoch))
        self.owner = new

    @rule()
    def lose(self):
        """A sender is paused for too long."""
        self.lose_lease("outbox", ME)

    @rule(seconds=st.sampled_from((1, HOLD_SECONDS, HOLD_SECONDS, 700)))
    def later(self, seconds):
        """Time passes; what was put off becomes ready."""
        self.wait(seconds)

    def allow(self, row):
        """What must be true whenever a row is handed to the channel."""
        assert not row.rejected
        assert not row.reported
        assert row.until is None or self.now < row.until
        if row.author == "bot":
            assert (self.owner.owner, self.owner.epoch) == ("bot", row.epoch)

    @invariant()
    def nothing_goes_too_often_or_out_of_order(self):
        """Informational text at most twice, money once; the channel sees the committed order."""
        for row in self.rows.values():
            assert row.may_have_arrived <= (1 if row.money else 2), row
        places = [self.order.index(name) for name in self.told]
        assert places == sorted(places)

    def finish(self):
        """In the end every row arrived, or is with a person, or was dropped for its reason."""

        async def courier(row):
            known = self.rows[row.message.content]
            self.allow(known)
            known.may_have_arrived += 1
            self.told.append(known.name)
            return (f"p-{row.id}",)

        for _ in range(50):
            self.wait(HOLD_SECONDS + 1)
            self.lose()
            for ready in self.entries("outbox", "last", stolen=True):
                self.run(self.outbox.serve(ready, "last", courier))
            if not self.leftovers():
                break
        self.nothing_goes_too_often_or_out_of_order()
        assert self.leftovers() == []
        letters = self.run(self.dead_letters.newest(1000))
        with_a_person = Counter(letter.body["message"]["content"] for letter in letters)
        for row in self.rows.values():
            if not row.may_have_arrived and not self.was_droppable(row):
                assert with_a_person[row.name] == 1, row
            assert with_a_person[row.name] <= 1

    def was_droppable(self, row):
        """Its promise ran out, or its author may not speak any more."""
        is_over = row.until is not None and self.now >= row.until
        speaker = (self.owner.owner, self.owner.epoch)
        return is_over or (row.author == "bot" and speaker != ("bot", row.epoch))


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("quiet")
def test_any_order_of_steps_keeps_the_promises(server_url):
    """Commit, send, fail, die, report, take over and wait, in every order Hypothesis finds."""
    assert HOLD_SECONDS > LEASE_SECONDS
    play(OutboxMachine, server_url)


class WithoutMoney(OutboxMachine):
    """An outbox that treats text about money like any other."""

    def __init__(self, url):
        super().__init__(url)
        commit = self.inbox.commit

        async def careless(work, effects):
            replies = tuple(replace(reply, money=False) for reply in effects.replies)
            return await commit(work, replace(effects, replies=replies))

        self.inbox.commit = careless


class WithoutOwners(OutboxMachine):
    """An outbox that forgets to ask who may speak."""

    def __init__(self, url):
        super().__init__(url)
        serve = self.outbox.serve

        async def deaf(ready, consumer, courier):
            await self.redis.delete(self.keys.ownership(ready.conversation))
            return await serve(ready, consumer, courier)

        self.outbox.serve = deaf


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("broken", [WithoutMoney, WithoutOwners])
def test_the_machine_finds_a_broken_outbox(server_url, broken):
    """The same steps over an outbox with one protection less fail."""
    with pytest.raises((AssertionError, AttributeError)):
        play(broken, server_url, UNTIL_IT_BITES)
