"""A card is typed in the widget's vault: afterwards it is in no store, log, message or page."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.unit.sandbox.widget.person import DATA, Person

pytestmark = [pytest.mark.e2e]

NUMBER, CODE, MONTH, YEAR = "378282246310005", "9274", "08", "37"
CARD = {"number": "3782 822463 10005", "expiry": f"{MONTH} / {YEAR}", "code": CODE}
MISTAKES = (
    CARD | {"code": "927"},
    CARD | {"expiry": "08/20"},
    CARD | {"number": "3782 822463 10004"},
)
GAP = rb"[\W_]{0,3}"
TRACES = {
    "number": GAP.join(re.escape(digit).encode() for digit in NUMBER[:-4]),
    "code": rb"(?<![0-9A-Za-z])" + CODE.encode() + rb"(?![0-9A-Za-z])",
    "expiry": rb"(?<![0-9A-Za-z])(?:0?8[ ]?[/.\- ]?[ ]?(?:20)?37|2037[/.\-]?08)(?![0-9A-Za-z])",
}
"""The pattern that is searched: the number without its last four, with any separators."""
SPELLINGS = {
    "number": ("378282246310005", "3782 822463 10005", "3782-8224-631", "37.82.82.24.63.1.0005"),
    "code": ("cvv 9274", '"code": "9274"', "code=9274&"),
    "expiry": ("08/37", "8/37", "08 / 37", "08-37", "0837", "08/2037", "2037-08", "08%2037"),
}  # fmt: skip


def traces_in(blob: bytes) -> list[str]:
    """Return which parts of the card are in there."""
    # A form's own spelling of the signs between digits.
    plain = blob.replace(b"%20", b" ").replace(b"%2F", b"/").replace(b"+", b" ")
    return [name for name, pattern in TRACES.items() if re.search(pattern, plain)]


async def everything_in(redis: Redis) -> bytes:
    """Return every key and value, whatever its type."""
    found: list[object] = []
    readers = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda name: redis.lrange(name, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda name: redis.zrange(name, 0, -1, withscores=True),
        b"stream": redis.xrange,
    }
    async for key in redis.scan_iter("*"):
        kind = await redis.execute_command("TYPE", key)
        found += [key, await readers[kind if isinstance(kind, bytes) else kind.encode()](key)]
    return repr(found).encode()


def everything_below(folder: Path) -> bytes:
    """Return the content of every file: the append-only file among them."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with Harness(load_settings(port=0, lola_data=tmp_path, retriever="")) as running:
        yield running


@pytest.fixture
async def person() -> AsyncIterator[Person]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Person(http)


@pytest.mark.parametrize(
    ("part", "text"), [(part, text) for part, texts in SPELLINGS.items() for text in texts]
)
def test_the_search_finds_every_spelling(part: str, text: str) -> None:
    """A planted card is found however it is written; what may be shown is not."""
    assert traces_in(b'{"a":"x", "b":"' + text.encode() + b'"}') == [part]
    assert traces_in(b"tok_sandbox_a1b2c3d4e5f6_0005 American Express 0005 2026-08-10") == []


async def test_a_card_is_nowhere_but_in_the_browser(
    harness: Harness, person: Person, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Redis and its files, the partner's database, logs, pages and messages hold its last four."""
    sender = harness.sender("+15550107301")
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    await sender.choose("OXXO")
    ((_, link),) = (await sender.choose("Confirmar")).replies[0].links
    url = (await person.get(link)).url
    pages = [
        await person.identify(url, DATA),
        *[await person.add_card(url, card) for card in MISTAKES],
        await person.add_card(url, CARD),
        await person.get(url),
        await person.post(url + "/approve"),
    ]
    assert [page.status for page in pages] == [200, 422, 422, 422, 200, 200, 200]

    async def is_told() -> bool:
        return any("Aprobaste tu envío" in received.text for received in sender.last_seen)

    assert await until(is_told)
    service, sandbox = harness.service, harness.sandbox
    stored = await everything_in(service.store._redis)
    files = everything_below(tmp_path)
    database = sandbox.m2m.database._connection.serialize()
    output = "".join(capfd.readouterr()).encode()
    hooks = repr([delivery.payload for delivery in sandbox.m2m.deliveries.list.all()]).encode()
    chat = repr([message.message for message in sandbox.channel(GraphStub).sent]).encode()
    shown = "".join(page.text.partition("<details")[0] for page in pages).encode()
    addresses = repr([page.url for page in pages]).encode()
    assert b"_0005" in database
    assert b"American Express" in hooks
    assert b"Rosa" in stored
    assert b"Rosa" in files
    assert b"widget_report" in output
    for name, blob in {
        "redis": stored, "files": files, "database": database, "output": output,
        "webhooks": hooks, "chat": chat, "pages": shown, "addresses": addresses,
    }.items():  # fmt: skip
        assert traces_in(blob) == [], name
