"""Card data and identifiers that are planted everywhere are found nowhere (docs/safety.md 3.4)."""

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from urllib.parse import quote

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.app.evidence import TURNS, collect
from lola.app.privacy.export import export_person
from lola.cli.audit import as_html, as_json_text
from lola.console.staff import StaffDirectory
from lola.delivery import Inbox
from lola.domain.clock import system_clock
from lola.domain.messages import Address, ConversationId, Inbound, MessageId, TextContent
from lola.settings import load_settings
from lola.state.keys import Keys
from lola.telemetry import logs
from lola.testing.harness import Harness
from lola.testing.simulated_channel import Connection
from lola.testing.simulated_channels import SIMULATED_CHANNELS
from lola.testing.waiting import until
from tests.e2e.colleague import PASSWORD, Colleague
from tests.e2e.planted import CARDS, HIDDEN, IDENTIFIERS, WHOLE, found_in, labels, plant, store_dump

MOST_CARDS, MOST_OTHERS = 55, 20
REPLY = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "¿A qué país?"}]}}],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1},
}


@pytest.fixture
def log_stream() -> Iterator[io.StringIO]:
    """Everything that is logged at DEBUG, by this service and by libraries."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.configure("DEBUG", stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture
async def model_requests() -> AsyncIterator[tuple[str, list[str]]]:
    """A Gemini that always asks the same question, and keeps what it was sent."""
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(await request.text())
        return web.json_response(REPLY)

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), asked


@pytest.fixture
async def bank(tmp_path, model_requests) -> AsyncIterator[Harness]:
    """The service with every channel and a real model's adapter."""
    settings = load_settings(
        port=0, lola_data=tmp_path, lola_model="gemini:x", gemini_api_key="k",
        google_gemini_base_url=model_requests[0], log_level="debug", moment_seconds=0,
    )  # fmt: skip
    async with Harness(settings) as harness:
        yield harness


async def test_no_planted_value_is_anywhere(bank, log_stream, model_requests) -> None:
    """55 spellings of cards and 20 other values in every field of every channel, in the console and
    in refused requests: afterwards none is in the store, the logs at DEBUG, a model's request, a
    page, an answer, an outgoing message, an evidence pack or an export.
    """
    assert len(CARDS) == MOST_CARDS
    assert len(IDENTIFIERS) >= MOST_OTHERS
    connection = Connection(
        service=bank.service, sandbox=bank.sandbox, http=bank._http, clock=system_clock
    )
    senders = [
        channel.connect(connection, bank.new_number("verified"), label)
        for channel, label in zip(SIMULATED_CHANNELS.values(), labels(), strict=False)
    ]
    await asyncio.gather(*(plant(one.device) for one in senders))
    places = {"refused": await _refused_requests(bank)}
    talking = bank.sender(bank.new_number("verified"))
    await talking.say("hola, quiero enviar dinero")
    await until(partial(_is_handled, bank, [one.address for one in senders]))
    places["console"] = await _console(bank, [one.address.conversation for one in senders])
    await until(partial(_is_handled, bank, [one.address for one in senders]))
    places |= {
        "store": await store_dump(bank.service.store._redis),
        "log": log_stream.getvalue(),
        "models": "\n".join(model_requests[1]),
        "metrics": await _text(bank._http, f"{bank.service.url}/metrics"),
        "sent": str([one.inbox() for one in senders]),
        **await _exports(bank, senders[0].address.conversation),
    }
    assert model_requests[1]
    assert "turn.done" in places["log"]
    assert "[card ••••1111]" in places["store"]
    assert "[card ••••1111]" in places["console"]
    assert "[card ••••1111]" in places["evidence"]
    assert "[card ••••1111]" in places["export"]
    assert "sin los datos sensibles" in places["console"]
    assert found_in(places) == []


async def _is_handled(bank: Harness, addresses: list[Address]) -> bool:
    """Return whether every message of these senders is handled; replies may still be paced."""
    keys, redis = bank.service.state.inbox._keys, bank.service.store._redis
    boxes = [keys.box("inbox", one.conversation).mailbox for one in addresses]
    return not await redis.exists(*boxes)


