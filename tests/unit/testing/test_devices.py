"""A simulated device writes and reads as a real one (`lola.testing.device`)."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sms import SmsConnector
from channels.whatsapp import WhatsAppConnector
from lola.channel.contract import RawRequest
from lola.domain.clock import system_clock
from lola.domain.messages import (
    ChoiceContent,
    ContactsContent,
    MediaContent,
    SharedContact,
    TextContent,
)
from lola.settings import Settings
from lola.testing.device import Received
from lola.testing.sms import SmsDevice, received_from_twilio
from lola.testing.whatsapp import WhatsAppDevice, received_from_graph

SID = "AC00000000000000000000000000000000"


@pytest.fixture(params=["whatsapp", "sms"])
async def connected(request):
    """A device and a gateway that verifies and parses with the real connector."""
    parsed = []

    async def receive(raw: web.Request) -> web.Response:
        incoming = RawRequest(
            method=raw.method,
            path=raw.raw_path,
            headers=raw.headers,
            body=await raw.read(),
            query=raw.query,
        )
        connector.verify(incoming)
        parsed.extend(connector.parse(incoming).messages)
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/webhooks/{rest:.*}", receive)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        url = str(server.make_url("/"))
        settings = Settings(
            webhook_url=url,
            whatsapp_app_secret="secret",
            twilio_account_sid=SID,
            twilio_auth_token="secret",
        )
        if request.param == "whatsapp":
            connector = WhatsAppConnector.build(settings, http, system_clock)
            device = WhatsAppDevice(http, url, "secret", "7", "+525512345678", "Ana", system_clock)
        else:
            connector = SmsConnector.build(settings, http, system_clock)
            device = SmsDevice(http, url, "secret", SID, "+15550100002", "+525512345678")
        yield device, parsed


async def test_a_text_arrives_with_a_new_id(connected):
    """Each message is signed, has its own id, and the gateway's status comes back."""
    device, parsed = connected
    first, second = await device.say("¿Hola?"), await device.say("")
    assert (first.status, second.status) == (202, 202)
    assert [item.id for item in parsed] == [first.message_id, second.message_id]
    assert parsed[0].content == TextContent(text="¿Hola?")
    assert parsed[0].address.phone == "+525512345678"


async def test_a_tap_is_a_choice_or_its_number(connected):
    """A button where there are buttons, the number of the line where there are none."""
    device, parsed = connected
    await device.tap("1", "Confirmar")
    assert parsed[0].content in (
        ChoiceContent(id="1", title="Confirmar"),
        TextContent(text="1"),
    )


async def test_cards_and_files_arrive(connected):
    """A contact card and a file are what the channel can make of them."""
    device, parsed = connected
    await device.share_contact("Eva", "+52 55 1234 5678")
    await device.send_media("video", "mira")
    card, file = (item.content for item in parsed)
    assert isinstance(file, MediaContent)
    assert (file.media, file.caption) == ("video", "mira")
    if isinstance(card, MediaContent):
        assert (card.media, card.mime) in {("document", "text/x-vcard"), ("document", "")}
    else:
        contact = SharedContact(name="Eva", phones=("+52 55 1234 5678",))
        assert card == ContactsContent(contacts=(contact,))


async def test_the_inbox_is_what_was_injected(connected):
    """A device reads through the callable it was given; without one there is nothing."""
    device, _ = connected
    assert await device.inbox() == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("hola", Received(kind="text", text="hola")),
        (
            "¿Envío?\n\n1. Confirmar\n2. Cancelar",
            Received(
                kind="buttons",
                text="¿Envío?\n\n1. Confirmar\n2. Cancelar",
                options=(("1", "Confirmar"), ("2", "Cancelar")),
            ),
        ),
        (
            "Sigue\n\nPagar: https://a.example/1",
            Received(
                kind="link",
                text="Sigue\n\nPagar: https://a.example/1",
                links=(("Pagar", "https://a.example/1"),),
            ),
        ),
    ],
)
def test_sms_is_read_as_people_read_it(body, expected):
    """Numbered lines are options and addresses are links, as on WhatsApp."""
    assert received_from_twilio({"Body": body}) == expected


def test_a_second_link_in_a_body_is_seen():
    """A link in the text beside the button is a link too."""
    action = {"parameters": {"display_text": "Uno", "url": "https://a.example/1"}}
    text = "Elige\n\nDos: https://a.example/2."
    payload = {
        "type": "interactive",
        "interactive": {"type": "cta_url", "body": {"text": text}, "action": action},
    }
    links = (("Uno", "https://a.example/1"), ("Dos", "https://a.example/2"))
    assert received_from_graph(payload) == Received(kind="link", text=text, links=links)
