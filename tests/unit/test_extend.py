"""The example of docs/extend.md is switched on: a sender talks to it, and its files are edited."""

import asyncio
import hmac
import json
import re
import shutil
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from structlog.testing import capture_logs

from lola.app import Service
from lola.errors import ConfigurationError
from lola.settings import RISKS, load_settings
from lola.telemetry import names
from lola.testing.harness import Harness
from lola.testing.waiting import until
from tests.unit.models.servers import GeminiServer

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "extend.md"
EXAMPLE = ROOT / "examples" / "bank"
LINK = re.compile(r"\(\.\./examples/bank/([\w./]+)\)")
VERIFIED = "+15550100001"
SECRET = "pager-secret"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, which tests may edit."""
    folder = tmp_path_factory.mktemp("bank")
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[GeminiServer]:
    stub = GeminiServer()
    async with TestServer(stub.app()) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pages() -> AsyncIterator[asyncio.Queue[dict[str, str]]]:
    """What the pager's provider was sent; its address is `url`."""
    sent: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        sent.put_nowait(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/send", take)
    async with TestServer(app) as server:
        sent.url = str(server.make_url("/send"))  # type: ignore[attr-defined]
        yield sent


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(bank: Path, model: GeminiServer, pages: Any) -> AsyncIterator[Harness]:
    """The service with the example's settings, a model and a pager's provider on loopback."""
    sys.path.insert(0, str(bank))
    settings: dict[str, Any] = tomllib.loads((bank / "lola.toml").read_text())
    settings["pager"] |= {"url": pages.url, "secret": SECRET}
    try:
        async with Harness(
            load_settings(
                **settings,
                port=0,
                lola_data=bank / "data",
                retriever="",
                gemini_api_key=SecretStr("k"),
                google_gemini_base_url=model.url,
                agents_reload_seconds=0.02,
                allow_unsafe=tuple(RISKS),
            )
        ) as running:
            yield running
    finally:
        sys.path.remove(str(bank))
        for name in [name for name in sys.modules if name.split(".")[0] == "mibanco"]:
            del sys.modules[name]


@pytest.mark.asyncio(loop_scope="module")
class TestThePage:
    """One service, with the example."""

    async def label(self, harness, line) -> str:
        """The agent's label in the newest record."""
        history = (await harness.service.store.read(line.conversation, limit=1)).history
        return history[-1]["agent"]

    async def test_the_banks_agent_answers_with_the_banks_tool(self, harness, model) -> None:
        """The selector chose it, its tool ran, its prompt and the replaced fragment were used."""
        model.calls(("", "get_opening_hours", {"city": "Houston"}))
        model.says("We open at 09:00 and close at 17:00.")
        line = harness.sender(VERIFIED)
        report = await line.say("what time do you open in Houston?")
        assert (report.route, report.tools) == ("payroll", ("get_opening_hours",))
        assert report.replies[-1].text == "We open at 09:00 and close at 17:00."
        system = model.requests[0]["systemInstruction"]["parts"][0]["text"]
        assert "whose salary comes to us" in system
        assert "about our branches" in system
        assert (await self.label(harness, line)).startswith("payroll@1+")

    async def test_the_banks_action_needs_the_senders_yes(self, harness, model) -> None:
        """The first tool only asks; after the tap on yes the second one does what was shown."""
        model.calls(("", "block_card", {"last_four": "4242"}))
        sender = harness.sender(harness.new_number("verified"))
        asked = await sender.say("please block my card 4242")
        assert asked.replies[-1].text == "Shall I block your card ending in 4242?"
        model.calls(("", "block_approved_card", {}))
        done = await sender.choose(asked.replies[-1].options[0][1])
        assert done.tools == ("block_approved_card",)
        assert done.replies[-1].text == "Done, I blocked your card ending in 4242."

    async def test_the_banks_channel_is_answered(self, harness, model, pages) -> None:
        """The connector reads its section, takes a signed page and sends the reply."""
        model.says("We are closed on Sundays.")
        body = json.dumps({"id": "p1", "from": VERIFIED, "text": "open on sunday?"}).encode()
        headers = {"X-Pager": hmac.digest(SECRET.encode(), body, "sha256").hex()}
        url = f"{harness.service.url}/webhooks/pager"
        async with (
            aiohttp.ClientSession() as http,
            http.post(url, data=body, headers=headers) as response,
        ):
            assert response.status == 200
        async with asyncio.timeout(120):
            page = await pages.get()
        assert page == {"to": VERIFIED, "text": "We are closed on Sundays."}

    async def test_the_banks_stages_see_and_answer(self, harness, model) -> None:
        """One ends a turn without a model; the other has seen the turn, an opt-out included."""
        sender = harness.sender("+15550106301")
        asked = len(model.requests)
        report = await sender.say("which branch is open in Houston today")
        assert report.route == "holiday"
        assert report.replies[-1].text.startswith("Our branches are closed today.")
        assert len(model.requests) == asked
        store = harness.service.store
        assert await store.get_hash_field("mibanco_journal", sender.conversation) == "messages"
        await sender.say("STOP")
        assert await store.get_hash_field("mibanco_journal", sender.conversation) == "opted_out"

    async def test_a_mistake_in_the_banks_settings_stops_the_start(self, harness, bank) -> None:
        """Also one that only a tool would read; the error names the key."""
        settings = harness.service.settings
        tables = {"mibanco": {"hours": {}, "payroll_contry": "MX"}}
        wrong = load_settings(tools=settings.tools, lola_data=bank / "other", port=0, **tables)
        with pytest.raises(ConfigurationError, match=r"mibanco\.payroll_contry"):
            async with Service(wrong):
                pass

    async def test_an_edit_changes_the_next_turn(self, harness, model, bank) -> None:
        """While the service runs, and the record names the new version (issue: Must show)."""
        prompt = bank / "mibanco" / "agents" / "payroll" / "prompt.en.md"
        edited = prompt.read_text().replace("version: 1", "version: 2").replace("help", "HELP")
        with capture_logs() as logs:
            prompt.write_text(edited)
            await until(lambda: _seen(logs, names.AGENTS_RELOADED))
        model.says("Hello again.")
        line = harness.sender(VERIFIED)
        await line.say("hello again")
        assert "HELP send money" in model.requests[-1]["systemInstruction"]["parts"][0]["text"]
        assert (await self.label(harness, line)).startswith("payroll@2+")

    async def test_a_broken_edit_changes_nothing_and_says_why(self, harness, model, bank) -> None:
        """The agents from before answer; the log names the file and the tool that is not there."""
        line = harness.sender(VERIFIED)
        before = await self.label(harness, line)
        agent = bank / "mibanco" / "agents" / "payroll" / "agent.toml"
        with capture_logs() as logs:
            agent.write_text(agent.read_text().replace("get_opening_hours", "get_closing_hours"))
            await until(lambda: _seen(logs, names.AGENTS_REFUSED))
            refused = next(item for item in logs if item["event"] == names.AGENTS_REFUSED)
            assert refused["problem"].startswith("tool get_closing_hours: is not declared")
            model.says("Still here.")
            await line.say("are you there?")
            assert await self.label(harness, line) == before


async def _seen(logs, event: str) -> bool:
    return any(item["event"] == event for item in logs)


def test_the_page_leads_to_every_file_of_the_example() -> None:
    """Each file that the bank writes is explained, and no link leads nowhere."""
    named = set(LINK.findall(PAGE.read_text(encoding="utf-8")))
    package = (EXAMPLE / "mibanco").rglob("*")
    written = {
        str(path.relative_to(EXAMPLE))
        for path in package
        if path.suffix in {".py", ".md", ".toml"} and path.name != "__init__.py"
    }
    missing = {
        name
        for name in written
        if name not in named and not any(name.startswith(f"{folder}/") for folder in named)
    }
    assert missing == set()
    assert [name for name in sorted(named) if not (EXAMPLE / name).exists()] == []
