"""Reloads the agents when one of their files changed.

An edit is used completely or not at all. Files are read and agents built in a thread; then one
assignment replaces the agents for the next turn. When they cannot be built, the agents from before
stay in use and the log says why.
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
    """Keeps agents equal to their files. `load` may be slow and may raise ConfigurationError."""

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
        """Check the files every `seconds`, until cancelled."""
        while True:
            await self._sleep(seconds)
            try:
                await self.reload_changed()
            except Exception as error:  # noqa: BLE001 - when the watch ends, every later edit is ignored
                log.error(names.AGENTS_REFUSED, error=type(error).__name__)

    async def reload_changed(self) -> bool:
        """Use changed files; return whether the agents were replaced.

        Files must be the same in two checks in a row, because they may be half-written in one.
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
    """Return names, times and sizes of the agents' files, which any edit changes."""
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
