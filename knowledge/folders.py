"""The folders of the index: one per build, and a pointer to the one in use.

A build never changes the folder in use: it fills a new one and replaces the pointer in one step, so
that a reader sees the old index or the new one. Two processes that write one Chroma folder corrupt
it without an error (reference/dependencies.md 3), therefore every build holds the lock file.
"""

import fcntl
import json
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from lola.errors import ConfigurationError

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """The index in use. `digest` identifies its documents, `checksum` its parts."""

    folder: str
    digest: str
    checksum: str


class IndexFolders:
    """The folders below one root. Safe to use from several processes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pointer = root / "current.json"

    def current(self) -> Pointer | None:
        """Return the pointer; None when there is none or it cannot be read."""
        try:
            return Pointer(**json.loads(self._pointer.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def path(self, pointer: Pointer) -> Path:
        """Return the folder that a pointer names."""
        return self._root / pointer.folder

    @contextmanager
    def writing(self, patience: float) -> Iterator[None]:
        """Hold the write lock. Waits up to `patience` seconds, then raises ConfigurationError."""
        with self._lock_file() as lock:
            deadline = time.monotonic() + patience
            while not _locked(lock.fileno()):
                if time.monotonic() >= deadline:
                    raise ConfigurationError(
                        "LOLA_DATA",
                        "another process is writing the knowledge index",
                        hint="wait until it is done, or give this deployment a folder of its own",
                    )
                threading.Event().wait(POLL_SECONDS)
            yield

    def _lock_file(self) -> TextIO:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            return (self._root / "index.lock").open("a")
        except OSError as error:
            raise ConfigurationError(
                "LOLA_DATA", f"the knowledge index cannot be written: {error.strerror}"
            ) from None

    def new_folder(self, digest: str) -> Path:
        """Create an empty folder. Its name is never used again, because Chroma caches by path."""
        folder = self._root / f"index-{digest[:12]}-{secrets.token_hex(4)}"
        folder.mkdir(parents=True)
        return folder

    def switch(self, folder: Path, *, digest: str, checksum: str) -> None:
        """Point to `folder` and remove all but it and the one before.

        The one before is kept for processes that still read it.
        """
        before = self.current()
        pointer = Pointer(folder=folder.name, digest=digest, checksum=checksum)
        written = self._pointer.with_suffix(".new")
        written.write_text(json.dumps(asdict(pointer)), encoding="utf-8")
        written.replace(self._pointer)
        keep = {folder.name, before.folder if before else ""}
        for stale in self._root.glob("index-*"):
            if stale.is_dir() and stale.name not in keep:
                shutil.rmtree(stale, ignore_errors=True)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
