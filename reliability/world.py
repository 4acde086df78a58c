"""One state of the simulation, and the steps that lead from it to the next.

A state is what the workers remember, in Python, and everything else, in the server. A step is one
call to the production inbox, which is one script. The scheduler chooses the steps, not this module.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, cast

from lola.delivery import Inbox, Limits, Ready, Work
from lola.domain.messages import Inbound
from lola.state import Connections, Keys
from reliability.checker import Accepted, Committed, History, check
from reliability.workload import Spoken, conversation_of, effects_of, no_apology

Phase = Literal["idle", "restarted", "taken", "working", "more"]
Clock = Callable[[], datetime]
MakeInbox = Callable[[Connections, Keys, Clock], Inbox]

_NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
_MUCH_LATER: Final = timedelta(hours=1)
_GROUP: Final = "workers"
_ME: Final = conversation_of(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much may go wrong in one run. Leases also end whenever no worker has work."""

    workers: int = 2
    messages: int = 3
    crashes: int = 1
    expiries: int = 1
    failures: int = 1
    redeliveries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The memory of one worker."""

    phase: Phase = "idle"
    ready: Ready | None = None
    work: Work | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The memory of all workers, and what has happened so far."""

    actors: tuple[Actor, ...]
    said: int = 0
    crashes: int = 0
    expiries: int = 0
    failures: int = 0
    redeliveries: int = 0

    def with_actor(self, number: int, actor: Actor) -> "World":
        """Return a world with another memory of this worker."""
        return replace(self, actors=(*self.actors[:number], actor, *self.actors[number + 1 :]))


Step = Callable[[World], Awaitable[World]]
WorkerStep = Callable[[World, int], Awaitable[World]]


