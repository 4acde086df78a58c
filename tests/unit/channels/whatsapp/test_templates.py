"""What Meta's webhooks say of our templates (`channels.whatsapp.templates`)."""

import json

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.whatsapp.connector import WhatsAppConnector
from channels.whatsapp.graph import GraphClient
from channels.whatsapp.parsing import Rules
from channels.whatsapp.templates import STATUSES, GraphTemplates, reported
from lola.channel.contract import RawRequest
from lola.channel.templates import MessageTemplate, ProviderTemplate
from lola.domain.clock import system_clock
from lola.errors import MalformedPayloadError, RejectedError
from lola.safety.input.redaction import redact
from lola.sandbox.whatsapp.stub import GraphStub

VALUE = {
    "event": "REJECTED",
    "message_template_id": 1689556908129835,
    "message_template_name": "lola_transfer_failed_74e14cb2",
    "message_template_language": "es",
    "message_template_category": "UTILITY",
    "reason": "INVALID_FORMAT",
    "rejection_info": {"reason": "A variable ends it.", "recommendation": "Add words."},
}


def body_of(*values, field="message_template_status_update"):
    changes = [{"field": field, "value": value} for value in values]
    entry = {"id": "1", "time": 1751247548, "changes": changes}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def news(**changes):
    (found,) = reported(body_of(VALUE | changes))
    return found


def test_a_rejection_has_its_reason_and_advice():
    """As documented, with a number as id (reference/channels.md 1.14)."""
    assert news() == ProviderTemplate(
        name="lola_transfer_failed_74e14cb2",
        language="es",
        status="rejected",
        id="1689556908129835",
        category="UTILITY",
        reason="INVALID_FORMAT: A variable ends it.: Add words.",
    )


@pytest.mark.parametrize(
    ("event", "title", "status"),
    [
        ("APPROVED", "", "approved"),
        ("FLAGGED", "", "approved"),
        ("LOCKED", "FIRST_PAUSE", "paused"),
        ("LOCKED", "UNPAUSE", "approved"),
        ("PAUSED", "SECOND_PAUSE", "paused"),
        ("DISABLED", "", "disabled"),
        ("PENDING_DELETION", "", "disabled"),
    ],
)
def test_each_event_says_whether_it_may_be_sent(event, title, status):
    """The title of a pause tells more than the event; a null reason is none."""
    found = news(event=event, reason=None, rejection_info=None, other_info={"title": title})
    assert (found.status, found.reason) == (status, title)


def test_a_language_with_a_hyphen_is_metas_code():
    """Meta's own sample writes `en-US` (reference/channels.md 1.14)."""
    assert news(message_template_language="es-MX").language == "es_MX"


@pytest.mark.parametrize(
    "changes",
    [
        {"message_template_name": "seguir_chat"},
        {"message_template_name": 5},
        {"event": "SOMETHING_NEW"},
        {"event": None},
    ],
)
def test_other_templates_and_unknown_events_say_nothing(changes):
    """A bank's own templates are not ours to watch; the next look finds a new kind of status."""
    assert tuple(reported(body_of(VALUE | changes))) == ()


def test_every_change_is_read_and_no_other_field():
    """Webhooks come in batches."""
    assert len(tuple(reported(body_of(VALUE, VALUE)))) == 2
    assert tuple(reported(body_of(VALUE, field="template_category_update"))) == ()
    assert set(STATUSES.values()) <= {"approved", "pending", "rejected", "paused", "disabled"}


def test_the_connector_reads_them_beside_messages():
    """A delivery without templates is not read twice, and a broken one is refused as ever."""
    connector = WhatsAppConnector(
        graph=GraphClient(None, "", "t"),
        app_secrets=(),
        verify_tokens=(),
        rules=Rules(redact=redact),
    )

    def parse(body):
        return connector.parse(RawRequest(method="POST", path="/", headers={}, body=body, query={}))

    assert [one.status for one in parse(body_of(VALUE)).templates] == ["rejected"]
    assert parse(body_of({"statuses": []}, field="messages")).templates == ()
    with pytest.raises(MalformedPayloadError):
        parse(b'{"object": "whatsapp_business_account", "entry": 5}')


async def test_metas_words_on_a_refused_creation_are_the_hint():
    """An operator reads what Meta says to people (reference/channels.md 1.14)."""
    stub = GraphStub("token", system_clock)
    app = web.Application()
    stub.add_routes(app, "")
    template = MessageTemplate(key="x", language="fr", text="Bonjour et merci")
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        graph = GraphClient(http, str(server.make_url("/")), "token")
        with pytest.raises(RejectedError) as refusal:
            await GraphTemplates(graph, "1").submit(template)
    assert (refusal.value.provider_code, stub.shelf.templates) == ("100", {})
    assert "language must be one of" in refusal.value.hint
