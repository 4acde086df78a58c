"""WhatsApp Business Cloud, against the stand-in of Meta's Graph API."""

from channels.whatsapp import WhatsAppConnector
from channels.whatsapp.graph import GraphClient
from channels.whatsapp.parsing import Rules
from lola.domain.clock import system_clock
from lola.safety.input.redaction import redact
from lola.sandbox.whatsapp.stub import GraphStub
from lola.testing.whatsapp import WhatsAppDevice, received_from_graph
from tests.contract.bench import Channel

BUSINESS, SENDER = "700800900", "5215512345678"
TOKEN, SECRET = "graph-token-1", "app-secret-1"

WHATSAPP = Channel(
    name="whatsapp",
    connector=WhatsAppConnector,
    business=BUSINESS,
    sender=SENDER,
    phone_number="+525512345678",
    signature="X-Hub-Signature-256",
    stub=lambda: GraphStub(TOKEN, system_clock, templates={("seguir_chat", "es_MX")}),
    settings=lambda url: {
        "token_whatsapp": TOKEN,
        "whatsapp_app_secret": f"{SECRET}, app-secret-2",
        "verify_token_whatsapp": "verify-1",
        "whatsapp_template_es": "seguir_chat:es_MX",
        "whatsapp_graph_url": f"{url}/provider",
    },
    device=lambda http, url, _stub: WhatsAppDevice(
        http, url, SECRET, BUSINESS, SENDER, "Ana", system_clock
    ),
    received=received_from_graph,
    faults={
        "stopped": "190",
        "busy": "131056",
        "rejected": "131026",
        "window closed": "131047",
        "opted out": "131050",
    },
    without_secret={"whatsapp_app_secret": ""},
    with_wrong_token={"token_whatsapp": "other"},
    reference=lambda message: message["biz_opaque_callback_data"],
    hasty=lambda http, url, seconds: WhatsAppConnector(
        graph=GraphClient(http, f"{url}/provider", TOKEN, seconds=seconds),
        app_secrets=(),
        verify_tokens=(),
        rules=Rules(redact=redact),
    ),
)
