"""Kill points: a process ends exactly before or after one of its commands to Redis.

The production code has no hooks. Its client is wrapped, every command is identified by its script
or its name, and the process exits with `os._exit` at the given point: nothing is flushed or closed
and no `finally` runs, as with `kill -9`. Other processes see nothing between two commands, so these
are all the points that matter.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha1
from typing import Any, Final, Literal, Self, get_args

from redis.asyncio import Redis

from lola.delivery import scripts
from lola.state import Connections
from lola.state.script import Script

EXIT_CODE: Final = 77
CHANNEL_CALL: Final = "call"

Side = Literal["before", "after"]
_SIDES: Final[tuple[Side, ...]] = get_args(Side)

_SCRIPTS: Final = {
    sha1(script.text.encode(), usedforsecurity=False).hexdigest(): name.lower()
    for name, script in vars(scripts).items()
    if isinstance(script, Script)
}
_READS: Final = {">": "take_new", "0": "take_own"}

_ELSEWHERE: Final = {"set_owner", "record_status", "schedule", "add_cost"}
"""Scripts of staff actions, of delivery reports, of timers set outside a turn, and of what a send
cost, which is counted after its outcome is stored."""

GATEWAY_OPERATIONS: Final = ("enqueue",)
WORKER_OPERATIONS: Final = tuple(
    sorted(
        {*_SCRIPTS.values(), *_READS.values(), "claim", CHANNEL_CALL}
        - {*_ELSEWHERE, *GATEWAY_OPERATIONS}
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillPoint:
    """`when` the `nth` command called `operation` is run, the process ends."""

    operation: str
    when: Side
    nth: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `commit:before:2`. Raises ValueError."""
        operation, when, nth = text.split(":")
        if when not in ("before", "after"):
            raise ValueError(text)
        return cls(operation=operation, when=when, nth=int(nth))  # type: ignore[arg-type]

    def __str__(self) -> str:
        return f"{self.operation}:{self.when}:{self.nth}"


class Trigger:
    """Counts operations, and ends the process at its point. Without a point it only counts."""

    def __init__(self, point: KillPoint | None) -> None:
        self._point = point
        self._counts: Counter[tuple[str, str]] = Counter()

    def reached(self, operation: str, when: str) -> None:
        """Note that the process reached this place; end it here if this is its point."""
        self._counts[operation, when] += 1
        point = self._point
        if (
            point is not None
            and (operation, when) == (point.operation, point.when)
            and self._counts[operation, when] == point.nth
        ):
            os._exit(EXIT_CODE)


def all_points(nth: int = 1) -> tuple[KillPoint, ...]:
    """Return the points before and after every operation that handles a message."""
    return tuple(
        KillPoint(operation=operation, when=when, nth=nth)
        for operation in (*GATEWAY_OPERATIONS, *WORKER_OPERATIONS)
        for when in _SIDES
    )


def operation_of(command: Sequence[Any]) -> str:
    """Return the name of a command: its script's, `take_own`, `take_new`, `claim`, or its own."""
    name = str(command[0]).upper()
    if name == "EVALSHA":
        return _SCRIPTS.get(str(command[1]), "script")
    if name == "EVAL":
        digest = sha1(str(command[1]).encode(), usedforsecurity=False).hexdigest()
        return _SCRIPTS.get(digest, "script")
    if name == "XREADGROUP":
        return _READS[str(command[-1])]
    return "claim" if name == "XAUTOCLAIM" else name.lower()


def armed(connections: Connections, trigger: Trigger) -> Connections:
    """Return the same connections with the trigger in front of every command."""
    return replace(
        connections,
        commands=_ArmedRedis.around(connections.commands, trigger),
        blocking=_ArmedRedis.around(connections.blocking, trigger),
    )


class _ArmedRedis(Redis):
    _trigger: Trigger

    @classmethod
    def around(cls, client: Redis, trigger: Trigger) -> Redis:
        wrapped = cls(connection_pool=client.connection_pool)
        wrapped._trigger = trigger
        return wrapped

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        operation = operation_of(args)
        self._trigger.reached(operation, "before")
        answer = await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        self._trigger.reached(operation, "after")
        return answer

    def pipeline(self, *args: Any, **options: Any) -> Any:
        """Return a pipeline that passes the points of all its commands when it is executed."""
        pipe = super().pipeline(*args, **options)
        execute = pipe.execute

        async def execute_armed(*more: Any, **keywords: Any) -> Any:
            operations = {operation_of(command) for command, _ in pipe.command_stack}
            for operation in operations:
                self._trigger.reached(operation, "before")
            answers = await execute(*more, **keywords)
            for operation in operations:
                self._trigger.reached(operation, "after")
            return answers

        pipe.execute = execute_armed  # type: ignore[method-assign]
        return pipe
