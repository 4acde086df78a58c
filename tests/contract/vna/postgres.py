"""A PostgreSQL of its own for tests: one server on a socket in a temporary folder.

Debian's package is used where it is installed. LOLA_TEST_POSTGRES=1, which `make test-book` sets,
makes a missing one a failure.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REQUIRED = "LOLA_TEST_POSTGRES"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "log_min_messages": "log",
    # A deployment may have chosen it; the book must not depend on the server's default.
    "default_transaction_isolation": "serializable",
}


def binaries() -> Path | None:
    """Return the folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    if found:
        return found[-1].parent
    path = shutil.which("postgres")
    return Path(path).resolve().parent if path else None


def _version(path: Path) -> int:
    name = path.parts[-3]
    return int(name) if name.isdigit() else 0


def _user() -> str | None:
    """Return whom the server runs as: root must not run it."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """Run a server; yields the address of its database `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="lp-", dir="/tmp"))
    user, data = _user(), folder / "d"
    if user:
        shutil.chown(folder, user)
    try:
        subprocess.run(  # noqa: S603 - a program of Debian's
            [programs / "initdb", "-D", data, "-A", "trust", "-U", "lola", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            user=user,
        )
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with subprocess.Popen(  # noqa: S603 - a program of Debian's
            [programs / "postgres", "-D", data, "-k", folder, *options],
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            user=user,
        ) as process:
            try:
                _wait_until_ready(process)
                # A full pipe would stop the server.
                threading.Thread(target=process.stderr.read, daemon=True).start()
                yield f"postgresql://lola@/postgres?host={folder}"
            finally:
                process.terminate()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    lines = []
    assert process.stderr
    for line in process.stderr:
        lines.append(line)
        if "ready to accept connections" in line:
            return
    raise AssertionError("".join(lines))
