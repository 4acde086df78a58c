"""Refuses every connection and look-up outside loopback, in a test's process and its children.

A child process imports it by `sitecustomize`. What was refused is noted, because code that handles
an outage would hide the error.
"""

import os
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any

NOTES = "LOLA_TEST_OUTSIDE"
"""The variable that names the file in which attempts are noted."""
_WATCHED = frozenset(
    {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}
)


def install() -> None:
    """Watch this process from now on. It cannot be undone."""
    sys.addaudithook(_refuse)


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if event not in _WATCHED:
        return
    host = _host(event, args)
    if host is None or _is_loopback(host):
        return
    if path := os.environ.get(NOTES):
        with Path(path).open("a", encoding="utf-8") as notes:
            notes.write(f"{event} {host}\n")
    raise OSError(f"tests reach loopback only, not {host}")


def _host(event: str, args: tuple[Any, ...]) -> str | None:
    """Return the host, or None for a socket in the file system and an address of this machine."""
    value = args[0] if event in {"socket.getaddrinfo", "socket.gethostbyname"} else args[1]
    if isinstance(value, tuple):
        value = value[0]
    elif event in {"socket.connect", "socket.sendto"}:
        return None
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host in {"", "localhost"} or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
