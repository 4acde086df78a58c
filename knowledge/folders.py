"""The folders of the index: one per build, and a pointer to the one in use.

A build never changes the folder in use: it fills a new one, replaces the pointer in one step, so
that a reader sees the old index or the new one, and removes the old one from the disk. Two
processes that write one Chroma folder corrupt it without an error (reference/dependencies.md 3),
therefore every build holds the lock file.
"""

import fcntl
import json
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a build ended. `problem` is empty when it succeeded; `at` is in ISO 8601."""

    at: str
    problem: str = ""


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
        """Point to `folder` and remove every other index, so that no withdrawn text is left."""
        pointer = Pointer(folder=folder.name, digest=digest, checksum=checksum)
        self._write("current.json", json.dumps(asdict(pointer)))
        for stale in self.others(folder.name):
            self.remove(stale)

    def others(self, name: str) -> tuple[Path, ...]:
        """Return the index folders besides the one of that name: what ended builds left behind."""
        found = sorted(self._root.glob("index-*"))
        return tuple(path for path in found if path.is_dir() and path.name != name)

    def remove(self, folder: Path) -> None:
        """Remove a folder as far as the disk allows."""
        shutil.rmtree(folder, ignore_errors=True)

    def is_being_written(self) -> bool:
        """Return whether a process holds the write lock now."""
        try:
            with (self._root / "index.lock").open("a") as lock:
                return not _locked(lock.fileno())
        except OSError:
            return False

    def note(self, outcome: Outcome) -> None:
        """Keep how the last build ended, for `lola doctor`. A full disk may keep it from that."""
        with suppress(OSError):
            self._write("last-build.json", json.dumps(asdict(outcome)))

    def last_outcome(self) -> Outcome | None:
        """Return how the last build ended; None when none did or it cannot be read."""
        try:
            read = (self._root / "last-build.json").read_text(encoding="utf-8")
            return Outcome(**json.loads(read))
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, name: str, text: str) -> None:
        written = (self._root / name).with_suffix(".new")
        written.write_text(text, encoding="utf-8")
        written.replace(self._root / name)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
