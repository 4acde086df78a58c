"""A simulated SMS user behind Twilio."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

from lola.domain.messages import Address
from lola.sandbox.files import SentFile
from lola.sandbox.twilio.stub import TwilioStub
from lola.settings import secrets_in
from lola.testing.device import (
    Inbox,
    Kind,
    Posted,
    Received,
    addresses,
    no_inbox,
    numbered,
    post_webhook,
)
from lola.testing.simulated_channel import ConnectedDevice, Connection, SimulatedChannel, received
from lola.text.phone_numbers import canonical


class SmsDevice:
    """One SMS user behind Twilio. `public_url` is what Twilio signs, if not `gateway_url`.

    `carrier` is called with number and text before the webhook, as Twilio sees them first.
    """

    path = "/webhooks/sms"
    api = "https://api.twilio.com"

    def __init__(
        self,
        http: aiohttp.ClientSession,
        gateway_url: str,
        auth_token: str,
        account_sid: str,
        business_number: str,
        number: str,
        *,
        public_url: str = "",
        inbox: Inbox = no_inbox,
        carrier: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        self.number = number
        self.inbox = inbox
        self._http = http
        self._url = f"{gateway_url.rstrip('/')}{self.path}"
        self._signed_url = f"{(public_url or gateway_url).rstrip('/')}{self.path}"
        self._token = auth_token.encode()
        self._account_sid = account_sid
        self._business_number = business_number
        self._carrier = carrier
        self._last = b"", {"": ""}, ""

    async def say(self, text: str) -> Posted:
        """Write a text."""
        return await self._send({"Body": text, "NumMedia": "0"})

    async def tap(self, option_id: str, title: str) -> Posted:  # noqa: ARG002 - same signature on every channel
        """Write the number of an option; SMS has nothing to tap."""
        return await self.say(option_id)

    async def share_contact(self, name: str, *numbers: str) -> Posted:  # noqa: ARG002 - same signature on every channel
        """Share a contact card: on SMS a file that the service never fetches."""
        return await self.send_media("text/x-vcard")

    async def send_media(
        self, media: str, caption: str = "", *, file: SentFile | None = None
    ) -> Posted:
        """Send a file of a MIME type, or of a kind such as `image`."""
        mime = media if "/" in media else f"{media}/unknown"
        url = "https://api.twilio.com/media/ME0"
        if file is not None:
            mime = file.mime
            url = f"{self.api}/2010-04-01/Accounts/{self._account_sid}/Messages/MM1/Media/{file.id}"
        sent = {"MediaUrl0": url, "MediaContentType0": mime}
        return await self._send({"Body": caption, "NumMedia": "1", **sent})

    async def send_place(self, latitude: float, longitude: float) -> Posted | None:  # noqa: ARG002 - same signature on every channel
        """Return None: a text message has no place."""
        return None

    async def prove(self) -> None:
        """Do nothing: the carrier tells the number with every message."""

    def _ids(self) -> dict[str, str]:
        return {"From": self.number}

    async def _send(self, content: dict[str, str]) -> Posted:
        message_id = f"SM{uuid4().hex}"
        self._carrier(self._ids()["From"], content.get("Body", ""))
        form = {
            "MessageSid": message_id,
            "SmsSid": message_id,
            "SmsStatus": "received",
            "AccountSid": self._account_sid,
            **self._ids(),
            "To": self._business_number,
            "FromCity": "",
            "NumSegments": "1",
            **content,
        }
        signed = self._signed_url + "".join(key + form[key] for key in sorted(form))
        digest = hmac.new(self._token, signed.encode(), hashlib.sha1).digest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": base64.b64encode(digest).decode(),
            "I-Twilio-Idempotency-Token": str(uuid4()),
        }
        self._last = urlencode(form).encode(), headers, message_id
        return await self.repeat()

    async def repeat(self) -> Posted:
        """Deliver the newest webhook again."""
        body, headers, message_id = self._last
        status = await post_webhook(self._http, self._url, body, headers)
        return Posted(status=status, message_id=message_id)


def received_from_twilio(message: dict[str, Any]) -> Received:
    """Return what a sender sees: numbered lines are options, with the number as id."""
    text = message["Body"]
    options = numbered(text)
    links = addresses(text)
    kind: Kind = "link" if links else "text"
    if options:
        kind = "buttons" if len(options) <= 3 else "select"
    return Received(kind=kind, text=text, options=options, links=links)


def _connect(connection: Connection, number: str, _name: str) -> ConnectedDevice:
    settings, stub = connection.service.settings, connection.sandbox.channel(TwilioStub)
    device = SmsDevice(
        connection.http,
        connection.service.url,
        secrets_in(settings.twilio_auth_token)[0],
        settings.twilio_account_sid,
        settings.twilio_from,
        number,
        public_url=settings.public_url,
        carrier=stub.note_inbound,
    )
    device.api = settings.twilio_api_url
    address = Address(
        channel=SMS.name, account=settings.twilio_from, sender=number, phone=canonical(number)
    )
    return ConnectedDevice(
        device=device,
        address=address,
        inbox=lambda: received(stub.messages_to(number), received_from_twilio),
    )


SMS = SimulatedChannel(name="sms", connect=_connect)
