"""RCS in the running service: suggestions to tap, and one person with their SMS."""

import pytest

from lola.sandbox.twilio.stub import TwilioStub
from lola.testing.harness import Harness
from lola.testing.rcs import RCS

pytestmark = [pytest.mark.e2e]


async def test_a_transfer_by_rcs_is_tapped_through_to_its_link(lola_harness: Harness) -> None:
    """Each choice is a tap on a suggestion, and every message goes through the service that falls
    back to SMS.
    """
    sender = lola_harness.sender(lola_harness.new_number(), way=RCS)
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    summary = await sender.choose("OXXO")
    assert "Rosa Hernández" in summary.replies[-1].text
    assert summary.replies[-1].options[0][0].startswith("draft:confirm")
    linked = await sender.choose("Confirmar")
    assert any(reply.links for reply in linked.replies)
    assert linked.state["tickets"]
    stub = lola_harness.sandbox.channel(TwilioStub)
    service = lola_harness.service.settings.twilio_messaging_service
    assert {sent.message.get("MessagingServiceSid") for sent in stub.sent} == {service}
    assert all("From" not in sent.message for sent in stub.sent)


async def test_sms_and_rcs_are_one_conversation(lola_harness: Harness) -> None:
    """What was said by SMS is known by RCS, and STOP by one holds for the other."""
    number = lola_harness.new_number()
    by_sms, by_rcs = (
        lola_harness.sender(number, channel="sms"),
        lola_harness.sender(number, way=RCS),
    )
    assert by_sms.conversation == by_rcs.conversation
    await by_rcs.turn(await by_sms.device.say("hola, quiero enviar 200 dólares a México"))
    stub = lola_harness.sandbox.channel(TwilioStub)
    assert "MessagingServiceSid" not in stub.sent[-1].message
    known = await by_rcs.say("en efectivo, a Rosa Hernández")
    assert stub.sent[-1].message["MessagingServiceSid"]
    assert any(option for reply in known.replies for option in reply.options)
    stopped = await by_rcs.say("STOP")
    assert stopped.route == "consent"
    count = len(stub.sent)
    quiet = await by_rcs.turn(await by_sms.device.say("hola"))
    assert quiet.replies == ()
    assert len(stub.sent) == count
