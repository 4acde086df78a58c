"""A client for Redis Cluster: each command goes to the node that owns its key's slot.

It routes to ordinary clients, one per node, so that pools, timeouts and cancelled commands behave
exactly as with one server. Like them it repeats nothing, with one exception: a node that answers
MOVED or ASK has not run the command, so it is sent on. A command whose answer was lost must never
be sent a second time.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.crc import key_slot
from redis.exceptions import AskError, MovedError, RedisError, SlotNotCoveredError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

Node = tuple[str, int]
Command = tuple[tuple[Any, ...], Mapping[str, Any]]

_REDIRECTIONS = 5
_KEYLESS = frozenset({"PING", "WAIT", "ASKING", "CLUSTER SLOTS", "SCRIPT FLUSH"})


class _Unit(NamedTuple):
    """Commands that must stay together: they begin at `first` and go to the node of `key`."""

    first: int
    key: str | None
    commands: list[Command]


class ClusterClient(Redis):
    """Takes the commands of a single server's client, as long as each stays inside one slot."""

    def __init__(self, seeds: Sequence[Node], make: Callable[[Node], Redis]) -> None:
        super().__init__()
        self._seeds = tuple(seeds)
        self._make = make
        self._clients: dict[Node, Redis] = {}
        self._ranges: list[tuple[int, int, Node]] = []
        self._moved: dict[int, Node] = {}
        self._looking = asyncio.Lock()
        self._looks = 0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command at the node of its key."""
        (answer,) = await self.run([(args, options)], is_transaction=False)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:  # noqa: ARG002 - the client's own signature
        """Return a pipeline; only without a transaction may it touch more than one slot."""
        return _ClusterPipeline(self, is_transaction=transaction)

    async def nodes(self) -> tuple[Redis, ...]:
        """Return the clients of all nodes that own slots."""
        if not self._ranges:
            await self._look(self._looks)
        owners = {node for _, _, node in self._ranges} | set(self._moved.values())
        return tuple(map(self._client, sorted(owners)))

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close the clients of all nodes."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()
        await super().aclose(close_connection_pool)

    async def run(self, commands: Sequence[Command], *, is_transaction: bool) -> list[Any]:
        """Return each command's result or error. Raises when a node cannot be reached."""
        answers: list[Any] = [None] * len(commands)
        units: list[tuple[_Unit, Node | None]] = [
            (unit, None) for unit in _units(commands, together=is_transaction)
        ]
        for _ in range(_REDIRECTIONS):
            units = await self._round(units, answers, is_transaction=is_transaction)
            if not units:
                break
        return answers

    async def _round(
        self,
        units: list[tuple[_Unit, Node | None]],
        answers: list[Any],
        *,
        is_transaction: bool,
    ) -> list[tuple[_Unit, Node | None]]:
        """Run units at their nodes; return those to be sent on, some of them to a named node."""
        looks = self._looks
        places: dict[tuple[Node, bool], list[_Unit]] = defaultdict(list)
        for unit, asked in units:
            places[asked or await self._owner(unit.key), asked is not None].append(unit)
        results = await asyncio.gather(
            *(
                self._run_at(node, group, is_asking=is_asking, is_transaction=is_transaction)
                for (node, is_asking), group in places.items()
            ),
            return_exceptions=True,
        )
        again: list[tuple[_Unit, Node | None]] = []
        for group, result in zip(places.values(), results, strict=True):
            if isinstance(result, RedisConnectionError | RedisTimeoutError):
                with suppress(RedisError):
                    await self._look(looks)
            if isinstance(result, BaseException):
                raise result
            for unit, parts in zip(group, result, strict=True):
                answers[unit.first : unit.first + len(parts)] = parts
                if isinstance(parts[0], AskError):
                    again.append((unit, self._redirect(parts[0])))
        return again

    def _redirect(self, error: AskError) -> Node | None:
        """Remember a slot that has moved; return the node to ask while it is still moving."""
        node = (error.host, error.port)
        if not isinstance(error, MovedError):
            return node
        self._moved[error.slot_id] = node
        return None

    async def _run_at(
        self, node: Node, units: Sequence[_Unit], *, is_asking: bool, is_transaction: bool
    ) -> list[list[Any]]:
        client = self._client(node)
        if len(units) == 1 and len(units[0].commands) == 1 and not is_asking:
            args, options = units[0].commands[0]
            try:
                return [[await client.execute_command(*args, **options)]]  # type: ignore[no-untyped-call]
            except (RedisConnectionError, RedisTimeoutError):
                raise
            except RedisError as error:
                return [[error]]
        async with client.pipeline(transaction=is_transaction) as pipe:
            for unit in units:
                if is_asking:
                    pipe.execute_command("ASKING")
                for args, options in unit.commands:
                    pipe.execute_command(*args, **options)
            try:
                answers = iter(await pipe.execute(raise_on_error=False))
            except AskError as error:
                return [[error] * len(unit.commands) for unit in units]
        parts: list[list[Any]] = []
        for unit in units:
            if is_asking:
                next(answers)
            parts.append([next(answers) for _ in unit.commands])
        return parts

    async def _owner(self, key: str | None) -> Node:
        if not self._ranges:
            await self._look(self._looks)
        if key is None:
            return self._ranges[0][2]
        slot = key_slot(key.encode())
        if slot in self._moved:
            return self._moved[slot]
        for first, last, node in self._ranges:
            if first <= slot <= last:
                return node
        await self._look(self._looks)
        raise SlotNotCoveredError("no node owns the slot of a key")

    async def _look(self, looks: int) -> None:
        """Read the owners of all slots, unless done since `looks`. Raises when no node answers."""
        async with self._looking:
            if self._looks != looks:
                return
            problem: RedisError = RedisConnectionError("no node of the cluster answers")
            known = [node for _, _, node in self._ranges]
            for node in dict.fromkeys((*self._clients, *known, *self._seeds)):
                try:
                    answer = await self._client(node).execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
                except RedisError as error:
                    problem = error
                    continue
                self._learn(answer, node)
                return
            raise problem

    def _learn(self, slots: Any, asked: Node) -> None:
        # A node that does not know its own name answers an empty one: the one we reached it by.
        self._ranges = [
            (int(first), int(last), (str(owner[0]) or asked[0], int(owner[1])))
            for first, last, owner, *_ in slots
        ]
        self._moved = {}
        self._looks += 1

    def _client(self, node: Node) -> Redis:
        if node not in self._clients:
            self._clients[node] = self._make(node)
        return self._clients[node]


