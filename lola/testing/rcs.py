"""A simulated sender of the bank's RCS, on the same telephone line as their SMS.

It is no channel of its own: the service knows one person on `sms`, whichever way a message takes.
"""

from functools import partial

from lola.domain.messages import Address
from lola.sandbox.twilio.stub import TwilioStub
from lola.settings import secrets_in
from lola.testing.device import Posted
from lola.testing.simulated_channel import ConnectedDevice, Connection, SimulatedChannel, received
from lola.testing.sms import SmsDevice
from lola.testing.twilio_whatsapp import received_from_twilio_whatsapp
from lola.text.phone_numbers import canonical

RCS_PREFIX = "rcs:"


class RcsDevice(SmsDevice):
    """One user; what is offered can be tapped."""

    def _ids(self) -> dict[str, str]:
        return {"From": f"{RCS_PREFIX}{self.number}"}

    async def tap(self, option_id: str, title: str) -> Posted:
        """Tap a suggestion."""
        tapped = {"ButtonPayload": option_id, "ButtonText": title}
        return await self._send({"Body": title, "NumMedia": "0", **tapped})


def _connect(connection: Connection, number: str, _name: str) -> ConnectedDevice:
    settings, stub = connection.service.settings, connection.sandbox.channel(TwilioStub)
    device = RcsDevice(
        connection.http,
        connection.service.url,
        secrets_in(settings.twilio_auth_token)[0],
        settings.twilio_account_sid,
        settings.twilio_rcs_from,
        number,
        public_url=settings.public_url,
        # An opt-out holds for the line.
        carrier=lambda sender, body: stub.note_inbound(sender.removeprefix(RCS_PREFIX), body),
    )
    device.api = settings.twilio_api_url
    address = Address(
        channel="sms", account=settings.twilio_from, sender=number, phone=canonical(number)
    )
    read = partial(received_from_twilio_whatsapp, origin=settings.public_url, shelf=stub.shelf)
    return ConnectedDevice(
        device=device, address=address, inbox=lambda: received(stub.messages_to(number), read)
    )


RCS = SimulatedChannel(name="sms", connect=_connect)
