"""SMS through Twilio, against the stand-in of Twilio's API."""

from urllib.parse import unquote

from channels.sms import SmsConnector
from channels.sms.api import TwilioClient
from lola.clock import system_clock
from lola.qa.phone import SmsPhone, received_from_twilio
from lola.safety.redaction import redact
from lola.sandbox.twilio import TwilioStub
from tests.contract.bench import PUBLIC, Channel

BUSINESS, SENDER = "+15550100002", "+525512345678"
SID, TOKEN = "AC00000000000000000000000000000000", "twilio-token-1"

SMS = Channel(
    name="sms",
    connector=SmsConnector,
    business=BUSINESS,
    sender=SENDER,
    phone_number="+525512345678",
    signature="X-Twilio-Signature",
    stub=lambda: TwilioStub(SID, TOKEN, system_clock),
    settings=lambda url: {
        "twilio_account_sid": SID,
        "twilio_auth_token": TOKEN,
        "twilio_api_url": f"{url}/provider",
    },
    phone=lambda http, url: SmsPhone(http, url, TOKEN, SID, BUSINESS, SENDER, public_url=PUBLIC),
    received=received_from_twilio,
    faults={"stopped": "20003", "busy": "20429", "rejected": "21211", "opted out": "21610"},
    without_secret={"twilio_auth_token": ""},
    with_wrong_token={"twilio_auth_token": "other"},
    reference=lambda message: unquote(
        message["StatusCallback"].removeprefix(f"{PUBLIC}/webhooks/sms/status?ref=")
    ),
    hasty=lambda http, url, seconds: SmsConnector(
        client=TwilioClient(http, f"{url}/provider", SID, TOKEN, seconds=seconds),
        public_url=PUBLIC,
        account_sid=SID,
        auth_token="",
        redact=redact,
    ),
)
