"""Meta's stand-in refuses what Meta refuses (`lola.sandbox.whatsapp.stub`)."""

import copy
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.sandbox.whatsapp.stub import PAIR_BURST, GraphStub

TEXT = {"type": "text", "text": {"body": "hola"}}
BUTTONS = {
    "type": "interactive",
    "interactive": {
        "type": "button",
        "body": {"text": "¿?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": f"{n}", "title": f"Opción {n}"}} for n in range(3)
            ]
        },
    },
}
ROWS = {
    "type": "interactive",
    "interactive": {
        "type": "list",
        "body": {"text": "x" * 4096},
        "action": {
            "button": "Ver",
            "sections": [
                {"title": "t", "rows": [{"id": f"{n}", "title": f"Fila {n}"} for n in range(10)]}
            ],
        },
    },
}
CTA = {
    "type": "interactive",
    "interactive": {
        "type": "cta_url",
        "body": {"text": "Sigue"},
        "action": {
            "name": "cta_url",
            "parameters": {"display_text": "Abrir", "url": "https://a.example/w/1"},
        },
    },
}
TEMPLATE = {"type": "template", "template": {"name": "seguir", "language": {"code": "es_MX"}}}
CONTACT = {
    "type": "interactive",
    "interactive": {
        "type": "request_contact_info",
        "body": {"text": "¿Tu número?"},
        "action": {"name": "request_contact_info"},
    },
}
BUTTON = ("interactive", "action", "buttons")
SECTION = ("interactive", "action", "sections", 0)
LINK = ("interactive", "action", "parameters")
FOUR_BUTTONS = [{"type": "reply", "reply": {"id": f"{n}", "title": f"{n}"}} for n in range(4)]
TWELVE_ROWS = [
    {"title": title, "rows": [{"id": f"{title}{n}", "title": "x"} for n in range(6)]}
    for title in "ab"
]


class Bench:
    """The stub behind a real socket, with a clock that a test moves."""

    def __init__(self, http, **options):
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.stub = GraphStub("token", lambda: self.now, **options)
        self.http = http
        self.url = ""

    async def post(self, payload, token="token", **changes):
        body = {"messaging_product": "whatsapp", "to": "+525512345678"} | payload | changes
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.post(self.url, json=body, headers=headers) as response:
            answer = await response.json()
        return response.status, answer.get("error", {}).get("code"), answer


@pytest.fixture
async def start():
    async with aiohttp.ClientSession() as http:
        servers = []

        async def start_(**options):
            bench = Bench(http, **options)
            app = web.Application()
            bench.stub.add_routes(app, "/graph")
            server = TestServer(app)
            servers.append(server)
            await server.start_server()
            bench.url = str(server.make_url("/graph/v26.0/700800900/messages"))
            return bench

        yield start_
        for server in servers:
            await server.close()


@pytest.mark.parametrize("payload", [TEXT, BUTTONS, ROWS, CTA, TEMPLATE, CONTACT])
async def test_documented_messages_are_accepted(start, payload):
    """The documented limits themselves pass, and the answer is Meta's
    (reference/channels.md 1.6).
    """
    bench = await start()
    status, _, answer = await bench.post(payload)
    (delivered,) = bench.stub.messages_to("525512345678")
    assert status == 200
    assert answer["messages"] == [{"id": delivered.id}]
    assert answer["contacts"] == [{"input": "+525512345678", "wa_id": "525512345678"}]
    assert (delivered.account, delivered.at) == ("700800900", bench.now)


@pytest.mark.parametrize(
    ("payload", "path", "value"),
    [
        (TEXT, ("messaging_product",), "sms"),
        (TEXT, ("to",), ""),
        (TEXT, ("type",), "carousel"),
        (TEMPLATE, ("template", "name"), ""),
        (TEMPLATE, ("template", "language"), {"code": "x" * 17}),
        (TEMPLATE, ("template", "components"), [{"type": "body", "parameters": []}]),
        (CONTACT, ("interactive", "action", "name"), "request_phone"),
        (TEXT, ("text", "body"), ""),
        (TEXT, ("text", "body"), "x" * 4097),
        (TEXT, ("biz_opaque_callback_data",), "x" * 513),
        (BUTTONS, ("interactive", "type"), "carousel"),
        (BUTTONS, ("interactive", "body", "text"), "x" * 1025),
        (BUTTONS, ("interactive", "footer"), {"text": "x" * 61}),
        (BUTTONS, ("interactive", "header"), {"type": "text", "text": "x" * 61}),
        (BUTTONS, BUTTON, []),
        (BUTTONS, BUTTON, FOUR_BUTTONS),
        (BUTTONS, (*BUTTON, 0, "type"), "url"),
        (BUTTONS, (*BUTTON, 0, "reply", "title"), "x" * 21),
        (BUTTONS, (*BUTTON, 0, "reply", "title"), "a\nb"),
        (BUTTONS, (*BUTTON, 0, "reply", "title"), "Opción 1"),
        (BUTTONS, (*BUTTON, 0, "reply", "id"), "1"),
        (BUTTONS, (*BUTTON, 0, "reply", "id"), "x" * 257),
        (ROWS, ("interactive", "body", "text"), "x" * 4097),
        (ROWS, ("interactive", "action", "button"), "x" * 21),
        (ROWS, ("interactive", "action", "sections"), []),
        (ROWS, (*SECTION, "title"), "x" * 25),
        (ROWS, (*SECTION, "rows"), [{"id": f"{n}", "title": "x"} for n in range(11)]),
        (ROWS, (*SECTION, "rows", 0, "title"), "x" * 25),
        (ROWS, (*SECTION, "rows", 0, "id"), "1"),
        (ROWS, (*SECTION, "rows", 0, "id"), "x" * 201),
        (ROWS, (*SECTION, "rows", 0, "description"), "x" * 73),
        (ROWS, ("interactive", "action", "sections"), TWELVE_ROWS),
        (CTA, ("interactive", "action", "name"), "other"),
        (CTA, ("interactive", "action", "buttons"), [{}]),
        (CTA, (*LINK, "display_text"), "x" * 21),
        (CTA, (*LINK, "url"), "/w/1"),
        (CTA, (*LINK, "url"), "javascript:alert(1)"),
    ],
)
async def test_every_documented_limit_is_enforced(start, payload, path, value):
    """One step over any limit of reference/channels.md 1.6 is refused and not delivered."""
    bench = await start()
    broken = copy.deepcopy(payload)
    node = broken
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    status, code, _ = await bench.post(broken)
    assert status == 400
    assert code in {100, 131008, 131009, 131051, 132000}
    assert bench.stub.sent == []


