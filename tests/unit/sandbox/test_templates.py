"""Meta's and Twilio's stand-ins refuse the templates that the providers refuse, and their sends."""

import json

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.sandbox.twilio.contents import ContentError, ContentShelf
from lola.sandbox.twilio.stub import TwilioStub
from lola.sandbox.whatsapp.stub import GraphStub
from tests.support import ManualClock

TO = "+525512345678"
SID = "AC00000000000000000000000000000000"
TEXT = "El dinero llegó a {{%s}} hoy; la referencia es {{%s}} y puede preguntar aquí."
CREATION = {
    "name": "lola_paid_1",
    "language": "es",
    "category": "UTILITY",
    "parameter_format": "NAMED",
    "components": [
        {
            "type": "BODY",
            "text": TEXT % ("recipient", "reference"),
            "example": {
                "body_text_named_params": [
                    {"param_name": "recipient", "example": "Rosa"},
                    {"param_name": "reference", "example": "op_1"},
                ]
            },
        }
    ],
}
VALUES = {"recipient": "Rosa", "reference": "op_1"}
CONTENT = {
    "friendly_name": "lola_paid_1",
    "language": "es",
    "variables": {"1": "Rosa", "2": "op_1"},
    "types": {"twilio/text": {"body": TEXT % ("1", "2")}},
}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def graph(clock):
    """Meta with one approved template, and a sender who wrote 25 hours ago."""
    stub = GraphStub("token", clock)
    stub.shelf.create(CREATION)
    stub.shelf.review("APPROVED")
    stub.note_inbound(TO)
    clock.advance(hours=25)
    app = web.Application()
    stub.add_routes(app, "")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        async def send(values, name="lola_paid_1", language="es"):
            parameters = [
                {"type": "text", "parameter_name": key, "text": one} for key, one in values.items()
            ]
            template = {
                "name": name,
                "language": {"code": language},
                "components": [{"type": "body", "parameters": parameters}],
            }
            body = {"messaging_product": "whatsapp", "to": TO, "type": "template"}
            async with http.post(
                server.make_url("/v26.0/700/messages"),
                json=body | {"template": template},
                headers={"Authorization": "Bearer token"},
            ) as response:
                answer = await response.json()
            return response.status, answer.get("error", {}).get("code")

        yield stub, send


async def test_an_approved_template_passes_a_closed_window(graph):
    """Nothing else does (reference/channels.md 1.7)."""
    stub, send = graph
    assert await send(VALUES) == (200, None)
    (sent,) = stub.messages_to(TO)
    assert stub.shelf.text_of(sent.message["template"]).startswith("El dinero llegó a Rosa hoy;")


@pytest.mark.parametrize(
    ("values", "where", "status", "code"),
    [
        ({"recipient": "Rosa"}, {}, 400, 132000),
        ({"recipient": "Rosa", "amount": "1"}, {}, 400, 132012),
        (VALUES | {"recipient": "Rosa\nLuz"}, {}, 400, 132018),
        (VALUES | {"recipient": "Rosa      Luz"}, {}, 400, 132018),
        (VALUES | {"recipient": ""}, {}, 400, 132018),
        (VALUES | {"recipient": "x" * 1000}, {}, 400, 132005),
        (VALUES, {"language": "en"}, 404, 132001),
        (VALUES, {"language": "es_MX"}, 404, 132001),
        (VALUES, {"name": "lola_paid_2"}, 404, 132001),
    ],
)
async def test_meta_refuses_wrong_values_and_unknown_templates(graph, values, where, status, code):
    """Number, names, blanks, length, and the exact language (reference/channels.md 1.14)."""
    stub, send = graph
    assert await send(values, **where) == (status, code)
    assert stub.sent == []


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("PENDING", 404, 132001),
        ("REJECTED", 404, 132001),
        ("PAUSED", 400, 132015),
        ("DISABLED", 400, 132016),
    ],
)
async def test_meta_sends_only_what_it_approved(graph, state, status, code):
    """Each state has its own code (reference/channels.md 1.14)."""
    stub, send = graph
    stub.shelf.review(state)
    assert await send(VALUES) == (status, code)


