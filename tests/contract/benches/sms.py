"""SMS through Twilio, against the stand-in of Twilio's API."""

from urllib.parse import unquote

from channels.sms import SmsConnector
from lola.domain.clock import system_clock
from lola.sandbox.twilio.stub import TwilioStub
from lola.settings import Settings
from lola.testing.sms import SmsDevice, received_from_twilio
from tests.contract.bench import PUBLIC, Channel

BUSINESS, SENDER = "+15550100002", "+525512345678"
SID, TOKEN = "AC00000000000000000000000000000000", "twilio-token-1"


def settings(url):
    return {
        "twilio_account_sid": SID,
        "twilio_auth_token": TOKEN,
        "twilio_api_url": f"{url}/provider",
    }


SMS = Channel(
    name="sms",
    connector=SmsConnector,
    business=BUSINESS,
    sender=SENDER,
    phone_number="+525512345678",
    signature="X-Twilio-Signature",
    stub=lambda: TwilioStub(SID, TOKEN, system_clock),
    settings=settings,
    device=lambda http, url, _stub: SmsDevice(
        http, url, TOKEN, SID, BUSINESS, SENDER, public_url=PUBLIC
    ),
    received=received_from_twilio,
    faults={"stopped": "20003", "busy": "20429", "rejected": "21211", "opted out": "21610"},
    without_secret={"twilio_auth_token": ""},
    with_wrong_token={"twilio_auth_token": "other"},
    reference=lambda message: unquote(
        message["StatusCallback"].removeprefix(f"{PUBLIC}/webhooks/sms/status?ref=")
    ),
    hasty=lambda http, url, seconds: SmsConnector(
        Settings(webhook_url=PUBLIC, **settings(url)), http, seconds=seconds
    ),
)