async def test_a_wrong_token_is_401(start):
    """An invalid token is code 190 (reference/channels.md 1.9)."""
    bench = await start()
    assert (await bench.post(TEXT, token="x"))[:2] == (401, 190)


async def test_a_user_id_is_a_recipient(start):
    """Without a number the business-scoped id is addressed (reference/channels.md 1.11)."""
    bench = await start()
    _, _, answer = await bench.post(TEXT, to=None, recipient="MX.4001")
    assert len(bench.stub.messages_to("MX.4001")) == 1
    assert "messages" in answer


async def test_the_window_closes_after_24_hours(start):
    """A reply needs an inbound message within 24 hours, else 131047 (reference/channels.md 1.7)."""
    bench = await start()
    bench.stub.note_inbound("525512345678")
    bench.now += timedelta(hours=24)
    assert (await bench.post(TEXT))[0] == 200
    bench.now += timedelta(seconds=1)
    assert (await bench.post(TEXT))[1] == 131047
    bench.stub.note_inbound("+525512345678")
    assert (await bench.post(TEXT))[0] == 200


async def test_a_strict_window_is_closed_to_strangers(start):
    """With the switch on, who never wrote cannot be written to."""
    bench = await start(strict_window=True)
    assert (await bench.post(TEXT))[1] == 131047


async def test_the_pair_rate_is_a_switch(start):
    """A burst borrows from the future; then 131056 until time has passed
    (reference/channels.md 1.8).
    """
    bench = await start(pair_rate=True)
    for _ in range(PAIR_BURST):
        assert (await bench.post(TEXT))[0] == 200
    assert (await bench.post(TEXT))[1] == 131056
    assert (await bench.post(TEXT, to="+15550100"))[0] == 200
    bench.now += timedelta(seconds=6 * PAIR_BURST)
    assert (await bench.post(TEXT))[0] == 200


async def test_receipts_are_kept_apart(start):
    """Read and typing are recorded and are no messages (reference/channels.md 1.6)."""
    bench = await start()
    receipt = {"status": "read", "message_id": "wamid.1", "typing_indicator": {"type": "text"}}
    status, _, answer = await bench.post(receipt)
    assert (status, answer) == (200, {"success": True})
    assert [item["message_id"] for item in bench.stub.receipts] == ["wamid.1"]
    assert bench.stub.sent == []


async def test_a_waiter_hears_of_a_message(start):
    """Whoever waits for a recipient wakes on delivery, and a deadline ends the wait."""
    bench = await start()
    await bench.post(TEXT)
    assert len(await bench.stub.message_log.wait("525512345678", 1)) == 1
    with pytest.raises(TimeoutError):
        await bench.stub.message_log.wait("525512345678", 2, seconds=0.01)


async def test_only_approved_templates_pass_and_pass_a_closed_window(start):
    """Name and language code are exact, and the 24 hours do not count
    (reference/channels.md 1.6, 1.7).
    """
    bench = await start(templates={("seguir", "es_MX")}, strict_window=True)
    assert (await bench.post(TEXT))[1] == 131047
    assert (await bench.post(TEMPLATE))[0] == 200
    for language in ("es", "en_US"):
        other = copy.deepcopy(TEMPLATE)
        other["template"]["language"]["code"] = language
        assert (await bench.post(other))[:2] == (404, 132001)


async def test_a_number_with_its_own_token_takes_no_other(start):
    """A token is valid for its own number only; an unknown token is invalid
    (reference/channels.md 1.9).
    """
    bench = await start(tokens={"700800900": "own"})
    assert (await bench.post(TEXT, token="own"))[0] == 200
    assert (await bench.post(TEXT, token="token"))[:2] == (403, 10)
    assert (await bench.post(TEXT, token="none"))[:2] == (401, 190)
