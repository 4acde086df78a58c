"""The scripts as text: only what Redis 6.2 knows, and nothing that decodes a payload."""

import re
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from lola.delivery import scripts
from lola.delivery._headers import RowHeader, line_of, split_line
from lola.delivery.scripts import COMMIT, NamedScript
from lola.state.script import Script

KNOWN_TO_REDIS_6_2 = {
    *("DEL", "EXISTS", "EXPIRE", "GET", "INCR", "PERSIST", "PEXPIRE", "SET", "TIME"),
    *("HDEL", "HGET", "HGETALL", "HINCRBY", "HMGET", "HSET", "HSETNX"),
    *("LINDEX", "LLEN", "LPOP", "LRANGE", "LSET", "LTRIM", "RPUSH"),
    *("XACK", "XADD", "XCLAIM", "XDEL", "ZADD", "ZRANGE", "ZRANGEBYSCORE", "ZREM"),
}
ROW = RowHeader(
    id="3-abc", author="bot", epoch=2, valid_until=0, created=1772366400000, attempts=1,
    state="sending", since=1772366400001, resends=0, money=1,
)  # fmt: skip
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


def test_the_documentation_names_every_script():
    """The table of scripts in docs/delivery.md fits the folder."""
    text = (Path(scripts.__file__).parents[2] / "docs" / "delivery.md").read_text()
    table = text.split("## Scripts")[1].split("## Rules")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == {path.stem for path in FILES} - {"_common"}


async def test_a_server_that_forgot_the_scripts_gets_them_again(bench):
    """A restart or SCRIPT FLUSH empties the script cache; callers do not notice."""
    await bench.say("uno")
    await bench.redis.script_flush()
    assert [item.seq for item in await bench.say("dos")] == [2]


@pytest.fixture
def script(tmp_path):
    """A short script with everything in front of it that the others have."""

    def make(text, names="", lists=""):
        path = tmp_path / "script.lua"
        path.write_text(text)
        return NamedScript(path, scripts._PRELUDE, names, lists)

    return make


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_script_spells_the_header_of_a_row(path):
    """The order of its fields is declared in `_headers` alone."""
    assert "%S+" not in path.read_text()
    assert "' pending '" not in path.read_text()


@pytest.mark.parametrize("body", ["{}", '{"a": "b c  d"}', '{"text":"uno\ndos ñ"}'])
async def test_python_and_lua_read_and_write_the_same_row(bench, script, body):
    """Every field by its name, and the line unchanged when it is written again."""
    line = line_of(ROW, body)
    assert split_line(RowHeader, line) == (ROW, body)
    fields = ", ".join(f"row.{field}" for field in RowHeader._fields)
    reading = script(
        f"local row = row_fields(arg_line) return {{row_line(row), row.body, {fields}}}", "line"
    )
    answer = await reading.run(bench.redis, (), *reading.args(line=line))
    assert answer == [line, body, *map(str, ROW)]
    keyed = script("return row_key(arg_line)", "line")
    assert await keyed.run(bench.redis, (), *keyed.args(line=line)) == ROW.id


async def test_arguments_arrive_by_their_names(bench, script):
    """Single values, an empty list and a long one, whatever the order at the call."""
    named = script("return {arg_b, arg_a, #arg_none, arg_many[3]}", "a b", "none many")
    args = named.args(many=["x", "y", "z"], b=2, none=[], a=1)
    assert await named.run(bench.redis, (), *args) == ["2", "1", 0, "z"]


async def test_an_argument_that_is_not_declared_is_refused_on_both_sides(bench, script):
    """A misspelt name is an error, and never an empty value."""
    with pytest.raises(TypeError, match="tokn"):
        COMMIT.args(tokn="1")
    with pytest.raises(ResponseError, match="arg_b"):
        await script("return arg_b", "a").run(bench.redis, (), "1")
