"""WhatsApp through Twilio, against the stand-in of Twilio's API with all its Content templates."""

from functools import partial
from urllib.parse import unquote

from channels.sms import TwilioWhatsAppConnector
from lola.domain.clock import system_clock
from lola.sandbox.twilio.rules import CONTENTS, SHAPED, TEMPLATE_EN, TEMPLATE_ES
from lola.sandbox.twilio.stub import TwilioStub
from lola.settings import Settings
from lola.testing.twilio_whatsapp import TwilioWhatsAppDevice, received_from_twilio_whatsapp
from tests.contract.bench import PUBLIC, Channel

BUSINESS, SENDER = "whatsapp:+15550100002", "whatsapp:+5215512345678"
SID, TOKEN = "AC00000000000000000000000000000000", "twilio-token-1"


def settings(url):
    return {
        "twilio_account_sid": SID,
        "twilio_auth_token": TOKEN,
        "twilio_api_url": f"{url}/provider",
        "twilio_contents": dict(SHAPED),
        "twilio_template_es": CONTENTS[TEMPLATE_ES],
        "twilio_template_en": CONTENTS[TEMPLATE_EN],
    }


TWILIO_WHATSAPP = Channel(
    name="twilio_whatsapp",
    connector=TwilioWhatsAppConnector,
    business=BUSINESS,
    sender=SENDER,
    phone_number="+525512345678",
    signature="X-Twilio-Signature",
    stub=lambda: TwilioStub(SID, TOKEN, system_clock),
    settings=settings,
    device=lambda http, url, _stub: TwilioWhatsAppDevice(
        http, url, TOKEN, SID, BUSINESS, SENDER, public_url=PUBLIC
    ),
    received=partial(received_from_twilio_whatsapp, origin=PUBLIC),
    faults={
        "stopped": "20003",
        "busy": "20429",
        "rejected": "21211",
        "opted out": "63014",
        "window closed": "63016",
    },
    without_secret={"twilio_auth_token": ""},
    with_wrong_token={"twilio_auth_token": "other"},
    reference=lambda message: unquote(
        message["StatusCallback"].removeprefix(f"{PUBLIC}/webhooks/twilio_whatsapp/status?ref=")
    ),
    hasty=lambda http, url, seconds: TwilioWhatsAppConnector(
        Settings(webhook_url=PUBLIC, **settings(url)), http, seconds=seconds
    ),
)
