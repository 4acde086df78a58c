"""The agents in use: loaded at the start, and again whenever one of their files changed.

An edit is taken over whole or not at all. Files are read and agents built beside the event loop;
then one assignment puts them to use, and the next turn answers with them. What cannot be used
changes nothing: the agents from before go on, and the log says why.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from lola.errors import ConfigurationError
from lola.telemetry import names

AgentT = TypeVar("AgentT")
Stamp = tuple[tuple[str, int, int], ...]

_PATTERNS = ("*/agent.toml", "*/*.md")

log = structlog.get_logger(__name__)


class AgentReloader(Generic[AgentT]):
    """Keeps agents equal to their files. `load` may take its time and raise ConfigurationError."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        load: Callable[[], Mapping[str, AgentT]],
        use: Callable[[Mapping[str, AgentT]], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._folders = tuple(folders)
        self._load = load
        self._use = use
        self._sleep = sleep
        self._used = self._seen = stamp_of(self._folders)

    async def watch(self, seconds: float) -> None:
        """Look every so often, until cancelled."""
        while True:
            await self._sleep(seconds)
            try:
                await self.reload_changed()
            except Exception as error:  # noqa: BLE001 - a watch that ends would ignore every edit
                log.error(names.AGENTS_REFUSED, error=type(error).__name__)

    async def reload_changed(self) -> bool:
        """Take over what changed since the last look but one; answers whether anything was.

        Files must look the same twice in a row: somebody may be half-way through saving them.
        """
        before, self._seen = self._seen, await asyncio.to_thread(stamp_of, self._folders)
        if self._seen != before or self._seen == self._used:
            return False
        self._used = self._seen
        try:
            agents = await asyncio.to_thread(self._load)
            self._use(agents)
        except ConfigurationError as error:
            log.error(names.AGENTS_REFUSED, code=error.code, problem=str(error.args[0]))
            return False
        log.info(names.AGENTS_RELOADED, count=len(agents))
        return True


def stamp_of(folders: Sequence[Path]) -> Stamp:
    """Answer what changes with any change of the agents' files: names, times and sizes."""
    return tuple(
        (str(path), status.st_mtime_ns, status.st_size)
        for folder in folders
        for pattern in _PATTERNS
        for path in sorted(folder.glob(pattern))
        if (status := _status(path)) is not None
    )


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
