"""The suite's own guard: nothing outside loopback is reached, and an attempt is noticed."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loopback.loopback_only import NOTES

# Reserved for documentation: nothing answers there, so no attempt would do harm.
OUTSIDE = "192.0.2.1"
OUTSIDE_6 = "2001:db8::1"

TWO_TESTS = f"""
import contextlib, socket

def test_hidden():
    with contextlib.suppress(OSError):
        socket.create_connection(("{OUTSIDE}", 9), timeout=1)

def test_honest():
    pass
"""


@pytest.fixture
def notes(monkeypatch, tmp_path) -> Path:
    """Notes of its own, so that the attempts of these tests do not fail them."""
    path = tmp_path / "outside"
    monkeypatch.setenv(NOTES, str(path))
    return path


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, OUTSIDE), (socket.AF_INET6, OUTSIDE_6)]
)
def test_a_connection_outside_is_refused_and_noted(notes, family, address) -> None:
    """TCP and UDP, by IPv4 and IPv6."""
    with socket.socket(family) as tcp, pytest.raises(OSError, match="loopback only"):
        tcp.connect((address, 9))
    with socket.socket(family, socket.SOCK_DGRAM) as udp, pytest.raises(OSError, match="loopback"):
        udp.sendto(b"x", (address, 9))
    assert notes.read_text().splitlines() == [
        f"socket.connect {address}",
        f"socket.sendto {address}",
    ]


def test_a_name_outside_is_not_even_looked_up(notes) -> None:
    """A look-up tells a name server what is about to happen."""
    with pytest.raises(OSError, match="loopback only"):
        socket.getaddrinfo("bank.example", 443)
    assert notes.read_text() == "socket.getaddrinfo bank.example\n"


def test_a_child_process_is_watched_too(notes) -> None:
    """The service that end-to-end tests start is such a child."""
    code = f"import socket; socket.create_connection(('{OUTSIDE}', 9), timeout=1)"
    done = subprocess.run(  # noqa: S603 - a child of this test
        [sys.executable, "-c", code], env=dict(os.environ), capture_output=True, check=False
    )
    assert b"tests reach loopback only" in done.stderr
    assert OUTSIDE in notes.read_text()


def test_loopback_is_reached(notes) -> None:
    """By address, by name and by a socket in the file system."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, server.getsockname()[1])).close()
    assert not notes.exists()


def test_an_attempt_fails_its_test_though_the_code_took_it_for_an_outage(tmp_path) -> None:
    """The negative proof: a test that hides the error is red."""
    root = Path(__file__).parents[2]
    (tmp_path / "conftest.py").write_text("from tests.conftest import nothing_outside\n")
    (tmp_path / "test_two.py").write_text(TWO_TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed, 1 error" in done.stdout, done.stdout
