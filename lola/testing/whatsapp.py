"""Connects a simulated WhatsApp sender to the service and to Meta's stand-in."""

from lola.domain.messages import Address
from lola.sandbox.whatsapp.stub import GraphStub
from lola.testing.device import WhatsAppPhone, received_from_graph
from lola.testing.simulated_channel import (
    Connection,
    SimulatedChannel,
    SimulatedSender,
    received,
)
from lola.text.phone_numbers import canonical


def _connect(connection: Connection, number: str, name: str) -> SimulatedSender:
    settings, digits = connection.service.settings, number.lstrip("+")
    device = WhatsAppPhone(
        connection.http,
        connection.service.url,
        settings.whatsapp_app_secret.get_secret_value(),
        settings.phone_number_id,
        digits,
        name,
        connection.clock,
    )
    address = Address(
        channel=WHATSAPP.name,
        account=settings.phone_number_id,
        sender=digits,
        phone=canonical(digits),
    )
    stub = connection.sandbox.channel(GraphStub)
    return SimulatedSender(
        device=device,
        address=address,
        inbox=lambda: received(stub.messages_to(digits), received_from_graph),
    )


WHATSAPP = SimulatedChannel(name="whatsapp", connect=_connect)
