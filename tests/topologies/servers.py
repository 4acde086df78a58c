"""Real servers on loopback: one Redis, one Valkey, a Sentinel set, a cluster.

Nothing is polled: a server is ready, in sync or promoted when its own log says so.
"""

import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

SECONDS = 30.0
SERVICE = "lola"
WAIT_MILLISECONDS = 1000
"""How long these tests wait for a replica: a slow disk may need more than the default of 100 ms."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """One process and what it has said so far."""

    def __init__(self, *command: str, port: int) -> None:
        self.port = port
        self.command = command
        self._lines: list[str] = []
        self._said = threading.Condition()
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a server of this test
            self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), daemon=True
        )
        self._reader.start()

    def _read(self, output: TextIO) -> None:
        for line in output:
            with self._said:
                self._lines.append(line)
                self._said.notify_all()

    def wait_for(self, text: str, count: int = 1) -> None:
        """Wait until the log holds `text` on so many lines."""
        with self._said:
            heard = self._said.wait_for(
                lambda: sum(text in line for line in self._lines) >= count, SECONDS
            )
        assert heard, f"{self.command[0]} never said {text!r}:\n{''.join(self._lines[-20:])}"

    def line_with(self, text: str) -> str:
        """Return the first line of the log that holds `text`."""
        return next(line for line in self._lines if text in line)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()


@dataclass
class Topology:
    """A deployment of Redis. `primary` is the one to kill; a witness logs `promotion` after it."""

    name: str
    url: str
    primary: Server
    replicas: list[Server] = field(default_factory=list)
    witnesses: list[Server] = field(default_factory=list)
    promotion: str = ""

    def fail_over(self) -> None:
        """Kill the primary, and bring it back like a supervisor when another one took its place.

        Behind Sentinel it must come back as a replica: as a primary it could acknowledge, with a
        replica that does not know yet, what the failover then discards (docs/delivery.md).
        """
        self.primary.end()
        for witness in self.witnesses:
            witness.wait_for(self.promotion)
        if self.name == "sentinel":
            line = self.witnesses[0].line_with(self.promotion)
            self.primary.command += ("--replicaof", "127.0.0.1", line.split()[-1])
        self.primary.start()


@contextmanager
def running(*command: str, port: int, ready: str) -> Iterator[Server]:
    server = Server(*command, port=port)
    try:
        server.wait_for(ready)
        yield server
    finally:
        server.end()


@contextmanager
def redis(binary: str, folder: Path, *options: str) -> Iterator[Server]:
    port = free_port()
    data = folder / str(port)
    data.mkdir()
    command = (
        binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data),
        "--appendonly", "yes", "--save", "", "--repl-diskless-sync-delay", "0",
        "--maxmemory-policy", "noeviction", *options,
    )  # fmt: skip
    with running(*command, port=port, ready="Ready to accept connections") as server:
        yield server


@contextmanager
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="lt-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def one(name: str, binary: str) -> Iterator[Topology]:
    with folder() as data, redis(binary, data) as server:
        yield Topology(name, f"redis://127.0.0.1:{server.port}/0", server)


@contextmanager
def sentinel_set() -> Iterator[Topology]:
    """One primary, two replicas, three sentinels."""
    with ExitStack() as stack:
        data = stack.enter_context(folder())
        primary = stack.enter_context(redis("redis-server", data))
        behind = ("--replicaof", "127.0.0.1", str(primary.port))
        replicas = [stack.enter_context(redis("redis-server", data, *behind)) for _ in range(2)]
        for replica in replicas:
            replica.wait_for("MASTER <-> REPLICA sync: Finished with success")
        sentinels = [stack.enter_context(_sentinel(data, primary.port)) for _ in range(3)]
        for sentinel in sentinels:
            sentinel.wait_for("+slave slave", count=2)
            sentinel.wait_for("+sentinel sentinel", count=2)
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in sentinels)
        url = f"redis+sentinel://{hosts}/{SERVICE}/0"
        yield Topology("sentinel", url, primary, replicas, sentinels, "+switch-master")


@contextmanager
def _sentinel(data: Path, primary: int) -> Iterator[Server]:
    port = free_port()
    settings = data / f"sentinel-{port}.conf"
    settings.write_text(
        f"port {port}\n"
        f"sentinel monitor {SERVICE} 127.0.0.1 {primary} 2\n"
        f"sentinel down-after-milliseconds {SERVICE} 800\n"
        f"sentinel failover-timeout {SERVICE} 3000\n"
    )
    command = ("redis-sentinel", str(settings))
    with running(*command, port=port, ready=f"+monitor master {SERVICE}") as server:
        yield server


@contextmanager
def cluster() -> Iterator[Topology]:
    """Three primaries with one replica each."""
    with ExitStack() as stack:
        data = stack.enter_context(folder())
        nodes = [stack.enter_context(_node(data)) for _ in range(6)]
        hosts = [f"127.0.0.1:{node.port}" for node in nodes]
        subprocess.run(  # noqa: S603 - as above
            ["redis-cli",  # noqa: S607
              "--cluster", "create", *hosts,
             "--cluster-replicas", "1", "--cluster-yes"],
            check=True, capture_output=True, timeout=SECONDS,
        )  # fmt: skip
        for node in nodes:
            node.wait_for("Cluster state changed: ok")
        for replica in nodes[3:]:
            replica.wait_for("MASTER <-> REPLICA sync: Finished with success")
        url = f"redis+cluster://{','.join(hosts)}"
        yield Topology("cluster", url, nodes[0], nodes[3:], nodes[1:3], "Failover auth granted")


@contextmanager
def _node(data: Path) -> Iterator[Server]:
    bus = free_port()
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1500",
               "--cluster-port", str(bus))  # fmt: skip
    with redis("redis-server", data, *options) as server:
        yield server
