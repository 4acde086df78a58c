"""How Redis is reached, and what is said when it is not."""

import asyncio

import pytest
from redis.asyncio import SSLConnection
from redis.exceptions import ResponseError

from lola.errors import ConfigurationError, StoreUnavailableError
from lola.state import connect, store_errors


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:6379", "redis://h:notaport/0", "http://h"),
        *("redis+sentinel://h/0", "redis+sentinel://h1,h2", "redis+sentinel://h/name/x"),
        *(
            "redis+cluster://",
            "redis+cluster://h1,,h2",
            "redis+cluster://h:70000",
            "redis+cluster://h/1",
        ),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_by_name(url):
    """A wrong REDIS_URL is named, without the password that may be in it."""
    with pytest.raises(ConfigurationError, match="REDIS_URL") as caught:
        connect(url)
    assert caught.value.setting == "REDIS_URL"


def test_a_refused_address_does_not_show_its_password():
    """Errors reach logs; a password must not."""
    with pytest.raises(ConfigurationError) as caught:
        connect("redis://user:hunter2@h:x/0")
    assert "hunter2" not in str(caught.value)


async def test_a_silent_server_is_given_up_soon():
    """A server that accepts and never answers costs the timeout once: nothing is repeated."""
    asked = []

    async def silent(reader, writer):
        asked.append(1)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connections = connect(f"redis://127.0.0.1:{port}/0", timeout_seconds=0.1)
    async with asyncio.timeout(120):
        with pytest.raises(StoreUnavailableError), store_errors():
            await connections.commands.get("a")
    assert len(asked) == 1
    await connections.close()
    server.close()
    await server.wait_closed()


async def test_a_pool_that_is_used_up_is_an_error_and_no_hang(valkey_url):
    """More callers than connections wait for the timeout, not for ever."""
    connections = connect(valkey_url, timeout_seconds=0.1, max_connections=1)
    pool = connections.commands.connection_pool
    taken = await pool.get_connection()
    with pytest.raises(StoreUnavailableError), store_errors():
        await connections.commands.get("a")
    await pool.release(taken)
    with store_errors():
        assert await connections.commands.get("a") is None
    await connections.close()


@pytest.mark.parametrize(
    "text", ["OOM command not allowed when used memory > 'maxmemory'.", "MISCONF Redis is …"]
)
def test_a_server_that_refuses_writes_counts_as_unavailable(text):
    """A full or broken disk or memory must end in 503, so that the provider sends again."""
    with pytest.raises(StoreUnavailableError), store_errors():
        raise ResponseError(text)


def test_a_mistake_of_ours_stays_visible():
    """A wrong command is a bug, not an outage."""
    with pytest.raises(ResponseError), store_errors():
        raise ResponseError("WRONGTYPE Operation against a key")


def test_replicas_are_promised_where_the_address_promises_them():
    """0 at a single server, 1 behind Sentinel and on a cluster, or what the operator says."""
    urls = ("redis://h", "redis+sentinel://h/bank", "redis+cluster://h")
    assert [connect(url).replicas for url in urls] == [0, 1, 1]
    assert [connect(url, wait_replicas=2).replicas for url in urls] == [2, 2, 2]
    assert [connect(url).is_cluster for url in urls] == [False, False, True]


def test_the_double_s_means_tls_everywhere():
    """For the servers of a cluster, and for sentinels and servers behind them."""
    cluster = connect("rediss+cluster://h").commands._make(("h", 1)).connection_pool
    behind = connect("rediss+sentinel://h/bank")
    (sentinel,) = behind.sentinels.sentinels
    pools = (cluster, behind.commands.connection_pool, sentinel.connection_pool)
    assert all(issubclass(pool.connection_class, SSLConnection) for pool in pools)
