"""The command line as people and scripts use it."""

import asyncio
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from lola.partners.m2m.webhooks import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from tests.e2e.process import Running

pytestmark = [pytest.mark.e2e]

ROOT = Path(__file__).parents[2]


async def lola(folder: Path, *arguments: str, stdin: str = "", **environment: str):
    """Run one command and return status, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lola", *arguments,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "100",
            "LOLA_DATA": str(folder / "data"), **environment,
        },
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(120):
        output, errors = await process.communicate(stdin.encode())
    return process.returncode, output.decode(), errors.decode()


async def test_chat_prints_one_object_per_turn(tmp_path) -> None:
    """From a pipe: route, tools and replies as JSON lines, and nothing else."""
    status, output, _ = await lola(
        tmp_path, "chat", "--json", "--phone", "+15550100001",
        stdin="hola\n\nquiero enviar 200 dólares a México\n",
    )  # fmt: skip
    turns = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    assert [turn["route"] for turn in turns] == ["sender_home", "sender_home"]
    assert "get_recipients" in turns[1]["tools"]
    assert all(turn["replies"][0]["text"] for turn in turns)


async def test_a_knowledge_question_names_its_document(tmp_path) -> None:
    """The JSON has the passage's id and version."""
    _, output, _ = await lola(
        tmp_path, "chat", "--json", stdin="¿qué documentos necesito para verificar mi identidad?\n"
    )
    (turn,) = map(json.loads, output.splitlines())
    assert any(passage.startswith("identity.es@") for passage in turn["passages"])


async def test_chat_by_sms(tmp_path) -> None:
    """The same service on the other channel: numbered lines."""
    _, output, _ = await lola(tmp_path, "chat", "--json", "--channel", "sms", stdin="hola\n")
    (turn,) = map(json.loads, output.splitlines())
    assert "1. Enviar dinero" in turn["replies"][0]["text"]


async def test_chat_talks_to_the_running_service_of_this_folder(tmp_path) -> None:
    """Two chats write to one conversation; after the service's end a chat is on its own again."""
    async with Running(tmp_path) as running:
        place = {"LOLA_DATA": str(tmp_path / "data")}
        chat = ("chat", "--json", "--as", "Rosa")
        _, first, told = await lola(tmp_path, *chat, stdin="hola\n", **place)
        assert f"running service at {running.url}" in told
        _, second, _ = await lola(tmp_path, *chat, stdin="gracias\n", **place)
        _, by_address, _ = await lola(
            tmp_path, *chat, "--url", running.sandbox, stdin="adiós\n",
            LOLA_DATA=str(tmp_path / "elsewhere"),
        )  # fmt: skip
        turns = [json.loads(text)["trace"]["turn"] for text in (first, second, by_address)]
        assert turns == ["1", "2", "3"]
        status, _, reason = await lola(tmp_path, *chat, "--url", running.url, stdin="hola\n")
        assert status == 2
        assert "has no simulated devices" in reason
    assert not (tmp_path / "data" / "running.json").exists()
    status, _, reason = await lola(tmp_path, *chat, stdin="/aprove\n", **place)
    assert status == 2
    assert "a private one" in reason
    assert "did you mean /approve?" in reason


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        (("pipeline",), ("CommandsAuth", "PayhubAuth", "Enrichment")),
        (("agents",), ("service_unavailable", "send_money", "draft_confirmed", "es 1, en 1")),
        (("doctor",), ("settings", "redis", "payhub", "m2m", "model", "ok")),
        (("--help",), ("serve", "sandbox", "demo", "chat", "scenarios", "knowledge", "staff")),
        (("knowledge", "build"), ("Knowledge base",)),
        (("knowledge", "ask", "¿cuánto cuesta un depósito?"), ("fees.es@",)),
    ],
)
async def test_what_people_read(tmp_path, command, facts) -> None:
    """Tables that say what the service is made of."""
    status, output, errors = await lola(tmp_path, *command)
    assert status == 0, errors
    for fact in facts:
        assert fact in output


async def test_doctor_fails_with_a_hint(tmp_path) -> None:
    """A bank's system that does not answer is named, and the status says so to scripts."""
    status, output, _ = await lola(
        tmp_path, "doctor", RAAS_BASE_URL="http://127.0.0.1:9", RAAS_API_KEY="k",
        ALLOW_UNSAFE="phone_faker,open_commands,local_secrets,offline_model",
    )  # fmt: skip
    assert status == 1
    assert "LOLA-501" in output