class Stage:
    """The part of a state in the server: one project's keys, and the inbox that works on them."""

    def __init__(
        self, connections: Connections, project: str, bounds: Bounds, make_inbox: MakeInbox
    ) -> None:
        self._redis = connections.commands
        self._bounds = bounds
        self._keys = Keys(project, shards=1)
        self._now = _NOON
        self._inbox = make_inbox(connections, self._keys, lambda: self._now)
        self._stream = self._keys.ready("inbox", 0)
        self._messages = [
            Spoken(sender=0, message=f"m{place}").inbound() for place in range(bounds.messages)
        ]

    async def prepare(self) -> World:
        """Return the first state."""
        await self._inbox.mailbox.prepare()
        return World(actors=(Actor(),) * self._bounds.workers)

    def enabled(self, world: World) -> list[tuple[str, Step]]:
        """Return every step that is possible now."""
        bounds = self._bounds
        steps: list[tuple[str, Step]] = []
        if world.said < bounds.messages:
            steps.append(("message", self._say))
        if world.said and world.redeliveries < bounds.redeliveries:
            steps.append(("redelivery", self._say_again))
        if all(actor.work is None for actor in world.actors):
            steps += [("delay over", self._promote), ("lease over", self._expire)]
        elif world.expiries < bounds.expiries:
            steps.append(("lease over too early", self._expire_early))
        for number, actor in enumerate(world.actors):
            steps += [
                (f"w{number} {name}", _for(number, step))
                for name, step in self._enabled_for(world, actor)
            ]
        return steps

    def _enabled_for(self, world: World, actor: Actor) -> list[tuple[str, WorkerStep]]:
        by_phase: dict[Phase, list[tuple[str, WorkerStep]]] = {
            "idle": [("takes", self._take), ("claims", self._claim)],
            "restarted": [("takes its own", self._own)],
            "taken": [("acquires", self._acquire)],
            "working": [("commits", self._commit)],
            "more": [("reloads", self._reload), ("releases", self._release)],
        }
        steps = by_phase[actor.phase]
        if actor.phase == "working" and world.failures < self._bounds.failures:
            steps.append(("fails", self._fail))
        if actor.phase != "idle" and world.crashes < self._bounds.crashes:
            steps.append(("crashes", self._crash))
        return steps

    async def _enqueue(self, message: Inbound) -> None:
        await self._inbox.enqueue(message, "trace")

    async def _say(self, world: World) -> World:
        await self._enqueue(self._messages[world.said])
        return replace(world, said=world.said + 1)

    async def _say_again(self, world: World) -> World:
        await self._enqueue(self._messages[world.said - 1])
        return replace(world, redeliveries=world.redeliveries + 1)

    async def _promote(self, world: World) -> World:
        self._now = _NOON + _MUCH_LATER
        await self._inbox.mailbox.promote()
        self._now = _NOON
        return world

    async def _expire(self, world: World) -> World:
        await self._redis.delete(self._keys.box("inbox", _ME).lease)
        return world

    async def _expire_early(self, world: World) -> World:
        return replace(await self._expire(world), expiries=world.expiries + 1)

    async def _take(self, world: World, number: int) -> World:
        return await self._read(world, number, ">")

    async def _own(self, world: World, number: int) -> World:
        return await self._read(world, number, "0")

    async def _read(self, world: World, number: int, start: str) -> World:
        answer: Any = await self._redis.xreadgroup(
            _GROUP, f"w{number}", {self._stream: start}, count=1
        )
        return _took(world, number, [entry for _, found in answer or () for entry in found])

    async def _claim(self, world: World, number: int) -> World:
        name = f"w{number}"
        answer = await self._redis.xautoclaim(self._stream, _GROUP, name, 0, "0-0", 1)
        return _took(world, number, answer[1])

    async def _acquire(self, world: World, number: int) -> World:
        ready = cast("Ready", world.actors[number].ready)
        work = await self._inbox.acquire(ready, f"w{number}")
        return world.with_actor(number, _working(work))

    async def _reload(self, world: World, number: int) -> World:
        work = await self._inbox.reload(_work_of(world, number))
        return world.with_actor(number, _working(work))

    async def _commit(self, world: World, number: int) -> World:
        work = _work_of(world, number)
        outcome = await self._inbox.commit(work, effects_of(work))
        has_more = outcome == "more"
        return world.with_actor(number, Actor(phase="more", work=work) if has_more else Actor())

    async def _release(self, world: World, number: int) -> World:
        await self._inbox.release(_work_of(world, number))
        return world.with_actor(number, Actor())

    async def _fail(self, world: World, number: int) -> World:
        await self._inbox.fail(_work_of(world, number), "simulated")
        return replace(world.with_actor(number, Actor()), failures=world.failures + 1)

    async def _crash(self, world: World, number: int) -> World:
        restarted = world.with_actor(number, Actor(phase="restarted"))
        return replace(restarted, crashes=world.crashes + 1)

    async def look(self, world: World) -> "Seen":
        """Read the state in the server."""
        box, outbox = self._keys.box("inbox", _ME), self._keys.box("outbox", _ME)
        keys = (
            *box,
            outbox.mailbox,
            self._keys.history(_ME),
            self._keys.state(_ME),
        )
        looking: Any = self._redis.eval(_LOOK, len(keys), *keys, _GROUP)
        return Seen(world=world, is_all_said=world.said == self._bounds.messages, raw=await looking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A state with its part in the server."""

    world: World
    is_all_said: bool
    raw: list[Any]

    def judged(self) -> tuple[str, bool]:
        """Return what is broken in this state, and whether all work is done in it."""
        *_, mailbox, rows, records, state, version = self.raw
        turns = tuple(tuple(json.loads(record)["messages"]) for record in records)
        answered = [name for turn in turns for name in turn]
        names = [f"m{place}" for place in range(self.world.said)]
        findings = check(
            History(
                accepted=tuple(
                    Accepted(conversation=_ME, message=name, seq=place)
                    for place, name in enumerate(names, 1)
                ),
                committed=(
                    Committed(
                        conversation=_ME,
                        turns=turns,
                        version=int(version or 0),
                        counted=json.loads(state)["counted"] if state else 0,
                    ),
                ),
                sent=(),
                # Nothing is sent here: a row in the outbox counts as a reply that was given up.
                dead_replies=frozenset(answered[: len(rows)]),
                # What is still in the mailbox will be handled; it is the newest.
                dead_messages=frozenset(names[len(names) - len(mailbox) :] if mailbox else ()),
            )
        )
        return "; ".join(findings.lines(1)), self.is_all_said and not mailbox and findings.kept

    @property
    def outline(self) -> str:
        """The state as a comparable text, in which ids and tokens are only ranks."""
        flag, lease, fence, ready, pending, delivered, *rest = self.raw
        token, _, holder = (lease or "").partition(":")
        actors = self.world.actors
        entries = [flag, delivered, *(entry for entry, _ in ready)]
        entries += [item[0] for item in pending]
        entries += [actor.ready.entry if actor.ready else None for actor in actors]
        tokens = [
            token,
            fence,
            *(str(actor.work.token) if actor.work else None for actor in actors),
        ]
        return repr(
            (
                _ranks(entries, lambda entry: tuple(map(int, entry.split("-")))),
                _ranks(tokens, int),
                holder,
                len(ready),
                [item[1] for item in pending],
                rest,
                [(actor.phase, _remembered(actor.work)) for actor in actors],
                replace(self.world, actors=()),
            )
        )


_LOOK: Final = """
local mailbox, flag, lease, fence, ready, waiting, rows, history, state = unpack(KEYS)
local groups = redis.call('XINFO', 'GROUPS', ready)
local delivered
for place = 1, #groups[1], 2 do
  if groups[1][place] == 'last-delivered-id' then delivered = groups[1][place + 1] end
end
local stored = redis.call('HMGET', state, 'state', 'version')
return {
  redis.call('GET', flag) or '', redis.call('GET', lease) or '', redis.call('GET', fence) or '',
  redis.call('XRANGE', ready, '-', '+'), redis.call('XPENDING', ready, ARGV[1], '-', '+', 100),
  delivered, redis.call('ZRANGE', waiting, 0, -1), redis.call('LRANGE', mailbox, 0, -1),
  redis.call('LRANGE', rows, 0, -1), redis.call('LRANGE', history, 0, -1),
  stored[1] or '', stored[2] or '',
}
"""


def production(connections: Connections, keys: Keys, clock: Clock) -> Inbox:
    """Make the production inbox."""
    limits = Limits(history_window=1)
    return Inbox(connections, keys, clock, on_poison=no_apology, limits=limits)


def _for(number: int, step: WorkerStep) -> Step:
    return lambda world: step(world, number)


def _took(world: World, number: int, entries: list[Any]) -> World:
    for entry, fields in entries:
        if fields:
            return world.with_actor(number, Actor(phase="taken", ready=Ready(_ME, entry)))
    return world.with_actor(number, Actor())


def _working(work: Work | None) -> Actor:
    return Actor(phase="working", work=work) if work else Actor()


def _work_of(world: World, number: int) -> Work:
    return cast("Work", world.actors[number].work)


def _remembered(work: Work | None) -> object:
    return work and (
        [(item.seq, item.attempts) for item in work.envelopes],
        work.version,
        work.ownership.epoch,
    )


def _ranks(values: list[Any], order: Callable[[Any], Any]) -> list[int | None]:
    """Replace values by their places among each other; None and blanks stay None."""
    places = {
        value: place for place, value in enumerate(sorted(set(filter(None, values)), key=order))
    }
    return [places.get(value) for value in values]
