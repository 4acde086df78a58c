"""How the sandbox serves Telegram's Bot API."""

from lola.sandbox.random_values import random_digits, random_name
from lola.sandbox.stand_in import Credential, StandIn
from lola.sandbox.telegram.stub import TelegramStub

TELEGRAM = StandIn(
    name="telegram",
    title="Telegram Bot API",
    url="telegram_api_url",
    key="telegram_token",
    credentials=(
        Credential(
            name="telegram_token",
            setting="telegram_token",
            make=lambda: f"{random_digits(10)}:{random_name(35)}",
        ),
        Credential(
            name="telegram_secret_token",
            setting="telegram_secret_token",
            make=lambda: random_name(40),
        ),
    ),
    make=lambda credentials, clock: TelegramStub(credentials["telegram_token"], clock),
)