async def test_doctor_warns_of_a_proxy_that_no_setting_names(tmp_path) -> None:
    """The running service saw a forwarded header; with TRUSTED_PROXIES set there is no warning."""
    async with Running(tmp_path) as running:
        before = (await lola(tmp_path, "doctor"))[1]
        headers = {"X-Forwarded-For": "203.0.113.9"}
        async with running.http.get(f"{running.url}/l/x", headers=headers) as response:
            assert response.status == 404
        status, warned, errors = await lola(tmp_path, "doctor")
        named = (await lola(tmp_path, "doctor", TRUSTED_PROXIES="127.0.0.1"))[1]
    assert status == 0, errors
    assert "TRUSTED_PROXIES" in warned
    assert "203.0.113.9" not in warned
    assert "TRUSTED_PROXIES" not in before + named


async def test_doctor_says_what_events_wait(tmp_path) -> None:
    """Operators read how many events are kept, why, and of what kind; none of their values."""
    async with Running(tmp_path, M2M_WEBHOOK_SECRET="whsec_doctor") as running:
        none = (await lola(tmp_path, "doctor", COLUMNS="200"))[1]
        for name in ("link.forwarded", "operation.created"):
            data = {"operationId": "op_nobody", "to": "+15550109999"}
            event = {"event": name, "timestamp": "2026-11-23T12:00:00.000Z", "data": data}
            body, stamp = json.dumps(event).encode(), str(int(time.time()))
            signed = {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: sign("whsec_doctor", stamp, body)}
            url = f"{running.url}/webhooks/m2m"
            async with running.http.post(url, data=body, headers=signed) as response:
                assert response.status == 200
        status, output, errors = await lola(tmp_path, "doctor", COLUMNS="200")
    assert status == 0, errors
    assert re.search(r"kept events .* none", none)
    waiting = next(line for line in output.splitlines() if "kept events" in line)
    assert "2 wait" in waiting
    assert "1 no ticket" in waiting
    assert "1 unknown kind" in waiting
    assert "link.forwarded, operation.created" in waiting
    assert "+15550109999" not in output


async def test_a_failing_scenario_ends_with_status_one(tmp_path) -> None:
    """CI of a bank can rely on it."""
    (tmp_path / "bad.yaml").write_text(
        'name: bad\nsender: {phone: "+15550106201"}\nsteps: [{say: hola, expect: {route: blocked}}]'
    )
    status, output, _ = await lola(tmp_path, "scenarios", "run", "bad.yaml")
    assert status == 1
    assert "bad.yaml:3: step 1: expected route blocked, got onboarding" in output
    (tmp_path / "worse.yaml").write_text("name: worse\nsteps: []")
    status, _, errors = await lola(tmp_path, "scenarios", "run", "worse.yaml")
    assert status == 2
    assert "worse.yaml:2: steps: " in errors


@pytest.mark.parametrize(
    "command",
    [("staff", "list"), ("audit", "verify"), ("consent", "show", "--phone", "+15550100000")],
)  # fmt: skip
async def test_a_command_in_a_folder_without_a_store_says_so(tmp_path, command) -> None:
    """It opens no empty store whose answer would look like a true one, and leaves nothing."""
    status, _, errors = await lola(tmp_path, *command)
    assert status == 2
    assert "holds no store" in errors
    assert not (tmp_path / "data").exists()


async def test_a_hangup_signal_ends_nothing(tmp_path) -> None:
    """SIGHUP, which a closed terminal or a reload sends, is ignored with a line that says why."""
    async with Running(tmp_path) as running:
        running.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(120):
            while b"settings need a restart" not in (
                said := await running.process.stdout.readline()
            ):
                assert said
        async with running.http.get(f"{running.url}/health/live") as response:
            assert response.status == 200


async def test_staff_come_and_go(tmp_path) -> None:
    """Add, list, disable; a weak password is refused with a reason."""
    secret = {"LOLA_STAFF_PASSWORD": "correct horse battery"}
    assert (await lola(tmp_path, "staff", "add", "maria", **secret))[0] == 0
    assert "maria" in (await lola(tmp_path, "staff", "list"))[1]
    assert (await lola(tmp_path, "staff", "disable", "maria"))[0] == 0
    status, _, errors = await lola(tmp_path, "staff", "add", "x", LOLA_STAFF_PASSWORD="short")
    assert status == 2
    assert "LOLA-100" in errors
