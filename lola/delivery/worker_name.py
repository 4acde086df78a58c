"""Names for workers: unique among all that run, and the same again after a restart.

Two workers with one name would treat each other's leases as their own. The number in a generated
name is held by a file lock, which the kernel releases when the process ends, however it ends.
"""

import fcntl
import os
import socket
from hashlib import blake2b
from pathlib import Path
from typing import Self

from lola.errors import ConfigurationError

_MAX_WORKERS = 1000


class WorkerName:
    """Holds a worker's name until `close`."""

    def __init__(self, name: str, lock: int | None = None) -> None:
        self.name = name
        self._lock = lock

    @classmethod
    def claim(cls, given: str, folder: Path) -> Self:
        """Return the given name, or the first free one of this machine and data folder.

        Raises ConfigurationError when the folder cannot be used.
        """
        if given:
            return cls(given)
        place = blake2b(os.fsencode(folder.resolve()), digest_size=3).hexdigest()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for number in range(_MAX_WORKERS):
                lock = os.open(folder / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(lock)
                else:
                    return cls(f"{socket.gethostname()}-{place}-{number}", lock)
        except OSError as error:
            raise ConfigurationError("LOLA_DATA", f"cannot be used: {error.strerror}") from None
        raise ConfigurationError("WORKER_NAME", "is needed: too many workers share LOLA_DATA")

    def close(self) -> None:
        """Give the name back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
