"""Model servers on loopback, with nothing in the environment that an SDK would pick up."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.unit.models.openai_servers import ResponsesServer, StrictChatServer
from tests.unit.models.servers import GeminiServer, ModelServer, OpenAIServer


@pytest.fixture
def _bare_environment(monkeypatch):
    for name in (
        "GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS", "OPENAI_API_KEY",
        "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@asynccontextmanager
async def _served(stub: ModelServer) -> AsyncIterator[Any]:
    async with TestServer(stub.app()) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub
        stub.released.set()


@pytest.fixture
async def gemini(_bare_environment):
    """A Gemini server."""
    async with _served(GeminiServer()) as stub:
        yield stub


@pytest.fixture
async def aiohttp_session():
    """A plain client for requests that no adapter would make."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def openai(_bare_environment):
    """A server that speaks OpenAI's chat completions."""
    async with _served(OpenAIServer()) as stub:
        yield stub


@pytest.fixture
async def strict_chat(_bare_environment):
    """OpenAI's own chat completions."""
    async with _served(StrictChatServer()) as stub:
        yield stub


@pytest.fixture
async def responses(_bare_environment):
    """OpenAI's Responses API."""
    async with _served(ResponsesServer()) as stub:
        yield stub


@cache
def private_key() -> str:
    """One throw-away key for all tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()


@pytest.fixture
def service_account(gemini, tmp_path, monkeypatch):
    """Google credentials whose tokens come from the loopback server."""
    account = {
        "type": "service_account",
        "project_id": "bank",
        "private_key_id": "k",
        "private_key": private_key(),
        "client_email": "lola@bank.example",
        "token_uri": f"{gemini.url}/token",
    }
    path = tmp_path / "account.json"
    path.write_text(json.dumps(account))
    gemini.account = path
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
