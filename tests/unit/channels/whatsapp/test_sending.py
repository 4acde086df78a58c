"""What leaves for Meta, and where to (`channels.whatsapp.rendering` and `connector`)."""

import hmac

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.whatsapp.connector import WhatsAppConnector
from channels.whatsapp.graph import GraphClient
from channels.whatsapp.parsing import Rules
from channels.whatsapp.rendering import payload
from lola.channel.contract import RawRequest
from lola.channel.rendering import parts_of
from lola.domain.clock import system_clock
from lola.domain.messages import (
    Address,
    ButtonsMessage,
    Inbound,
    LinkMessage,
    LinkTarget,
    Option,
    SelectMessage,
    TextContent,
    TextMessage,
)
from lola.errors import ChannelStoppedError, RejectedError
from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import Settings

OPTIONS = (Option(id="q:ok", title="Sí"), Option(id="q:no", title="No"))


def interactive(kind, text, action):
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": text}, "action": action},
    }


def render(message):
    return tuple(map(payload, parts_of(message, WhatsAppConnector.capabilities)))


def test_a_text_has_no_preview_and_whatsapp_bold():
    """Plain text, preview off, `**x**` as `*x*` (reference/lola.md 7 and 20.5)."""
    body = {"preview_url": False, "body": "*Total*: 5"}
    assert render(TextMessage(content="**Total**: 5")) == ({"type": "text", "text": body},)


def test_buttons_are_replies():
    """One reply per option, id and title as given (reference/channels.md 1.6)."""
    replies = [{"type": "reply", "reply": {"id": o.id, "title": o.title}} for o in OPTIONS]
    message = ButtonsMessage(content="¿Envío?", options=OPTIONS)
    assert render(message) == (interactive("button", "¿Envío?", {"buttons": replies}),)


def test_a_select_is_a_list_of_one_section():
    """Rows under the list's title, behind the button (reference/lola.md 20.5)."""
    rows = [{"id": o.id, "title": o.title} for o in OPTIONS]
    message = SelectMessage(content="Elige", options=OPTIONS, list_title="Bancos", button="Ver")
    action = {"button": "Ver", "sections": [{"title": "Bancos", "rows": rows}]}
    assert render(message) == (interactive("list", "Elige", action),)


@pytest.mark.parametrize(("content", "count"), [("Elige", 1), ("x" * 1020, 2)])
def test_the_first_link_is_the_button(content, count):
    """Others follow as text: in the body while it holds, else behind it
    (reference/lola.md 20.5).
    """
    links = tuple(LinkTarget(text=f"L{n}", url=f"https://a.example/{n}") for n in range(2))
    parts = render(LinkMessage(content=content, links=links))
    first = parts[0]["interactive"]
    parameters = {"display_text": "L0", "url": "https://a.example/0"}
    assert first["action"] == {"name": "cta_url", "parameters": parameters}
    assert len(parts) == count
    last = first["body"]["text"] if count == 1 else parts[1]["text"]["body"]
    assert last.endswith("L1: https://a.example/1")
    assert len(first["body"]["text"]) <= 1024


@pytest.fixture
async def line():
    """A connector per base address, and the requests that a loopback Meta received."""
    requests = []

    async def receive(request: web.Request) -> web.Response:
        requests.append((request.path, dict(request.headers), await request.json()))
        return web.json_response({"messages": [{"id": "wamid.1"}]})

    app = web.Application()
    app.router.add_post("/{rest:.*}", receive)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        def build(base, **changes):
            url = str(server.make_url(base))
            settings = Settings(whatsapp_graph_url=url, token_whatsapp="token-1", **changes)
            return WhatsAppConnector.build(settings, http, system_clock)

        yield build, requests


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("/", "/v26.0/700800900/messages"),
        ("/graph/", "/graph/v26.0/700800900/messages"),
        ("/v24.0", "/v24.0/700800900/messages"),
    ],
)
async def test_the_address_is_configurable(line, base, path):
    """WHATSAPP_GRAPH_URL may name a version; without one ours is used
    (reference/channels.md 1.13).
    """
    build, requests = line
    address = Address(channel="whatsapp", account="700800900", sender="5215512345678")
    await build(base).send(address, TextMessage(content="hola"), "out-1")
    assert requests[0][0] == path
    assert requests[0][1]["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("5215512345678", {"to": "+5215512345678"}),
        ("MX.40011223344556677", {"recipient": "MX.40011223344556677"}),
    ],
)
async def test_the_recipient_is_the_sender_verbatim(line, sender, expected):
    """A plus before the `wa_id`, or the user id as `recipient` (reference/channels.md 1.10 and
    1.11).
    """
    build, requests = line
    address = Address(channel="whatsapp", account="700800900", sender=sender)
    await build("/").send(address, TextMessage(content="hola"), "out-1")
    (_, _, sent) = requests[0]
    assert {key: sent[key] for key in ("to", "recipient") if key in sent} == expected
    assert sent["biz_opaque_callback_data"] == "out-1"


