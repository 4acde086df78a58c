"""The egress proxy: a real one on loopback records what each outgoing client asks it for."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.sms.api import TwilioClient
from channels.sms.contents import Content
from lola.errors import LolaError
from lola.models.chat import ModelRequest, UserMessage
from lola.models.gemini import GeminiModel
from lola.models.openai import OpenAIModel
from lola.safety.outgoing import CONNECTIONS_PER_HOST, is_loopback, open_session
from tests.loopback.loopback_only import NOTES
from tests.support import NOW
from tests.unit.models.conftest import private_key

HOST = "partner.example"
TOKEN = {"access_token": "t", "expires_in": 3600}
REQUEST = ModelRequest(system="s", messages=(UserMessage(text="hola"),), timeout=20.0)


@dataclass
class Proxy:
    """Forwards every request to one server, whatever host it names, and keeps the request heads."""

    target: int = 0
    url: str = ""
    heads: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """The method and target of each request."""
        return [head.split(" HTTP/")[0] for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection: a tunnel for CONNECT, else one request in absolute form."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head.decode())
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            if head.startswith(b"CONNECT "):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                method, address, rest = head.split(b" ", 2)
                path = address.split(HOST.encode(), 1)[1].lstrip(b":0123456789") or b"/"
                back.write(b" ".join((method, path, rest)))
            await asyncio.gather(_copy(reader, back), _copy(there, writer))
        finally:
            writer.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(65536):
            sink.write(chunk)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


@asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    """A running proxy."""
    proxy = Proxy(target=port)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield proxy


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Return a certificate for HOST, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "ca.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, secret


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch, tmp_path):
    for name in (
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "NETRC", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@dataclass
class Target:
    """A server that answers every path, with and without TLS, and keeps the requests."""

    secure: int = 0
    plain: int = 0
    requests: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Return what each of the clients takes for a success."""
        await request.read()
        self.requests.append(request)
        said = {"content": {"role": "model", "parts": [{"text": "Hola."}]}, "finishReason": "STOP"}
        choice = {"message": {"role": "assistant", "content": "Hola."}}
        return web.json_response({"candidates": [said], "choices": [choice], "sid": "SM1", **TOKEN})


@pytest.fixture
async def target(tmp_path):
    """The server, whose certificate is for HOST."""
    made = Target()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*write_certificate(tmp_path))
    secure, plain = TestServer(app, scheme="https"), TestServer(app, scheme="http")
    await secure.start_server(ssl=context)
    await plain.start_server()
    made.secure, made.plain = secure.port, plain.port
    yield made
    await secure.close()
    await plain.close()


async def by_session(scheme: str) -> None:
    """Partners, WhatsApp, Telegram and Chatwoot: the one session of the service."""
    headers = {"Authorization": "Bearer ours"}
    async with open_session() as http, http.get(f"{scheme}://{HOST}/x", headers=headers) as found:
        assert found.status == 200


async def by_twilio(scheme: str) -> None:
    """The vendor's SDK over the same session."""
    async with open_session() as http:
        client = TwilioClient(http, f"{scheme}://{HOST}", "AC1", "token")
        content = Content(body="hola")
        assert await client.create(to="+1", sender="+2", callback="", content=content) == "SM1"


async def by_openai(scheme: str) -> None:
    """The vendor's SDK over httpx2."""
    model = OpenAIModel("m", api_key="k", base_url=f"{scheme}://{HOST}/v1")
    try:
        assert (await model.complete(REQUEST)).text == "Hola."
    finally:
        await model.close()


async def by_gemini(scheme: str) -> None:
    """The vendor's SDK over aiohttp."""
    model = GeminiModel("gemini-3.8-flash", api_key="k", base_url=f"{scheme}://{HOST}")
    try:
        assert (await model.complete(REQUEST)).text == "Hola."
    finally:
        await model.close()


async def by_vertex(scheme: str) -> None:
    """Google's auth library over requests, then the SDK."""
    model = GeminiModel(
        "gemini-3.8-flash", project="bank", location="us-central1", base_url=f"{scheme}://{HOST}"
    )
    try:
        assert (await model.complete(REQUEST)).text == "Hola."
    finally:
        await model.close()


