"""Connects a simulated SMS sender to the service and to Twilio's stand-in."""

from lola.domain.messages import Address
from lola.sandbox.twilio.stub import TwilioStub
from lola.testing.device import SmsPhone, received_from_twilio
from lola.testing.simulated_channel import (
    Connection,
    SimulatedChannel,
    SimulatedSender,
    received,
)
from lola.text.phone_numbers import canonical


def _connect(connection: Connection, number: str, _name: str) -> SimulatedSender:
    settings, stub = connection.service.settings, connection.sandbox.channel(TwilioStub)
    device = SmsPhone(
        connection.http,
        connection.service.url,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_account_sid,
        settings.twilio_from,
        number,
        public_url=settings.public_url,
        carrier=stub.note_inbound,
    )
    address = Address(
        channel=SMS.name, account=settings.twilio_from, sender=number, phone=canonical(number)
    )
    return SimulatedSender(
        device=device,
        address=address,
        inbox=lambda: received(stub.messages_to(number), received_from_twilio),
    )


SMS = SimulatedChannel(name="sms", connect=_connect)
