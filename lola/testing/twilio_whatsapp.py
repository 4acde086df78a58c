"""A WhatsApp user whose bank is with Twilio: taps come as forms, and templates are seen as shapes.

Only the sandbox's own Content templates can be seen; what a bank's templates look like stands at
Twilio and not in the message.
"""

from functools import partial
from typing import Any

from lola.domain.messages import Address
from lola.sandbox.twilio.rules import SHAPES, WHATSAPP_PREFIX, variables_of
from lola.sandbox.twilio.stub import TwilioStub
from lola.testing.device import Kind, Posted, Received, SmsPhone, received_from_twilio
from lola.testing.simulated_channel import (
    Connection,
    SimulatedChannel,
    SimulatedSender,
    received,
)
from lola.text.phone_numbers import canonical


class TwilioWhatsAppPhone(SmsPhone):
    """One user; numbers on both sides carry the prefix `whatsapp:`."""

    path = "/webhooks/twilio_whatsapp"

    async def tap(self, option_id: str, title: str) -> Posted:
        """Tap a button or a row of a list."""
        tapped = {"ButtonPayload": option_id, "ButtonText": title}
        return await self._send({"Body": title, "NumMedia": "0", **tapped})


def received_from_twilio_whatsapp(message: dict[str, Any], origin: str) -> Received:
    """Answer what the user sees; `origin` is where the links of a template begin."""
    if "ContentSid" not in message:
        return received_from_twilio(message)
    kind, _, _ = SHAPES[message["ContentSid"]].partition("_")
    if kind == "template":
        return Received(kind="text", text="(template)")
    text, *rest = variables_of(message)
    if kind == "link":
        path, label = rest
        return Received(kind="link", text=text, links=((label, f"{origin}/{path}"),))
    shown: Kind = "buttons" if kind == "buttons" else "select"
    pairs = rest if kind == "buttons" else rest[1:]
    options = tuple(zip(pairs[1::2], pairs[::2], strict=True))
    return Received(kind=shown, text=text, options=options)


def _connect(connection: Connection, number: str, _name: str) -> SimulatedSender:
    settings, stub = connection.service.settings, connection.sandbox.channel(TwilioStub)
    sender = f"{WHATSAPP_PREFIX}{number}"
    device = TwilioWhatsAppPhone(
        connection.http,
        connection.service.url,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_account_sid,
        settings.twilio_whatsapp_from,
        sender,
        public_url=settings.public_url,
        carrier=stub.note_inbound,
    )
    address = Address(
        channel=TWILIO_WHATSAPP.name,
        account=settings.twilio_whatsapp_from,
        sender=sender,
        phone=canonical(number),
    )
    read = partial(received_from_twilio_whatsapp, origin=settings.public_url)
    return SimulatedSender(
        device=device, address=address, inbox=lambda: received(stub.messages_to(sender), read)
    )


TWILIO_WHATSAPP = SimulatedChannel(name="twilio_whatsapp", connect=_connect)
