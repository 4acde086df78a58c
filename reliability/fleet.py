"""The processes of one run by slot: started, killed, paused, and noticed when they end.

A process that ends without having been killed is a fault of ours and fails the run.
"""

import asyncio
import os
import signal
from collections import Counter
from dataclasses import replace
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Final, cast

from reliability import processes
from reliability.processes import Role

_POLL_SECONDS: Final = 0.02
_JOIN_SECONDS: Final = 10.0


class Fleet:
    """Gateways, workers and the channel of one run, by name; a killed one is started again."""

    def __init__(self) -> None:
        self.deaths: list[str] = []
        self._running: dict[str, tuple[Role, BaseProcess]] = {}
        self._restarts: Counter[str] = Counter()

    def start(self, slot: str, role: Role) -> None:
        """Start a process in a slot."""
        self._running[slot] = role, processes.start(role)

    def slots(self, kind: str) -> list[str]:
        """Return the slots of one kind."""
        return sorted(slot for slot, (role, _) in self._running.items() if role.kind == kind)

    def kill(self, slot: str, *, keeps_name: bool) -> None:
        """Kill a process with SIGKILL and start it again, under its old name or a new one."""
        self._note_deaths()
        role, process = self._running[slot]
        process.kill()
        process.join(_JOIN_SECONDS)
        self._restarts[slot] += 1
        if not keeps_name:
            role = replace(role, name=f"{slot}-{self._restarts[slot]}")
        self.start(slot, role)

    async def pause(self, slot: str, seconds: float) -> None:
        """Stop a process with SIGSTOP and continue it later; it may be killed meanwhile."""
        _, process = self._running[slot]
        pid = cast("int", process.pid)
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        if process.is_alive():
            os.kill(pid, signal.SIGCONT)

    async def ended(self, slot: str, seconds: float) -> int | None:
        """Return the exit status of a process that ended by itself; None when it did not."""
        _, process = self._running[slot]
        until = monotonic() + seconds
        while process.is_alive() and monotonic() < until:  # noqa: ASYNC110 - a process sends no signal when it ends
            await asyncio.sleep(_POLL_SECONDS)
        return process.exitcode

    def stop(self) -> None:
        """End everything at once."""
        self._note_deaths()
        for _, process in self._running.values():
            process.kill()
        for _, process in self._running.values():
            process.join(_JOIN_SECONDS)
            process.close()
        self._running.clear()

    def _note_deaths(self) -> None:
        for slot, (_, process) in self._running.items():
            if process.exitcode is not None:
                self.deaths.append(f"{slot} ended by itself with status {process.exitcode}")
