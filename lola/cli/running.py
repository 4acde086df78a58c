"""The state file of a running development service, by which `lola chat` finds it.

`LOLA_DATA/running.json` names the process and its addresses, no credential. A service in production
or without a sandbox writes none.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from lola.app import Service

NAME = "running.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running service: its process id, its address and its sandbox's address."""

    pid: int
    service: str
    sandbox: str

    @property
    def is_alive(self) -> bool:
        """Return whether a process with this id exists."""
        try:
            os.kill(self.pid, 0)
        except PermissionError:
            return True
        except (OSError, OverflowError):
            return False
        return True


def read_running(folder: Path) -> Running | None:
    """Return what the state file of a data folder says, or None without a readable one."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return Running(
            pid=int(found["pid"]), service=str(found["service"]), sandbox=str(found["sandbox"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def announced(service: Service) -> Iterator[None]:
    """Write the state file of a whole service with a sandbox; remove it at the end."""
    sandbox, settings = service.sandbox, service.settings
    # A gateway alone has a sandbox that its worker does not use.
    if sandbox is None or settings.is_production or service.role != "all":
        yield
        return
    own = Running(pid=os.getpid(), service=service.url, sandbox=sandbox.url)
    path = settings.lola_data / NAME
    _write(path, json.dumps(asdict(own)))
    try:
        yield
    finally:
        # Another service of this folder may have started since.
        if read_running(settings.lola_data) == own:
            path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Replace the file at once, so that a reader never finds half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
