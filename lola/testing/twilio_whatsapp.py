"""A simulated WhatsApp user of a bank that uses Twilio.

Only the sandbox's Content templates can be displayed: the text of a bank's own templates is stored
at Twilio and is not in the message.
"""

from typing import Any

from lola.sandbox.twilio.rules import SHAPES, variables_of
from lola.testing.device import Kind, Posted, Received
from lola.testing.sms import SmsDevice, received_from_twilio


class TwilioWhatsAppDevice(SmsDevice):
    """One user; numbers on both sides carry the prefix `whatsapp:`."""

    path = "/webhooks/twilio_whatsapp"

    async def tap(self, option_id: str, title: str) -> Posted:
        """Tap a button or a row of a list."""
        tapped = {"ButtonPayload": option_id, "ButtonText": title}
        return await self._send({"Body": title, "NumMedia": "0", **tapped})


def received_from_twilio_whatsapp(message: dict[str, Any], origin: str) -> Received:
    """Return what the sender sees; `origin` is the start of a template's links."""
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
