"""The contract of `lola.channel`, run against every connector over real sockets."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from channels.sms import SmsConnector
from channels.sms.api import TwilioClient
from channels.whatsapp import WhatsAppConnector
from channels.whatsapp.graph import GraphClient
from lola.channel import Connector, RawRequest
from lola.clock import system_clock
from lola.errors import (
    AmbiguousSendError,
    ChannelStoppedError,
    MalformedPayloadError,
    RejectedError,
    RetryLaterError,
    SignatureError,
)
from lola.messages import (
    Address,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    MediaContent,
    Option,
    SelectMessage,
    TextContent,
    TextMessage,
)
from lola.qa.phone import SmsPhone, WhatsAppPhone, received_from_graph, received_from_twilio
from lola.safety.redaction import redact
from lola.sandbox.graph import GraphStub
from lola.sandbox.twilio import TwilioStub
from lola.settings import Settings

PUBLIC = "https://bot.bank.example"
SID = "AC00000000000000000000000000000000"
BUSINESS = {"whatsapp": "700800900", "sms": "+15550100002"}
SENDER = {"whatsapp": "5215512345678", "sms": "+525512345678"}
SIGNATURE = {"whatsapp": "X-Hub-Signature-256", "sms": "X-Twilio-Signature"}
URL = "https://pay.example.com/w/9cZk"
OPTIONS = (Option(id="q:ok", title="Confirmar"), Option(id="q:no", title="Cancelar"))
MESSAGES = {
    "text": TextMessage(content="Hola, Ana"),
    "buttons": ButtonsMessage(content="¿Envío 50 USD?", options=OPTIONS),
    "select": SelectMessage(
        content="Elige un banco", options=OPTIONS, list_title="Bancos", button="Ver bancos"
    ),
    "link": LinkMessage(content="Continúa aquí", links=(LinkTarget(text="Pagar", url=URL),)),
}


def settings(url: str, **changes: Any) -> Settings:
    values = {
        "webhook_url": PUBLIC,
        "token_whatsapp": "graph-token-1",
        "whatsapp_app_secret": "app-secret-1, app-secret-2",
        "verify_token_whatsapp": "verify-1",
        "whatsapp_graph_url": f"{url}graph",
        "twilio_account_sid": SID,
        "twilio_auth_token": "twilio-token-1",
        "twilio_api_url": f"{url}twilio",
    }
    return Settings(**values | changes)


@dataclass
class Bench:
    """One connector, the provider's stand-in, a sender's phone, and what the gateway received."""

    name: str
    connector: Connector
    stub: GraphStub | TwilioStub
    phone: WhatsAppPhone | SmsPhone
    requests: list[RawRequest]
    build: Callable[..., Connector]
    received: Callable[[dict[str, Any]], Any]

    @property
    def address(self) -> Address:
        """Where answers to the phone go."""
        return Address(channel=self.name, account=BUSINESS[self.name], sender=SENDER[self.name])

    async def request(self) -> RawRequest:
        """Let the phone write and answer the webhook as the gateway got it."""
        await self.phone.say("¿Cuánto cobran por 200? 😀")
        return self.requests[-1]

    async def send(self, shape: str, reference: str = "out-1") -> Any:
        """Send one of the four shapes to the phone."""
        return await self.connector.send(self.address, MESSAGES[shape], reference)


@pytest.fixture(params=["whatsapp", "sms"])
async def bench(request):
    name = request.param
    requests: list[RawRequest] = []

    async def receive(raw: web.Request) -> web.Response:
        requests.append(
            RawRequest(
                method=raw.method,
                path=raw.raw_path,
                headers=raw.headers,
                body=await raw.read(),
                query=raw.query,
            )
        )
        return web.Response()

    graph = GraphStub("graph-token-1", system_clock)
    twilio = TwilioStub(SID, "twilio-token-1", system_clock)
    app = web.Application()
    graph.add_routes(app, "/graph")
    twilio.add_routes(app, "/twilio")
    app.router.add_post("/webhooks/{rest:.*}", receive)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        url = str(server.make_url("/"))
        kind = {"whatsapp": WhatsAppConnector, "sms": SmsConnector}[name]

        def build(**changes):
            return kind.build(settings(url, **changes), http, system_clock)

        phones = {
            "whatsapp": WhatsAppPhone(
                http, url, "app-secret-1", BUSINESS[name], SENDER[name], "Ana", system_clock
            ),
            "sms": SmsPhone(
                http, url, "twilio-token-1", SID, BUSINESS[name], SENDER[name], public_url=PUBLIC
            ),
        }
        yield Bench(
            name=name,
            connector=build(),
            stub={"whatsapp": graph, "sms": twilio}[name],
            phone=phones[name],
            requests=requests,
            build=build,
            received={"whatsapp": received_from_graph, "sms": received_from_twilio}[name],
        )
        graph.faults.released.set()
        twilio.faults.released.set()


class TestConnector:
    """What the gateway and the outbox rely on, for any channel."""

    async def test_it_says_what_it_is(self, bench):
        """Name, routes, body limit and capabilities are usable (reference/channels.md 0.1)."""
        assert bench.connector.name == bench.name
        assert bench.connector.routes[0] == f"/webhooks/{bench.name}"
        assert bench.connector.body_limit >= 64 * 1024
        assert bench.connector.capabilities.max_text >= 1024
        assert bench.connector.capabilities.buttons is (bench.name == "whatsapp")

    async def test_a_signed_webhook_becomes_a_message(self, bench):
        """The words, the verbatim address and the canonical phone come out (channels.md 7)."""
        request = await bench.request()
        bench.connector.verify(request)
        (inbound,) = bench.connector.parse(request).messages
        assert inbound.content == TextContent(text="¿Cuánto cobran por 200? 😀")
        assert (inbound.address.account, inbound.address.sender) == (
            BUSINESS[bench.name],
            SENDER[bench.name],
        )
        assert inbound.address.phone == "+525512345678"
        assert inbound.address.channel == bench.name

    async def test_a_missing_signature_is_refused(self, bench):
        """No header, no entry (reference/channels.md 0.3)."""
        request = await bench.request()
        kept = {k: v for k, v in request.headers.items() if k != SIGNATURE[bench.name]}
        with pytest.raises(SignatureError):
            bench.connector.verify(dataclasses.replace(request, headers=kept))

    @pytest.mark.parametrize("wrong", ["", "x", "ñ", "\udcff", "sha256=", "=" * 28, "0" * 4096])
    async def test_a_wrong_signature_is_refused(self, bench, wrong):
        """Any other header is a SignatureError and never a crash (reference/channels.md 0.2)."""
        request = await bench.request()
        headers = {SIGNATURE[bench.name]: wrong}
        with pytest.raises(SignatureError):
            bench.connector.verify(dataclasses.replace(request, headers=headers))

    async def test_an_altered_body_is_refused(self, bench):
        """One changed byte is found."""
        request = await bench.request()
        altered = request.body.replace(b"200", b"900")
        with pytest.raises(SignatureError):
            bench.connector.verify(dataclasses.replace(request, body=altered))

    async def test_without_its_secret_it_accepts_nothing(self, bench):
        """A missing setting closes the door instead of opening it."""
        request = await bench.request()
        closed = bench.build(whatsapp_app_secret="", twilio_auth_token="")
        with pytest.raises(SignatureError):
            closed.verify(request)

    async def test_a_foreign_handshake_is_refused(self, bench):
        """A GET without our token is nobody's (reference/channels.md 1.1)."""
        request = RawRequest(
            method="GET", path=bench.connector.routes[0], headers={}, body=b"", query={}
        )
        with pytest.raises(SignatureError):
            bench.connector.handshake(request)

    async def test_an_unreadable_body_is_malformed(self, bench):
        """Noise is MalformedPayloadError, which answers 200 (reference/channels.md 0.3)."""
        request = dataclasses.replace(await bench.request(), body=b"\xff\xfe\x00")
        with pytest.raises(MalformedPayloadError) as caught:
            bench.connector.parse(request)
        assert caught.value.status == 200

    async def test_card_data_never_leaves_parse(self, bench):
        """A typed card number is taken out, and its kind is named (reference/lola.md 18)."""
        await bench.phone.say("mi tarjeta es 4111 1111 1111 1111")
        (inbound,) = bench.connector.parse(bench.requests[-1]).messages
        assert "4111 1111" not in repr(inbound)
        assert "card" in inbound.redacted

    async def test_a_file_is_named_and_not_fetched(self, bench):
        """A picture is a kind and a caption (reference/lola.md 6)."""
        await bench.phone.send_media("image", "mi INE")
        (inbound,) = bench.connector.parse(bench.requests[-1]).messages
        assert inbound.content == MediaContent(media="image", caption="mi INE")

    async def test_acceptance_is_silent(self, bench):
        """The answer to an accepted webhook says nothing to the sender (channels.md 2.2)."""
        reply = bench.connector.accepted(await bench.request())
        assert reply.status == 200
        assert "Message" not in reply.body

    @pytest.mark.parametrize("shape", MESSAGES)
    async def test_each_shape_arrives(self, bench, shape):
        """The provider takes all four shapes, and the sender can read and choose."""
        receipts = await bench.send(shape)
        delivered = bench.stub.messages_to(SENDER[bench.name])
        assert [item.provider_id for item in receipts] == [item.id for item in delivered]
        (seen,) = [bench.received(item.message) for item in delivered]
        message = MESSAGES[shape]
        assert seen.text.startswith(message.content)
        assert seen.kind == shape or not bench.connector.capabilities.buttons
        titles = [title for _, title in seen.options]
        assert titles == [option.title for option in getattr(message, "options", ())]
        assert list(seen.links) == ([("Pagar", URL)] if shape == "link" else [])

    async def test_every_link_of_a_message_arrives(self, bench):
        """No link is lost where only one fits a button (reference/lola.md 20.5)."""
        links = tuple(LinkTarget(text=f"Sitio {n}", url=f"{URL}{n}") for n in range(3))
        for content in ("Elige", "x" * 1020):
            before = len(bench.stub.sent)
            message = LinkMessage(content=content, links=links)
            await bench.connector.send(bench.address, message, "out-1")
            new = [bench.received(item.message) for item in bench.stub.sent[before:]]
            found = [link for seen in new for link in seen.links]
            assert found == [(link.text, link.url) for link in links]

    async def test_our_reference_travels_along(self, bench):
        """Every status can name the outbox row it is about (channels.md 1.5 and 2.5)."""
        await bench.send("text", reference="out:7f3a")
        (delivered,) = bench.stub.sent
        echoed = delivered.message.get("biz_opaque_callback_data") or delivered.message.get(
            "StatusCallback"
        )
        assert echoed in {"out:7f3a", f"{PUBLIC}/webhooks/sms/status?ref=out%3A7f3a"}

    @pytest.mark.parametrize(
        ("whatsapp", "sms", "kind"),
        [
            ("190", "20003", ChannelStoppedError),
            ("131056", "20429", RetryLaterError),
            ("131047", "21610", RejectedError),
            ("502", "502", RetryLaterError),
            ("drop", "drop", AmbiguousSendError),
        ],
    )
    async def test_failures_have_one_meaning(self, bench, whatsapp, sms, kind):
        """The error tables of reference/channels.md 1.9 and 2.6, over the wire."""
        bench.stub.faults.add(whatsapp if bench.name == "whatsapp" else sms)
        with pytest.raises(kind) as caught:
            await bench.send("text")
        text = str(caught.value)
        for secret in (SENDER[bench.name], "525512345678", "token-1", "Hola"):
            assert secret not in text
        assert len(await bench.send("text")) == 1

    async def test_a_dropped_connection_may_have_delivered(self, bench):
        """Ambiguous means exactly this: the provider has the message (channels.md 1.9)."""
        bench.stub.faults.add("drop")
        with pytest.raises(AmbiguousSendError):
            await bench.send("text")
        assert len(bench.stub.sent) == 1

    async def test_silence_is_ambiguous(self, bench):
        """A provider that does not answer in time may have taken the message."""
        bench.stub.faults.add("hang")
        hasty = _with_seconds(bench, 0.2)
        with pytest.raises(AmbiguousSendError):
            await hasty.send(bench.address, MESSAGES["text"], "out-1")
        assert len(bench.stub.sent) == 1

    async def test_nobody_there_is_worth_a_retry(self, bench):
        """Nothing was written before the connection stood, so a retry is safe."""
        nowhere = f"http://127.0.0.1:{unused_port()}/"
        connector = bench.build(whatsapp_graph_url=nowhere, twilio_api_url=nowhere)
        with pytest.raises(RetryLaterError):
            await connector.send(bench.address, MESSAGES["text"], "out-1")

    async def test_a_wrong_credential_stops_the_channel(self, bench):
        """The provider's own 401 stops every send until a person acts."""
        connector = bench.build(token_whatsapp="other", twilio_auth_token="other")
        with pytest.raises(ChannelStoppedError):
            await connector.send(bench.address, MESSAGES["text"], "out-1")

    async def test_a_part_that_fails_is_not_repeated_blindly(self, bench):
        """Once a part was taken, "busy" no longer means that a retry is safe."""
        links = tuple(LinkTarget(text=f"Sitio {n}", url=URL + "x" * 600) for n in range(3))
        message = LinkMessage(content="x" * 1000, links=links)
        bench.stub.faults.add("", "131056" if bench.name == "whatsapp" else "20429")
        with pytest.raises(AmbiguousSendError):
            await bench.connector.send(bench.address, message, "out-1")
        assert len(bench.stub.sent) == 1

    async def test_seen_never_raises_a_channel_error(self, bench):
        """A read receipt is a courtesy: its failure stops nothing (reference/channels.md 1.6)."""
        (inbound,) = bench.connector.parse(await bench.request()).messages
        await bench.connector.seen(inbound)
        bench.stub.faults.add("190")
        await bench.connector.seen(inbound)

    async def test_closing_twice_is_safe(self, bench):
        """`close` may be called again, and the shared session stays the caller's."""
        await bench.connector.close()
        await bench.connector.close()
        assert len(await bench.send("text")) == 1


def _with_seconds(bench, seconds):
    """The same connector with a short patience."""
    http = bench.phone._http
    url = bench.phone._url.partition("webhooks")[0]
    if bench.name == "whatsapp":
        return WhatsAppConnector(
            graph=GraphClient(http, f"{url}graph", "graph-token-1", seconds=seconds),
            app_secrets=(),
            verify_token="",
            allowed_numbers=frozenset(),
            redact=redact,
        )
    return SmsConnector(
        client=TwilioClient(http, f"{url}twilio", SID, "twilio-token-1", seconds=seconds),
        public_url=PUBLIC,
        account_sid=SID,
        auth_token="",
        redact=redact,
    )
