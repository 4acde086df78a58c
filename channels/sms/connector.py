"""The Twilio connector: the contract of `lola.channel` over forms, for SMS and Twilio's WhatsApp.

SMS shows words only, so choices become numbered lines and links their address; what a tap would
have meant is decided behind the inbox, never here.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import quote

import aiohttp

from channels.door import Redact
from channels.outcomes import part_failed
from channels.sms import form, parsing, text
from lola.channel import (
    Capabilities,
    ConnectorBase,
    Parsed,
    RawRequest,
    Receipt,
    SendPolicy,
    WebhookReply,
)
from lola.clock import Clock
from lola.errors import ChannelError, ChannelStoppedError
from lola.messages import Address, Outbound
from lola.rendering import as_text, split
from lola.settings import Settings

if TYPE_CHECKING:
    from channels.sms.api import TwilioClient

NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class SmsConnector(ConnectorBase):
    """Twilio. Accounts are the numbers that senders write to (reference/channels.md 2)."""

    name = "sms"
    routes = ("/webhooks/sms", parsing.STATUS_PATH)
    body_limit = 256 * 1024
    capabilities = Capabilities(
        text=text.BODY_LIMIT,
        statuses=frozenset({"sent", "delivered", "read", "failed"}),
        sending=SendPolicy(correlation="reference"),
    )

    def __init__(
        self,
        *,
        client: "TwilioClient | LateClient | None",
        public_url: str,
        account_sid: str,
        auth_token: str,
        redact: Redact,
        opt_out: Literal["keywords", "advanced"] = "keywords",
    ) -> None:
        self._client = client
        self._public_url = public_url
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._redact = redact
        self._reads_words = opt_out == "keywords"

    @classmethod
    def build(cls, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Self:  # noqa: ARG003 - every connector is built alike
        """Make the connector from the settings; `http` stays the caller's to close.

        Without credentials it refuses every webhook and every send, and the SDK stays unloaded.
        """
        from lola.safety.redaction import redact

        sid, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
        return cls(
            client=LateClient(http, settings.twilio_api_url, sid, token) if sid and token else None,
            public_url=settings.public_url,
            account_sid=sid,
            auth_token=token,
            redact=redact,
            opt_out=settings.twilio_opt_out,
        )

    def verify(self, request: RawRequest) -> None:
        """Check Twilio's signature over address and form. Raises SignatureError."""
        form.check(request, self._public_url, self._auth_token)

    def parse(self, request: RawRequest) -> Parsed:
        """Read one message or one status. Raises MalformedPayloadError."""
        return parsing.parse(
            request, self._account_sid, self._redact, reads_words=self._reads_words
        )

    def accepted(self, request: RawRequest) -> WebhookReply:  # noqa: ARG002 - the contract's shape
        """Say nothing in TwiML: any other body would reach the sender (channels.md 2.2)."""
        return WebhookReply(body=NOTHING_TO_SAY, content_type="text/xml")

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        """Send one message as one or more bodies; every status carries `reference`.

        Raises ChannelError.
        """
        if self._client is None:
            raise ChannelStoppedError("Twilio is not configured", hint="set TWILIO_ACCOUNT_SID")
        callback = f"{self._public_url}{parsing.STATUS_PATH}?ref={quote(reference, safe='')}"
        receipts: list[Receipt] = []
        for body in _bodies(address, message):
            try:
                sid = await self._client.create(
                    to=address.sender, sender=address.account, body=body, callback=callback
                )
            except ChannelError as error:
                raise part_failed(error, receipts) from None
            receipts.append(Receipt(provider_id=sid))
        return tuple(receipts)


class LateClient:
    """Twilio's client, whose SDK is loaded with the first message and in a thread."""

    def __init__(self, http: aiohttp.ClientSession, *account: str) -> None:
        self._http = http
        self._account = account
        self._client: TwilioClient | None = None

    async def create(self, **message: str) -> str:
        """Answer the new message's sid. Raises ChannelError."""
        if self._client is None:
            module = await asyncio.to_thread(import_module, "channels.sms.api")
            self._client = module.TwilioClient(self._http, *self._account)
        return await self._client.create(**message)


def _bodies(address: Address, message: Outbound) -> tuple[str, ...]:
    if address.sender.startswith(parsing.WHATSAPP):
        return split(as_text(message, bold="*"), text.BODY_LIMIT)
    return split(text.normalise(as_text(message)), text.BODY_LIMIT)