@pytest.fixture
async def twilio(clock):
    """Twilio with one approved content, and a sender who wrote 25 hours ago."""
    stub = TwilioStub(SID, "secret", clock)
    content = stub.shelf.create(CONTENT)
    stub.shelf.submit(content.sid, {"name": "lola_paid_1", "category": "UTILITY"})
    stub.shelf.review("approved")
    stub.note_inbound(f"whatsapp:{TO}", "hola")
    clock.advance(hours=25)
    app = web.Application()
    stub.add_routes(app, "")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:

        async def send(**changes):
            form = {
                "To": f"whatsapp:{TO}",
                "From": "whatsapp:+15550100002",
                "StatusCallback": "http://127.0.0.1:8080/webhooks/x?ref=1",
                "ContentSid": content.sid,
                "ContentVariables": json.dumps({"1": "Rosa", "2": "op_1"}),
            } | changes
            async with http.post(
                server.make_url(f"/2010-04-01/Accounts/{SID}/Messages.json"),
                data=form,
                headers={"Authorization": aiohttp.encode_basic_auth(SID, "secret")},
            ) as response:
                answer = await response.json()
            return response.status, answer.get("code"), list(stub.failing.values())

        yield stub, send


async def test_an_approved_content_passes_a_closed_window(twilio):
    """It is delivered, and the recipient reads the values in their places."""
    stub, send = twilio
    assert await send() == (201, None, [])
    (sent,) = stub.messages_to(f"whatsapp:{TO}")
    assert stub.shelf.text_of(sent.message).startswith("El dinero llegó a Rosa hoy;")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"ContentSid": "HX" + "e" * 32}, (400, 21655, [])),
        ({"ContentVariables": "{"}, (400, 21656, [])),
        ({"ContentVariables": '{"1": "Rosa", "2": ""}'}, (400, 21656, [])),
        ({"ContentVariables": '{"1": 5, "2": "x"}'}, (400, 21656, [])),
        ({"Body": "hola"}, (400, 21619, [])),
        ({"ContentVariables": '{"1": "Rosa"}'}, (201, None, ["63028"])),
        ({"ContentVariables": '{"1": "Rosa\\n", "2": "x"}'}, (201, None, ["63021"])),
    ],
)
async def test_twilio_refuses_wrong_values_at_once_or_later(twilio, changes, outcome):
    """Forms at once, WhatsApp's rules in the callback (reference/channels.md 2.10)."""
    _, send = twilio
    assert await send(**changes) == outcome


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("unsubmitted", "63016"),
        ("pending", "63016"),
        ("rejected", "63040"),
        ("paused", "63041"),
        ("disabled", "63042"),
    ],
)
async def test_twilio_delivers_only_what_whatsapp_approved(twilio, state, code):
    """Outside the window; inside it a content needs no approval (reference/channels.md 2.4)."""
    stub, send = twilio
    stub.shelf.review(state)
    assert await send() == (201, None, [code])
    stub.note_inbound(f"whatsapp:{TO}", "hola")
    stub.failing.clear()
    stub.shelf.review("pending")
    assert await send() == (201, None, [])


@pytest.mark.parametrize(
    "change",
    [{"friendly_name": ""}, {"language": ""}, {"types": {}}, {"variables": {"1": ""}}],
)
def test_twilio_refuses_a_content_without_its_parts(change):
    """Name, language, text and samples are required."""
    with pytest.raises(ContentError):
        ContentShelf().create(CONTENT | change)


@pytest.mark.parametrize(
    "request_",
    [{"name": "Lola Paid", "category": "UTILITY"}, {"name": "lola_paid", "category": "SERVICE"}],
)
def test_twilio_refuses_a_wrong_name_or_category_and_a_second_request(request_):
    """One request per content."""
    shelf = ContentShelf()
    made = shelf.create(CONTENT)
    with pytest.raises(ContentError):
        shelf.submit(made.sid, request_)
    right = {"name": "lola_paid", "category": "UTILITY"}
    shelf.submit(made.sid, right)
    with pytest.raises(ContentError, match="already"):
        shelf.submit(made.sid, right)


@pytest.mark.parametrize(
    ("body", "samples"),
    [
        ("{{1}} recibió hoy su dinero", {"1": "Rosa"}),
        ("Hoy su dinero lo recibió {{1}}", {"1": "Rosa"}),
        ("Hoy {{1}} {{2}} recibió su dinero", {"1": "Rosa", "2": "Luz"}),
        ("Hoy {{1}} y {{3}} recibieron su dinero", {"1": "Rosa", "3": "Luz"}),
        ("Hoy {{1}} recibió su dinero", {}),
    ],
)
def test_whatsapp_rejects_misplaced_variables_in_review(body, samples):
    """Edges, neighbours, gaps and missing samples; the request itself is taken."""
    shelf = ContentShelf()
    made = shelf.create(CONTENT | {"types": {"twilio/text": {"body": body}}, "variables": samples})
    submitted = shelf.submit(made.sid, {"name": "lola_x", "category": "UTILITY"})
    assert submitted.status == "rejected"
    assert submitted.reason.startswith("INVALID_FORMAT")
