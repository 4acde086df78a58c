"""The inbox as a state machine: any order of steps by any worker keeps order and exactly-once."""

import json

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, invariant, multiple, rule

from lola.delivery import Ownership
from reliability.workload import Spoken, conversation_of, effects_of
from tests.chaos.machines import UNTIL_IT_BITES, Machine, play

SENDERS = st.integers(0, 1)
CONSUMERS = st.sampled_from(("w0", "w1", "w2"))
CONVERSATIONS = {conversation_of(sender): sender for sender in range(2)}


class InboxMachine(Machine):
    """Three workers on two conversations; the model is a list of what is still to be answered."""

    said = Bundle("said")
    readies = Bundle("readies")
    works = Bundle("works")

    def __init__(self, url):
        super().__init__(url)
        self.waiting = {name: [] for name in CONVERSATIONS}
        self.answered = {name: [] for name in CONVERSATIONS}
        self.turns = dict.fromkeys(CONVERSATIONS, 0)
        self.numbers_of = {}
        self.holder = dict.fromkeys(CONVERSATIONS)
        self.owner = {name: Ownership() for name in CONVERSATIONS}

    @rule(target=said, sender=SENDERS)
    def say(self, sender):
        """A new message has the next number."""
        spoken = Spoken(sender=sender, message=f"m{next(self.numbers)}")
        stored = self.run(self.inbox.enqueue(spoken.inbound(), "trace"))
        name = conversation_of(sender)
        assert not stored.duplicate
        assert stored.seq == len(self.answered[name]) + len(self.waiting[name]) + 1
        self.waiting[name].append(spoken.message)
        self.numbers_of[spoken.message] = stored.seq
        return spoken

    @rule(spoken=said)
    def say_again(self, spoken):
        """A redelivery is known by its number, answered or not."""
        stored = self.run(self.inbox.enqueue(spoken.inbound(), "trace"))
        assert stored.duplicate
        assert stored.seq == self.numbers_of[spoken.message]

    @rule(target=readies, consumer=CONSUMERS, stolen=st.booleans())
    def take(self, consumer, stolen):
        """Read own, new and perhaps abandoned entries."""
        return multiple(
            *((ready, consumer) for ready in self.entries("inbox", consumer, stolen=stolen))
        )

    @rule(target=works, entry=consumes(readies))
    def acquire(self, entry):
        """Work is always the oldest of what waits, and of this conversation only."""
        ready, consumer = entry
        holder = self.holder[ready.conversation]
        work = self.run(self.inbox.acquire(ready, consumer))
        if work is None:
            return multiple()
        assert holder is None or holder[1] == consumer
        assert holder is None or work.token > holder[0]
        self.expect(work)
        self.holder[work.conversation] = work.token, consumer
        return work

    @rule(target=works, work=consumes(works))
    def reload(self, work):
        """Only the holder reads again, and sees what is there now."""
        again = self.run(self.inbox.reload(work))
        if not self.holds(work):
            assert again is None
            return multiple()
        if again is None:
            assert not self.waiting[work.conversation]
            self.holder[work.conversation] = None
            return multiple()
        self.expect(again)
        return again

    @rule(work=works)
    def commit(self, work):
        """Effects become true once, for the holder, under the owner it has seen."""
        name = work.conversation
        outcome = self.run(self.inbox.commit(work, effects_of(work)))
        names = [str(item.inbound.id) for item in work.envelopes]
        if not self.holds(work):
            assert outcome == "fenced"
        elif self.waiting[name][: len(names)] != names:
            assert outcome == "mismatch"
        elif work.ownership.epoch != self.owner[name].epoch:
            assert outcome == "ownership"
        else:
            self.answered[name] += names
            del self.waiting[name][: len(names)]
            self.turns[name] += 1
            assert outcome == ("more" if self.waiting[name] else "idle")
            if outcome == "idle":
                self.holder[name] = None

    @rule(work=works)
    def release(self, work):
        """Only the holder can give back."""
        self.run(self.inbox.release(work))
        if self.holds(work):
            self.holder[work.conversation] = None

    @rule(work=works)
    def fail(self, work):
        """A failed turn is put off; the last attempt buries the head, and only the head."""
        head = work.envelopes[0]
        name = work.conversation
        outcome = self.run(self.inbox.fail(work, "planned"))
        is_last = head.attempts + 1 >= self.inbox.limits.max_attempts
        if not self.holds(work):
            assert outcome == "fenced"
        elif not is_last and len(self.waiting[name]) < len(work.envelopes):
            assert outcome == "mismatch"
        elif not is_last:
            assert outcome == "delayed"
            self.holder[name] = None
        elif self.waiting[name][:1] != [str(head.inbound.id)]:
            assert outcome == "mismatch"
        else:
            self.waiting[name].pop(0)
            self.answered[name].append(None)
            self.turns[name] += 1
            if outcome == "idle":
                self.holder[name] = None

    @rule(sender=SENDERS)
    def lose(self, sender):
        """A lease runs out."""
        name = conversation_of(sender)
        self.lose_lease("inbox", name)
        self.holder[name] = None

    @rule(sender=SENDERS, owner=st.sampled_from(("bot", "waiting", "human")), is_late=st.booleans())
    def change_owner(self, sender, owner, is_late):
        """Only who knows the present epoch changes the owner."""
        name = conversation_of(sender)
        expected = self.owner[name].epoch - is_late
        new = self.run(self.owners.set_owner(name, Ownership(owner=owner), expected))
        assert (new is None) == is_late
        self.owner[name] = new or self.owner[name]

    @rule(seconds=st.sampled_from((1, 5, 100)))
    def later(self, seconds):
        """Delayed conversations become ready."""
        self.wait(seconds)

    @invariant()
    def what_is_stored_is_what_was_committed(self):
        """Every message once, in order, with one version per turn."""
        for name in CONVERSATIONS:
            turns, version = self.run(self.stored(name))
            told = [message for message in self.answered[name] if message is not None]
            assert [message for turn in turns for message in turn] == told
            assert (len(turns), version) == (self.turns[name], self.turns[name])

    def finish(self):
        """Whatever happened, a fresh worker brings everything to its end, and nothing is left."""
        for _ in range(100):
            for name in CONVERSATIONS:
                self.lose_lease("inbox", name)
            self.wait(100)
            for ready in self.entries("inbox", "last", stolen=True):
                work = self.run(self.inbox.acquire(ready, "last"))
                while work is not None:
                    outcome = self.run(self.inbox.commit(work, effects_of(work)))
                    names = [str(item.inbound.id) for item in work.envelopes]
                    self.answered[work.conversation] += names
                    del self.waiting[work.conversation][: len(names)]
                    self.turns[work.conversation] += 1
                    work = self.run(self.inbox.reload(work)) if outcome == "more" else None
            if not any(self.waiting.values()):
                break
        self.what_is_stored_is_what_was_committed()
        assert not any(self.waiting.values())
        busy = [name for name in self.leftovers() if name.split(":")[1] in ("mb", "sch", "ls")]
        assert busy == []

    def holds(self, work):
        holder = self.holder[work.conversation]
        return holder is not None and holder[0] == work.token

    def expect(self, work):
        names = [str(item.inbound.id) for item in work.envelopes]
        assert names == self.waiting[work.conversation][: len(names)]
        assert [item.seq for item in work.envelopes] == [self.numbers_of[name] for name in names]
        assert work.version == self.turns[work.conversation]
        assert work.ownership.epoch == self.owner[work.conversation].epoch

    async def stored(self, name):
        state = await self.redis.hget(self.keys.state(name), "version")
        records = await self.redis.lrange(self.keys.history(name), 0, -1)
        return [json.loads(record)["messages"] for record in records], int(state or 0)


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("quiet")
def test_any_order_of_steps_keeps_the_promises(server_url):
    """Enqueue, take, acquire, commit, fail, lose and take over, in every order Hypothesis finds."""
    play(InboxMachine, server_url)


class WithoutFence(InboxMachine):
    """A inbox that lets everybody commit: each commit takes the lease for itself first."""

    def __init__(self, url):
        super().__init__(url)
        commit = self.inbox.commit

        async def unfenced(work, effects):
            box = self.keys.box("inbox", work.conversation)
            await self.redis.set(box.lease, f"{work.token}:anybody")
            return await commit(work, effects)

        self.inbox.commit = unfenced


class WithoutDedupe(InboxMachine):
    """A inbox that forgets at once what it has accepted."""

    def __init__(self, url):
        super().__init__(url)
        enqueue = self.inbox.enqueue

        async def forgetful(message, trace_id):
            await self.redis.delete(self.keys.seen(message))
            return await enqueue(message, trace_id)

        self.inbox.enqueue = forgetful


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("broken", [WithoutFence, WithoutDedupe])
def test_the_machine_finds_a_broken_inbox(server_url, broken):
    """The same steps over a inbox with one protection less fail."""
    with pytest.raises(AssertionError):
        play(broken, server_url, UNTIL_IT_BITES)
