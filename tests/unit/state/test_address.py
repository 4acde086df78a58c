"""One URL for every topology."""

import pytest

from lola.errors import ConfigurationError
from lola.state.address import RedisAddress, read_address


@pytest.mark.parametrize("url", ["redis://h:1/2", "rediss://u:p@h", "unix:///run/redis.sock"])
def test_a_single_server_is_left_to_the_client(url):
    """Its URL has a form that redis-py reads itself."""
    assert read_address(url) == RedisAddress(topology="single", url=url)


def test_a_sentinel_address_names_sentinels_service_and_database():
    """The credentials are the servers'; the default port is the sentinels'."""
    found = read_address("redis+sentinel://lola:p%40ss@h1:26380,h2,[::1]:7/bank/3")
    assert found == RedisAddress(
        topology="sentinel",
        nodes=(("h1", 26380), ("h2", 26379), ("::1", 7)),
        service="bank",
        database=3,
        username="lola",
        password="p@ss",
    )


@pytest.mark.parametrize("url", ["rediss+cluster://h1:7000,h2", "rediss+cluster://h1:7000,h2/"])
def test_a_cluster_address_names_nodes(url):
    """Any of its nodes will do; the double s asks for TLS."""
    nodes = (("h1", 7000), ("h2", 6379))
    assert read_address(url) == RedisAddress(topology="cluster", nodes=nodes, tls=True)


@pytest.mark.parametrize(
    "url",
    [
        *("", "h:6379", "http://h", "REDIS://h"),
        *("redis+sentinel://h", "redis+sentinel://h/", "redis+sentinel://h/0"),
        *("redis+sentinel://h/bank/x", "redis+sentinel://h1,,h2/bank"),
        *("redis+cluster://", "redis+cluster://h/1", "redis+cluster://h:0", "redis+cluster://h:x"),
        *("redis+cluster://h:65536", "redis+cluster://a b"),
    ],
)
def test_what_cannot_be_read_is_refused(url):
    """With the setting's name, and with nothing of the address."""
    with pytest.raises(ConfigurationError, match="REDIS_URL"):
        read_address(url)


def test_a_refusal_shows_no_password():
    """Errors reach logs."""
    with pytest.raises(ConfigurationError) as caught:
        read_address("redis+cluster://user:hunter2@h:x")
    assert "hunter2" not in str(caught.value)
