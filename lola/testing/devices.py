"""The simulated device of each channel: the device, its address, and what it has received.

A new channel is added to the harness here and nowhere else in this package.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal

import aiohttp

from lola.app import Service
from lola.domain.clock import Clock
from lola.domain.messages import Address
from lola.sandbox.message_log import SentMessage
from lola.sandbox.server import Sandbox
from lola.testing.chatwoot import ChatwootDevice, ChatwootWebhooks, received_from_chatwoot
from lola.testing.device import Device, Received
from lola.testing.sms import SmsDevice, received_from_twilio
from lola.testing.telegram import TelegramDevice, received_from_telegram
from lola.testing.twilio_whatsapp import TwilioWhatsAppDevice, received_from_twilio_whatsapp
from lola.testing.whatsapp import WhatsAppDevice, received_from_graph
from lola.text.phone_numbers import canonical

ChannelName = Literal["whatsapp", "sms", "twilio_whatsapp", "telegram", "chatwoot"]

Made = tuple[Device, Address, Callable[[], list[Received]]]
Maker = Callable[[Service, Sandbox, aiohttp.ClientSession, Clock, str, str], Made]
"""Called with the service, its sandbox, a session, the clock, the number and the profile name."""


def _whatsapp(
    service: Service,
    sandbox: Sandbox,
    http: aiohttp.ClientSession,
    clock: Clock,
    number: str,
    name: str,
) -> Made:
    settings, digits = service.settings, number.lstrip("+")
    device = WhatsAppDevice(
        http,
        service.url,
        settings.whatsapp_app_secret.get_secret_value(),
        settings.phone_number_id,
        digits,
        name,
        clock,
    )
    address = Address(
        channel="whatsapp",
        account=settings.phone_number_id,
        sender=digits,
        phone=canonical(digits),
    )
    return device, address, lambda: _seen(sandbox.graph.messages_to(digits), received_from_graph)


def _sms(
    service: Service,
    sandbox: Sandbox,
    http: aiohttp.ClientSession,
    _clock: Clock,
    number: str,
    _name: str,
) -> Made:
    settings = service.settings
    device = SmsDevice(
        http,
        service.url,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_account_sid,
        settings.twilio_from,
        number,
        public_url=settings.public_url,
        carrier=sandbox.twilio.note_inbound,
    )
    address = Address(
        channel="sms", account=settings.twilio_from, sender=number, phone=canonical(number)
    )
    return device, address, lambda: _seen(sandbox.twilio.messages_to(number), received_from_twilio)


def _twilio_whatsapp(
    service: Service,
    sandbox: Sandbox,
    http: aiohttp.ClientSession,
    _clock: Clock,
    number: str,
    _name: str,
) -> Made:
    settings, sender = service.settings, f"whatsapp:{number}"
    device = TwilioWhatsAppDevice(
        http,
        service.url,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_account_sid,
        settings.twilio_whatsapp_from,
        sender,
        public_url=settings.public_url,
        carrier=sandbox.twilio.note_inbound,
    )
    address = Address(
        channel="twilio_whatsapp",
        account=settings.twilio_whatsapp_from,
        sender=sender,
        phone=canonical(number),
    )
    received = partial(received_from_twilio_whatsapp, origin=settings.public_url)
    return device, address, lambda: _seen(sandbox.twilio.messages_to(sender), received)


def _telegram(
    service: Service,
    sandbox: Sandbox,
    http: aiohttp.ClientSession,
    clock: Clock,
    number: str,
    name: str,
) -> Made:
    settings = service.settings
    device = TelegramDevice(
        http,
        service.url,
        settings.telegram_secret_token.get_secret_value(),
        number,
        name,
        clock,
    )
    account = settings.telegram_token.get_secret_value().partition(":")[0]
    address = Address(channel="telegram", account=account, sender=str(device.user))
    return (
        device,
        address,
        lambda: _seen(sandbox.telegram.messages_to(address.sender), received_from_telegram),
    )


def _chatwoot(
    service: Service,
    sandbox: Sandbox,
    http: aiohttp.ClientSession,
    clock: Clock,
    number: str,
    name: str,
) -> Made:
    settings = service.settings
    secret, account = settings.chatwoot_webhook_secret, settings.chatwoot_account_id
    webhooks = ChatwootWebhooks(http, service.url, secret.get_secret_value(), account, clock)
    device = ChatwootDevice(sandbox.chatwoot, webhooks, number, name)
    thread = str(device.conversation["id"])
    address = Address(channel="chatwoot", account=account, sender=thread, phone=canonical(number))
    return (
        device,
        address,
        lambda: _seen(sandbox.chatwoot.messages_to(thread), received_from_chatwoot),
    )


LINES: dict[ChannelName, Maker] = {
    "whatsapp": _whatsapp,
    "sms": _sms,
    "twilio_whatsapp": _twilio_whatsapp,
    "telegram": _telegram,
    "chatwoot": _chatwoot,
}


def _seen(
    delivered: Iterable[SentMessage], received: Callable[[dict[str, object]], Received]
) -> list[Received]:
    return [received(item.message) for item in delivered]
