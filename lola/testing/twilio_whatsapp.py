"""A simulated WhatsApp user of a bank that uses Twilio.

Only the stand-in's own contents can be displayed: the text of a bank's is stored at Twilio and is
not in the message.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from lola.domain.messages import SHARE_NUMBER, Address
from lola.sandbox.twilio.contents import ContentShelf
from lola.sandbox.twilio.rules import SHAPES, WHATSAPP_PREFIX, variables_of
from lola.sandbox.twilio.stub import TwilioStub
from lola.settings import secrets_in
from lola.testing.device import Kind, Posted, Received
from lola.testing.simulated_channel import ConnectedDevice, Connection, SimulatedChannel, received
from lola.testing.sms import SmsDevice, received_from_twilio
from lola.text.phone_numbers import canonical


class TwilioWhatsAppDevice(SmsDevice):
    """One user; addresses on both sides carry the prefix `whatsapp:`.

    With a `user_id` Twilio tells it with every message: beside the number, or in its place while
    `shows_number` is false.
    """

    path = "/webhooks/twilio_whatsapp"
    user_id = ""
    shows_number = True
    introduce: Callable[[str, str], None] = staticmethod(lambda *_: None)

    def _ids(self) -> dict[str, str]:
        if self.user_id:
            self.introduce(self.user_id, self.number)
        known = {"ExternalUserId": self.user_id} if self.user_id else {}
        if not self.shows_number:
            return {"From": self.user_id, **known}
        return {"From": self.number, "WaId": self.number.partition("+")[2], **known}

    async def prove(self) -> None:
        """Share the number in the chat: from now on Twilio tells it."""
        self.shows_number = True

    async def send_place(self, latitude: float, longitude: float) -> Posted:
        """Send a place."""
        place = {"Latitude": str(latitude), "Longitude": str(longitude)}
        return await self._send({"Body": "", "NumMedia": "0", **place})

    async def tap(self, option_id: str, title: str) -> Posted:
        """Tap a button or a row of a list."""
        tapped = {"ButtonPayload": option_id, "ButtonText": title}
        return await self._send({"Body": title, "NumMedia": "0", **tapped})


def received_from_twilio_whatsapp(
    message: dict[str, Any], origin: str, shelf: ContentShelf | None = None
) -> Received:
    """Return what the sender sees; `origin` is the start of a template's links.

    `shelf` has the texts of the contents that were created at the stand-in.
    """
    if "ContentSid" not in message:
        return received_from_twilio(message)
    if shelf is not None and message["ContentSid"] in shelf.contents:
        return Received(kind="text", text=shelf.text_of(message))
    kind, _, _ = SHAPES[message["ContentSid"]].partition("_")
    if kind == "template":
        return Received(kind="text", text="(template)")
    text, *rest = variables_of(message)
    if kind == "number":
        return Received(kind="buttons", text=text, options=((SHARE_NUMBER, kind),))
    if kind == "link":
        path, label = rest
        return Received(kind="link", text=text, links=((label, f"{origin}/{path}"),))
    shown: Kind = "buttons" if kind == "buttons" else "select"
    pairs = rest if kind == "buttons" else rest[1:]
    options = tuple(zip(pairs[1::2], pairs[::2], strict=True))
    return Received(kind=shown, text=text, options=options)


def _connect(connection: Connection, number: str, _name: str) -> ConnectedDevice:
    settings, stub = connection.service.settings, connection.sandbox.channel(TwilioStub)
    sender = f"{WHATSAPP_PREFIX}{number}"
    device = TwilioWhatsAppDevice(
        connection.http,
        connection.service.url,
        secrets_in(settings.twilio_auth_token)[0],
        settings.twilio_account_sid,
        settings.twilio_whatsapp_from,
        sender,
        public_url=settings.public_url,
        carrier=stub.note_inbound,
    )
    device.introduce, device.api = stub.introduce, settings.twilio_api_url
    address = Address(
        channel=TWILIO_WHATSAPP.name,
        account=settings.twilio_whatsapp_from,
        sender=sender,
        phone=canonical(number),
    )
    read = partial(received_from_twilio_whatsapp, origin=settings.public_url, shelf=stub.shelf)
    return ConnectedDevice(
        device=device, address=address, inbox=lambda: received(stub.messages_to(sender), read)
    )


TWILIO_WHATSAPP = SimulatedChannel(name="twilio_whatsapp", connect=_connect)
