"""The scripts as text: only what Redis 6.2 knows, and nothing that decodes a payload."""

import re
from pathlib import Path

import pytest

from lola.delivery import scripts
from lola.state.script import Script

KNOWN_TO_REDIS_6_2 = {
    *("DEL", "EXISTS", "EXPIRE", "GET", "INCR", "PERSIST", "PEXPIRE", "SET", "TIME"),
    *("HDEL", "HGET", "HGETALL", "HINCRBY", "HMGET", "HSET", "HSETNX"),
    *("LINDEX", "LLEN", "LPOP", "LRANGE", "LSET", "LTRIM", "RPUSH"),
    *("XACK", "XADD", "XCLAIM", "XDEL", "ZADD", "ZRANGE", "ZRANGEBYSCORE", "ZREM"),
}
FILES = sorted((Path(scripts.__file__).parent / "scripts").glob("*.lua"))


def commands_in(text):
    return set(re.findall(r"redis\.call\('(\w+)'", text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_script_uses_only_commands_of_redis_6_2(path):
    """Old managed servers and Valkey must run them (docs/delivery.md)."""
    text = path.read_text()
    assert commands_in(text) <= KNOWN_TO_REDIS_6_2
    assert text.count("redis.call(") == len(re.findall(r"redis\.call\('", text))
    assert "cjson" not in text


def test_the_check_sees_a_newer_command():
    """The check above bites."""
    assert not commands_in("redis.call('XACKDEL', key)") <= KNOWN_TO_REDIS_6_2


def test_every_script_file_is_used():
    """A file that nothing loads is dead code."""
    loaded = {name.lower() for name, value in vars(scripts).items() if isinstance(value, Script)}
    assert {path.stem for path in FILES} == loaded | {"_common"}


async def test_a_server_that_forgot_the_scripts_gets_them_again(bench):
    """A restart or SCRIPT FLUSH empties the script cache; nobody notices."""
    await bench.say("uno")
    await bench.redis.script_flush()
    assert [item.seq for item in await bench.say("dos")] == [2]