async def test_vertex_gets_its_token_through_the_proxy(target, monkeypatch, tmp_path) -> None:
    """Google's auth library has an HTTP stack of its own."""
    account = {
        "type": "service_account",
        "project_id": "bank",
        "private_key_id": "k",
        "private_key": private_key(),
        "client_email": "lola@bank.example",
        "token_uri": f"https://{HOST}/token",
    }
    path = tmp_path / "account.json"
    path.write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with proxy_to(target.secure) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        await by_vertex("https")
    assert proxy.asked == [f"CONNECT {HOST}:443"] * 2
    assert [request.path.rpartition("/")[2] for request in target.requests] == [
        "token", "gemini-3.8-flash:generateContent"
    ]  # fmt: skip


CLIENTS = [by_session, by_twilio, by_openai, by_gemini]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
async def test_https_goes_through_the_proxy_by_a_tunnel(client, target, monkeypatch, tmp_path):
    """CONNECT, and a certificate that only SSL_CERT_FILE makes trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with proxy_to(target.secure) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        await client("https")
    assert proxy.asked == [f"CONNECT {HOST}:443"]
    assert len(target.requests) == 1


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
async def test_http_goes_through_the_proxy_in_absolute_form(client, target, monkeypatch) -> None:
    """The proxy is told the whole address."""
    async with proxy_to(target.plain) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        await client("http")
    (asked,) = proxy.asked
    assert asked.split(" ")[1].startswith(f"http://{HOST}/")
    assert len(target.requests) == 1


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
async def test_a_host_of_no_proxy_is_reached_directly(
    client, target, monkeypatch, tmp_path
) -> None:
    """The proxy is not asked; the made-up host is looked up, which the suite's guard refuses."""
    monkeypatch.setenv(NOTES, str(tmp_path / "outside"))
    async with proxy_to(target.plain) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", f".other.example,{HOST}")
        with pytest.raises((LolaError, aiohttp.ClientError)):
            await client("http")
    assert proxy.heads == []
    assert HOST in (tmp_path / "outside").read_text()


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
async def test_an_unknown_authority_is_not_trusted(client, target, monkeypatch) -> None:
    """A proxy that opens TLS without its authority being installed gets nothing."""
    async with proxy_to(target.secure) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises((LolaError, aiohttp.ClientError)):
            await client("https")
    assert target.requests == []


async def test_loopback_is_always_reached_directly(target, monkeypatch) -> None:
    """The sandbox and a model on the same machine need no NO_PROXY."""
    address = f"http://127.0.0.1:{target.plain}"
    openai = OpenAIModel("m", base_url=f"{address}/v1")
    gemini = GeminiModel("gemini-3.8-flash", api_key="k", base_url=address)
    async with proxy_to(target.plain) as proxy, open_session() as unset:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with open_session() as http, http.get(address) as found, unset.get(address):
            assert found.status == 200
        for model in (openai, gemini):
            assert (await model.complete(REQUEST)).text == "Hola."
            await model.close()
    assert proxy.heads == []


async def test_a_proxys_own_credentials_are_for_the_proxy_only(target, monkeypatch) -> None:
    """From the address of the proxy, and never passed on."""
    async with proxy_to(target.plain) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//bank:s3cret@"))
        await by_session("http")
    assert "Proxy-Authorization: Basic YmFuazpzM2NyZXQ=" in proxy.heads[0]


async def test_a_netrc_never_replaces_our_credentials(target, monkeypatch, tmp_path) -> None:
    """Aiohttp's own way to honour a proxy reads it, and then refuses our Authorization header."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login somebody password else\n")
    async with proxy_to(target.plain) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NETRC", str(netrc))
        await by_session("http")
    assert target.requests[0].headers["Authorization"] == "Bearer ours"


async def test_one_host_cannot_take_the_connections_of_another() -> None:
    """A partner that hangs holds its own connections; there is no limit over all hosts."""
    async with open_session() as http:
        assert (http.connector.limit, http.connector.limit_per_host) == (0, CONNECTIONS_PER_HOST)


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
        ("api.localhost", True), ("10.0.0.1", False), ("partner.example", False), ("", False),
    ],
)  # fmt: skip
def test_what_loopback_is(host: str, found: bool) -> None:
    """This machine and nothing else."""
    assert is_loopback(host) is found
