"""Telegram, against the stand-in of the Bot API."""

from channels.telegram import TelegramConnector
from channels.telegram.api import BotApi
from lola.domain.clock import system_clock
from lola.safety.input.redaction import redact
from lola.sandbox.telegram.stub import TelegramStub
from lola.testing.telegram import TelegramDevice, received_from_telegram, user_of
from tests.contract.bench import Channel

TOKEN, SECRET = "4200001:bot-token-1", "secret-1"
NUMBER = "+525512345678"

TELEGRAM = Channel(
    name="telegram",
    connector=TelegramConnector,
    business="4200001",
    sender=str(user_of(NUMBER)),
    phone_number=None,
    signature="X-Telegram-Bot-Api-Secret-Token",
    signs_body=False,
    stub=lambda: TelegramStub(TOKEN, system_clock),
    settings=lambda url: {
        "telegram_token": TOKEN,
        "telegram_secret_token": SECRET,
        "telegram_api_url": f"{url}/provider",
    },
    device=lambda http, url, _stub: TelegramDevice(http, url, SECRET, NUMBER, "Ana", system_clock),
    received=received_from_telegram,
    faults={"stopped": "401", "busy": "429", "rejected": "400", "opted out": "403"},
    without_secret={"telegram_token": "", "telegram_secret_token": ""},
    with_wrong_token={"telegram_token": "4200001:other"},
    reference=None,
    hasty=lambda http, url, seconds: TelegramConnector(
        api=BotApi(http, f"{url}/provider", TOKEN, seconds=seconds),
        account="4200001",
        secrets=(SECRET,),
        redact=redact,
    ),
)
