"""Webhooks at the gateway: what is refused, what is stored, what the provider gets
(reference/channels.md 0.3).
"""

import asyncio
import base64
import hmac
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import ANSWER_SECONDS, VERIFY_TOKEN, Running

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "webhooks.jsonl").read_text().splitlines()
]
WHATSAPP = [row for row in SAMPLES if row["channel"] == "whatsapp"]
KEY = b"test-app-secret"
SECRET = {"WHATSAPP_APP_SECRET": KEY.decode()}
BATCH_MESSAGES = 50


@pytest.fixture(scope="module")
def metrics_of():
    """Reads how many webhooks of a channel had an outcome."""

    async def read(lola: Running, outcome: str) -> float:
        wanted = f'lola_webhooks_total{{channel="whatsapp",outcome="{outcome}"}}'
        async with lola.http.get(f"{lola.url}/metrics") as response:
            for line in (await response.text()).splitlines():
                if line.startswith(wanted):
                    return float(line.split()[-1])
        return 0.0

    return read


def body_of(row: dict[str, Any]) -> bytes:
    if "body_b64" in row:
        return base64.b64decode(row["body_b64"])
    return row["body"].encode()


def largest_batch() -> bytes:
    """As much as Meta may deliver at once: 1,000 updates in 3 MB (reference/channels.md 1.3)."""
    messages = [
        {"from": f"155501{n:05d}", "id": f"wamid.B{n}", "timestamp": "1", "type": "text",
         "text": {"body": "hola"}}
        for n in range(BATCH_MESSAGES)
    ]  # fmt: skip
    statuses = [{"id": f"w{n}", "status": "delivered"} for n in range(1000 - BATCH_MESSAGES)]
    value = {
        "metadata": {"phone_number_id": "100000000000001"},
        "messages": messages,
        "statuses": statuses,
        "padding": "x" * (3_000_000 - 150_000),
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


async def test_every_whatsapp_sample_gets_its_status_and_nothing_more(tmp_path, metrics_of) -> None:
    """All 44 rows in order, and the largest batch: exactly what may be stored is stored."""
    async with Running(tmp_path, **SECRET) as lola:
        for row in WHATSAPP:
            before = await metrics_of(lola, "accepted")
            url = f"{lola.url}/webhooks/whatsapp"
            async with lola.http.post(url, data=body_of(row), headers=row["headers"]) as response:
                assert response.status == row["expect"]["status"], row["id"]
            if "enqueued" in row["expect"]:
                stored = await metrics_of(lola, "accepted") - before
                assert stored == row["expect"]["enqueued"], row["id"]
        assert await metrics_of(lola, "malformed") >= sum(
            bool(row["expect"].get("alert")) for row in WHATSAPP
        )
        before = await metrics_of(lola, "accepted")
        body = largest_batch()
        headers = {"X-Hub-Signature-256": f"sha256={hmac.digest(KEY, body, 'sha256').hex()}"}
        url = f"{lola.url}/webhooks/whatsapp"
        async with lola.http.post(url, data=BytesIO(body), headers=headers) as response:
            assert response.status == 200
        assert await metrics_of(lola, "accepted") - before == BATCH_MESSAGES
        logs = lola.logs()
    assert "Traceback" not in logs
    for text in ("¿A cómo está el dólar hoy?", "15550104477", "test-app-secret", "mi INE"):
        assert text not in logs


@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        (f"hub.mode=subscribe&hub.challenge=11584&hub.verify_token={VERIFY_TOKEN}", 200, "11584"),
        ("hub.mode=subscribe&hub.challenge=11584&hub.verify_token=wrong", 403, ""),
        (f"hub.mode=other&hub.challenge=11584&hub.verify_token={VERIFY_TOKEN}", 403, ""),
        ("", 403, ""),
    ],
)  # fmt: skip
async def test_the_handshake_needs_the_token(lola: Running, query, status, body) -> None:
    """The challenge comes back as plain text only to who knows the token
    (reference/channels.md 1.1).
    """
    async with lola.http.get(f"{lola.url}/webhooks/whatsapp?{query}") as response:
        assert response.status == status
        assert await response.text() == body


@pytest.mark.parametrize(
    "route", ["/webhooks/whatsapp", "/webhooks/sms", "/webhooks/sms/status", "/webhooks/m2m"]
)
async def test_no_route_takes_an_unsigned_request(lola: Running, route: str) -> None:
    """Every webhook route checks its signature (reference/field.md B.1, row 6)."""
    async with lola.http.post(lola.url + route, data=b"{}") as response:
        assert response.status in {401, 403}


async def test_a_body_that_is_too_big_is_refused(lola: Running) -> None:
    """Beyond its route's limit a body is not read into anything (docs/safety.md 3.5)."""
    async with lola.http.post(f"{lola.url}/webhooks/m2m", data=b"x" * 300_000) as response:
        assert response.status == 413


async def test_health_and_metrics(lola: Running) -> None:
    """Live, ready and countable."""
    for route, wanted in (("/health/live", "live"), ("/health/ready", "ready")):
        async with lola.http.get(lola.url + route) as response:
            assert (response.status, (await response.json())["status"]) == (200, wanted)


async def test_without_redis_the_provider_is_asked_to_come_back(tmp_path) -> None:
    """Redis killed: 503, ready says why; its supervisor starts it, and the sender is answered."""
    async with Running(tmp_path) as lola:
        sender = lola.whatsapp("+15550104601")
        await sender.say("hola")
        lola.kill_store()
        posted = await sender.device.say("¿siguen ahí?")
        assert posted.status == 503
        async with lola.http.get(f"{lola.url}/health/ready") as response:
            assert response.status == 503
            assert "Redis did not take a command" in (await response.json())["reason"]
        async with lola.http.get(f"{lola.url}/health/live") as response:
            assert response.status == 200
        async with asyncio.timeout(ANSWER_SECONDS):
            while not await _is_ready(lola):
                pass
        # Of the first sender's reply nothing may be known any more; it is looked into for a minute.
        await lola.whatsapp("+15550104602").say("hola")


async def _is_ready(lola: Running) -> bool:
    async with lola.http.get(f"{lola.url}/health/ready") as response:
        return response.status == 200


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"LOLA_ENV": "production"}, "WEBHOOK_URL"),
        ({"PORT": "eighty"}, "PORT"),
        ({"MIDDLEWARE": "middleware.nothing.Here"}, "MIDDLEWARE"),
        ({"LOLA_MODEL": "gpt:nonsense"}, "LOLA_MODEL"),
        ({"REDIS_URL": "mongodb://x"}, "REDIS_URL"),
        ({"TURN_SECONDS": "99"}, "TURN_SECONDS"),
        ({"HOST": "192.0.2.1"}, "PORT"),
        ({"RAAS_BASE_URL": "https://raas.bank.example"}, "PHONE_FAKER"),
        ({"TELEGRAM_TOKEN": "1:x", "PHONE_FAKER": "false"}, "COMMAND_NUMBERS"),
        ({"ALLOW_UNSAFE": "everything"}, "ALLOW_UNSAFE"),
    ],
)
async def test_a_bad_setting_stops_the_start_and_is_named(tmp_path, environment, named) -> None:
    """The operator reads one line with a code and the setting."""
    lola = Running(tmp_path, **environment)
    status, errors = await lola.refuses()
    assert status == 2
    assert "LOLA-100" in errors
    assert named in errors
    assert "Traceback" not in errors