class _ClusterPipeline(Pipeline):
    """Queues like any pipeline; the commands are divided by node when it runs."""

    def __init__(self, cluster: ClusterClient, *, is_transaction: bool) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, is_transaction, None)
        self._cluster = cluster

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Run what is queued; return results in order, errors among them unless one is raised."""
        commands, self.command_stack = self.command_stack, []
        answers = await self._cluster.run(commands, is_transaction=self.is_transaction)
        for answer in answers:
            if raise_on_error and isinstance(answer, Exception):
                raise answer
        return answers


def _units(commands: Sequence[Command], *, together: bool) -> list[_Unit]:
    """Divide commands by key; one without a key (WAIT) stays with the one before it."""
    units: list[_Unit] = []
    for place, command in enumerate(commands):
        key = _key(command[0])
        if units and (together or key is None):
            units[-1].commands.append(command)
        else:
            units.append(_Unit(place, key, [command]))
    return units


def _key(args: tuple[Any, ...]) -> str | None:
    """Return the first key of a command; all others of it must share its slot."""
    name = str(args[0])
    if name in _KEYLESS:
        return None
    if name in {"EVAL", "EVALSHA"}:
        return str(args[3])
    if name == "XREADGROUP":
        return str(args[args.index(b"STREAMS") + 1])
    return str(args[1])
