"""Real software in front of, or in place of, our loopback servers; off unless a variable is set.

`make test-gateways` runs LiteLLM's proxy, `make test-small-model` llama.cpp with a small model.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from typing import TextIO

import aiohttp
import pytest_asyncio
from aiohttp.test_utils import TestServer

from tests.unit.models.openai_servers import ResponsesServer, StrictChatServer
from tests.unit.models.servers import GeminiServer

EXECUTABLE = os.environ.get("LOLA_TEST_LITELLM", "")
collect_ignore = [
    name
    for name, variable in (
        ("test_litellm.py", "LOLA_TEST_LITELLM"),
        ("test_small_model.py", "LOLA_TEST_SMALL_MODEL"),
    )
    if not os.environ.get(variable)
]

KEY = "sk-loopback-0123456789abcdef0123456789"
CHAT = ("gpt-4.1", "gpt-5-mini", "gpt-5.4", "gpt-5.6-sol", "gpt-6-luna", "gpt-6.1-terra")
RESPONSES = ("gpt-6-astra", "gpt-6.1-sol")
GEMINI = ("gemini-2.5-flash", "gemini-3.8-flash")
START_SECONDS = 240


class Gateway:
    """The proxy's address, and the strict server behind each model."""

    def __init__(self) -> None:
        self.chat, self.responses, self.gemini = (
            StrictChatServer(),
            ResponsesServer(),
            GeminiServer(),
        )
        self.url = ""

    def behind(self, name: str) -> StrictChatServer | ResponsesServer | GeminiServer:
        """Return the server of a model, with nothing queued and nothing kept."""
        server = self.chat if name in CHAT else self.responses if name in RESPONSES else self.gemini
        for kept in (server.answers, server.requests, server.broken_rules, server.paths):
            kept.clear()
        return server

    def config(self, chat: str, responses: str, gemini: str) -> str:
        """Return the proxy's configuration, which is JSON and so YAML."""
        behind = {
            **dict.fromkeys(CHAT, ("openai", f"{chat}v1")),
            **dict.fromkeys(RESPONSES, ("openai", f"{responses}v1")),
            **dict.fromkeys(GEMINI, ("gemini", f"{gemini}v1beta")),
        }
        models = [
            {
                "model_name": name,
                "litellm_params": {"model": f"{kind}/{name}", "api_base": url, "api_key": "k"},
            }
            for name, (kind, url) in behind.items()
        ]
        return json.dumps(
            {
                "model_list": models,
                "general_settings": {"master_key": KEY},
                # Else the first error takes the model out of service for a while.
                "router_settings": {"disable_cooldowns": True},
                "litellm_settings": {"num_retries": 0, "telemetry": False},
            }
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory) -> AsyncIterator[Gateway]:
    """The running proxy; it starts in half a minute and speaks only to loopback."""
    made = Gateway()
    folder = tmp_path_factory.mktemp("litellm")
    servers = [TestServer(item.app()) for item in (made.chat, made.responses, made.gemini)]
    for server in servers:
        await server.start_server()
    config = folder / "config.yaml"
    config.write_text(made.config(*(str(server.make_url("/")) for server in servers)))
    port = _free_port()
    made.url = f"http://127.0.0.1:{port}"
    log = (folder / "log").open("w+")
    process = await asyncio.create_subprocess_exec(
        EXECUTABLE, "--config", config, "--host", "127.0.0.1", "--port", str(port),
        stdout=log,
        stderr=log,
        env=_environment(),
    )  # fmt: skip
    try:
        await _until_alive(made.url, process, log)
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        log.close()
        for server in servers:
            await server.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _environment() -> dict[str, str]:
    """Nothing of ours, no look-ups outside, and the table of prices from the package."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}


async def _until_alive(url: str, process: asyncio.subprocess.Process, log: TextIO) -> None:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    async with aiohttp.ClientSession() as http:
        while process.returncode is None and asyncio.get_running_loop().time() < deadline:
            try:
                async with http.get(f"{url}/health/liveliness") as found:
                    if found.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.5)
    log.seek(0)
    sys.stderr.write(log.read()[-4000:])
    raise AssertionError("LiteLLM's proxy did not start")