async def test_a_reference_beyond_the_limit_is_refused(line):
    """More than 512 characters cannot be echoed, so nothing is sent (reference/channels.md 1.6)."""
    build, requests = line
    address = Address(channel="whatsapp", account="700800900", sender="5215512345678")
    with pytest.raises(RejectedError):
        await build("/").send(address, TextMessage(content="hola"), "x" * 513)
    assert requests == []


@pytest.mark.parametrize(
    ("account", "token"), [("700800900", "token-1"), ("701", "own-701"), ("702", "own-702")]
)
async def test_each_number_sends_with_its_own_token(line, account, token):
    """Numbers without an own one share TOKEN_WHATSAPP; so do their read receipts."""
    build, requests = line
    connector = build("/", whatsapp_tokens={"701": "own-701", "702": "own-702"})
    address = Address(channel="whatsapp", account=account, sender="5215512345678")
    await connector.send(address, TextMessage(content="hola"), "out-1")
    await connector.seen(Inbound(id="w", address=address, content=TextContent(text="hola")))
    assert [headers["Authorization"] for _, headers, _ in requests] == [f"Bearer {token}"] * 2
    assert {path for path, _, _ in requests} == {f"/v26.0/{account}/messages"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("es", ("seguir_chat", "es_MX")),
        ("en", ("resume_chat", "en")),
        ("", ("seguir_chat", "es_MX")),
    ],
)
async def test_an_invitation_is_the_template_of_the_language(line, language, expected):
    """Name and code as configured, our reference with it (reference/channels.md 1.6)."""
    build, requests = line
    connector = build(
        "/", whatsapp_template_es="seguir_chat:es_MX", whatsapp_template_en="resume_chat:en"
    )
    assert connector.capabilities.templates
    address = Address(channel="whatsapp", account="700", sender="5215512345678")
    await connector.invite(address, language, "out-1")
    (_, _, sent) = requests[0]
    name, code = expected
    assert sent["template"] == {"name": name, "language": {"code": code}}
    assert (sent["type"], sent["biz_opaque_callback_data"]) == ("template", "out-1")
    assert sent["to"] == "+5215512345678"


async def test_the_old_secret_is_logged_while_it_is_used(line, capsys):
    """An operator sees when a rotation is over, and never a secret (reference/channels.md 1.2)."""
    build, _ = line
    connector = build("/", whatsapp_app_secret="new-secret, old-secret")
    for secret, is_old in (("old-secret", True), ("new-secret", False)):
        digest = hmac.digest(secret.encode(), b"{}", "sha256").hex()
        request = RawRequest(
            method="POST",
            path="/webhooks/whatsapp",
            headers={"X-Hub-Signature-256": f"sha256={digest}"},
            body=b"{}",
            query={},
        )
        connector.verify(request)
        logged = capsys.readouterr().out
        assert ("whatsapp.signed_with_old_secret" in logged) is is_old
        assert secret not in logged


async def test_a_revoked_token_is_found_before_a_message_needs_it(redact):
    """Each number is tried with its own token, and the hint says which setting (1.9)."""
    stub = GraphStub("good", system_clock, tokens={"701": "own"})
    app = web.Application()
    stub.add_routes(app, "")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        def build(own):
            url = str(server.make_url("/"))
            graph = GraphClient(http, url, "good", tokens={"701": own})
            return WhatsAppConnector(
                graph=graph,
                app_secrets=(),
                verify_tokens=(),
                rules=Rules(redact=redact),
                numbers=("700", "701"),
            )

        assert await build("own").check() == "numbers that answer: 2"
        with pytest.raises(ChannelStoppedError, match="WHATSAPP_TOKENS"):
            await build("revoked").check()
