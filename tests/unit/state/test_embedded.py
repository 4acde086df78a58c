"""The embedded server: kept data, one per folder, gone with its parent."""

import asyncio
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from lola.errors import ConfigurationError, StoreUnavailableError
from lola.state import EmbeddedValkey, connect
from lola.state import embedded as module
from lola.testing.waiting import until

PARENT = """
import asyncio, sys
from pathlib import Path
from lola.state import EmbeddedValkey
async def main():
    print(await EmbeddedValkey(Path(sys.argv[1])).start(), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.fixture
def data():
    with tempfile.TemporaryDirectory(prefix="lv-") as folder:
        yield Path(folder)


async def call(url, *command):
    connections = connect(url)
    try:
        return await connections.commands.execute_command(*command)
    finally:
        await connections.close()


def is_running(pid):
    """A zombie, which only waits for its parent to ask, has no command line any more."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


async def test_data_is_there_after_a_restart(data):
    """What was written is in the append-only file and comes back (reference/dependencies.md 2)."""
    server = EmbeddedValkey(data)
    await call(await server.start(), "SET", "a", "1")
    await server.stop()
    assert await call(await server.start(), "GET", "a") == "1"
    await server.stop()


async def test_the_server_never_evicts_and_writes_before_it_answers(data):
    """Eviction would delete queues; the settings are those of docs/delivery.md."""
    server = EmbeddedValkey(data)
    url = await server.start()
    for name, value in {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
    }.items():
        answer = await call(url, "CONFIG", "GET", name)
        assert value in (answer.values() if isinstance(answer, dict) else answer)
    await server.stop()


async def test_a_second_one_on_the_same_folder_shares_the_first(data):
    """Two processes on one folder use one server, and only its owner ends it."""
    first, second = EmbeddedValkey(data), EmbeddedValkey(data)
    url = await first.start()
    await call(url, "SET", "a", "1")
    assert await second.start() == url
    await second.stop()
    assert await call(url, "GET", "a") == "1"
    await first.stop()
    with suppress(Exception):
        await call(url, "PING")
        pytest.fail("the server still answers")


async def test_a_kill_of_the_parent_leaves_no_server(data):
    """After `kill -9` the kernel ends the server, its data is whole, and the folder is free."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(data), stdout=asyncio.subprocess.PIPE
    )
    url = (await parent.stdout.readline()).decode().strip()
    await call(url, "SET", "a", "1")
    server_pid = (await call(url, "INFO", "server"))["process_id"]
    assert is_running(server_pid)
    parent.kill()
    await parent.wait()

    successor = EmbeddedValkey(data)
    assert await call(await successor.start(), "GET", "a") == "1"
    assert not is_running(server_pid)
    await successor.stop()


async def test_a_long_folder_name_gets_a_short_socket(monkeypatch):
    """A socket's path is limited to 107 bytes; a deep data folder still works."""
    with tempfile.TemporaryDirectory(prefix="lv-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        data = Path(folder) / ("d" * 60) / ("e" * 60)
        server = EmbeddedValkey(data)
        url = await server.start()
        assert len(url.removeprefix("unix://")) <= 107
        assert await call(url, "SET", "a", "1")
        await server.stop()
        assert (data / "appendonlydir").is_dir()


async def test_a_socket_folder_of_somebody_else_is_refused(monkeypatch):
    """In a shared temporary folder only a folder of our own is trusted."""
    with tempfile.TemporaryDirectory(prefix="lv-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setattr(module.os, "getuid", lambda: -1)
        with pytest.raises(ConfigurationError, match="LOLA_DATA"):
            await EmbeddedValkey(Path(folder) / ("d" * 120)).start()


async def test_a_server_that_cannot_start_is_told_with_its_log(data):
    """A broken append-only file ends in an error that names the log, not in a hang."""
    folder = data / "appendonlydir"
    folder.mkdir()
    (folder / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(StoreUnavailableError, match=r"valkey\.log"):
        await EmbeddedValkey(data).start()


async def test_a_killed_server_is_started_again_with_its_data(data):
    """Its owner notices and starts it; what was stored is there."""
    server = EmbeddedValkey(data)
    url = await server.start()
    watch = asyncio.create_task(server.keep_running())
    await call(url, "SET", "a", "1")
    killed = (await call(url, "INFO", "server"))["process_id"]
    os.kill(int(killed), signal.SIGKILL)

    async def is_back() -> bool:
        try:
            return (await call(url, "INFO", "server"))["process_id"] != killed
        except (OSError, RedisError):
            return False

    await until(is_back)
    assert await call(url, "GET", "a") == "1"
    watch.cancel()
    await asyncio.wait({watch})
    await server.stop()
