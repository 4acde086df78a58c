"""Every interleaving of a few workers and a few messages, one script at a time.

The production inbox runs against a real server; the scheduler here decides which actor makes the
next step. A script is atomic in the server, so a step is one script, and between two steps anything
may happen: the other worker, another message, a redelivery, a failure, a crash, the end of a lease.

Time is not simulated: a lease may end, and an entry be claimed, at *any* moment, which includes
every moment at which a real clock would do it. So what holds here holds for all timings. The
server's own clock only makes tokens and entry ids, of which only the order matters; two states that
differ only in them are one. A state that was seen before is not followed again, which makes the
search finite; states are kept as dumps of their keys.

The real scripts are executed, so there is no separate model that could be wrong.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis

from lola.state import Connections
from reliability.world import Bounds, MakeInbox, Stage, World, production

_RESTORE: Final = """
for _, name in ipairs(redis.call('KEYS', KEYS[1] .. ':*')) do redis.call('DEL', name) end
for place = 1, #ARGV, 2 do redis.call('RESTORE', ARGV[place], 0, ARGV[place + 1]) end
"""
_DUMP: Final = """
local found = {}
for _, name in ipairs(redis.call('KEYS', KEYS[1] .. ':*')) do
  table.insert(found, name)
  table.insert(found, redis.call('DUMP', name))
end
return found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """The result of the search. A violation comes with the steps that lead to it."""

    states: int
    steps: int
    done: int
    violations: tuple[str, ...]


async def explore(
    connections: Connections,
    dumps: Redis,
    project: str,
    bounds: Bounds,
    *,
    make_inbox: MakeInbox = production,
    max_violations: int = 1,
) -> Explored:
    """Visit every state within the bounds; a broken `make_inbox` must be found.

    `dumps` reaches the same server, which should hold nothing else, without decoding answers.
    """
    stage = Stage(connections, project, bounds, make_inbox)
    return await _Explorer(stage, dumps, project).explore(max_violations)


class _Explorer:
    def __init__(self, stage: Stage, dumps: Redis, project: str) -> None:
        self._stage = stage
        self._dumps = dumps
        self._project = project
        self._paths: dict[str, tuple[str, str]] = {}
        self._before: defaultdict[str, set[str]] = defaultdict(set)
        self._done: set[str] = set()
        self._violations: list[str] = []
        self._queue: deque[tuple[str, World, list[bytes]]] = deque()
        self._steps = 0

    async def explore(self, max_violations: int) -> Explored:
        await self._meet(await self._stage.prepare(), "", "")
        while self._queue and len(self._violations) < max_violations:
            here, world, dump = self._queue.popleft()
            for name, step in self._stage.enabled(world):
                await self._run(_RESTORE, *dump)
                self._steps += 1
                await self._meet(await step(world), here, name)
        if not self._violations:
            endless = self._paths.keys() - self._leading_to_the_end()
            self._violations += [f"no way to the end after {self._path(here)}" for here in endless]
        return Explored(
            states=len(self._paths),
            steps=self._steps,
            done=len(self._done),
            violations=tuple(self._violations),
        )

    async def _meet(self, world: World, before: str, step: str) -> None:
        seen = await self._stage.look(world)
        here = seen.outline
        self._before[here].add(before)
        if here in self._paths:
            return
        self._paths[here] = before, step
        finding, is_done = seen.judged()
        if finding:
            self._violations.append(f"{finding} after {self._path(here)}")
        if is_done:
            self._done.add(here)
        self._queue.append((here, world, await self._run(_DUMP)))

    async def _run(self, script: str, *args: bytes) -> Any:
        answer: Any = self._dumps.eval(script, 1, self._project, *args)
        return await answer

    def _path(self, here: str) -> str:
        steps: list[str] = []
        while here:
            here, step = self._paths[here]
            steps.append(step)
        return ", ".join(filter(None, reversed(steps)))

    def _leading_to_the_end(self) -> set[str]:
        """Return the states from which all work can still be done."""
        leading = set(self._done)
        ahead = deque(leading)
        while ahead:
            for before in self._before[ahead.popleft()] - leading:
                leading.add(before)
                ahead.append(before)
        return leading