async def _refused_requests(bank: Harness) -> str:
    """Send the values where nothing takes them, and return the answers."""
    http, url, answers = bank._http, bank.service.url, []
    for path in (
        "/webhooks/whatsapp", "/webhooks/sms", "/webhooks/telegram", "/webhooks/chatwoot",
        "/webhooks/m2m", "/callbacks/none", "/console/api/login", "/console/sign-in",
    ):  # fmt: skip
        for content in (WHOLE.encode(), f'{{"text": "{WHOLE}"'.encode(), b"\xff" + WHOLE.encode()):
            headers = {"Content-Type": "application/json", "X-Hub-Signature-256": "sha256=00"}
            async with http.post(f"{url}{path}", data=content, headers=headers) as answer:
                assert 400 <= answer.status < 500
                answers.append(await answer.text())
    for label in labels():
        for path in (f"/l/{quote(label)}", f"/callbacks/{quote(label)}", f"/{quote(label)}"):
            async with http.get(f"{url}{path}") as answer:
                assert 400 <= answer.status < 500
                answers.append(await answer.text())
    answers.append(await _failed_sign_in(http, url, next(labels())))
    return "\n".join(answers)


async def _failed_sign_in(http: aiohttp.ClientSession, url: str, label: str) -> str:
    page = await _text(http, f"{url}/console/sign-in")
    (token,) = re.findall(r'name="csrf" value="([^"]+)"', page)
    form = {"csrf": token, "name": label, "password": label}
    async with http.post(f"{url}/console/sign-in", data=form) as answer:
        return await answer.text()


async def _console(bank: Harness, conversations: list[ConversationId]) -> str:
    """Reply with the values as staff, by API and by form; return every page and answer."""
    http, url = bank._http, bank.service.url
    await StaffDirectory(bank.service.store, system_clock).add("maria", PASSWORD)
    maria = Colleague(http, url)
    await maria.sign_in("maria")
    told: list[str] = [str(await maria.get("queue"))]
    for conversation in conversations:
        await maria.do(conversation, "take-over")
        texts = labels() if conversation == conversations[0] else (next(labels()),)
        told += [str(await maria.do(conversation, "reply", text=text)) for text in texts]
        page = f"{url}/console/conversations/{conversation}"
        (csrf,) = set(re.findall(r'name="csrf" value="([^"]+)"', await _text(http, page)))
        for text in (next(labels()), WHOLE):
            async with http.post(f"{page}/reply", data={"csrf": csrf, "text": text}) as answer:
                told.append(await answer.text())
        told.append(await _text(http, page))
        told.append(str(await maria.get(f"conversations/{conversation}")))
    return "\n".join((*told, await _text(http, f"{url}/console/")))


async def _exports(bank: Harness, conversation: ConversationId) -> dict[str, str]:
    """Return what `lola audit export --unmasked` and `lola privacy export` write of a sender."""
    state, store = bank.service.state, bank.service.store
    stored = await store.read(conversation, limit=TURNS)
    now = system_clock()
    pack = await collect(conversation, stored, state.audit_trail, now=now, unmasked=True)
    keys = Keys(bank.service.settings.project_name)
    export = await export_person(
        state.inbox._connections, keys, state.audit_trail, now=now, conversation=conversation
    )
    return {
        "evidence": as_json_text(pack),
        "evidence page": as_html(pack),
        "export": json.dumps(export, ensure_ascii=False),
    }


async def _text(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        return await answer.text()


async def test_the_search_finds_what_an_inbox_without_admission_stores(bank, log_stream) -> None:
    """With the redaction off, the message is found in the store: the search above can fail."""
    state = bank.service.state
    broken = Inbox(
        state.inbox._connections, Keys("broken"), system_clock,
        on_poison=lambda *_: None, admit=lambda message: message,
    )  # fmt: skip
    address = bank.sender("+15550104477").address
    message = Inbound(id=MessageId("m1"), address=address, content=TextContent(text=WHOLE))
    await broken.enqueue(message, "t1")
    places = {"store": await store_dump(bank.service.store._redis), "log": log_stream.getvalue()}
    assert {value for _, value in found_in(places)} == set(HIDDEN)
