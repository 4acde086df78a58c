"""The connectors to Twilio: what SMS and WhatsApp share, and SMS.

SMS shows text only, so choices become numbered lines and links are written out. Which choice a
sender meant by a number is decided later, by the conversation.
"""

import asyncio
from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import aiohttp

from channels.allowed import allow_list
from channels.failures import SEND_SECONDS, part_failed
from channels.files import download, is_of
from channels.incoming import Redact
from channels.sms import form, parsing, senders, text
from channels.sms.accounts import API, Account, Accounts
from channels.sms.contents import Content
from channels.sms.rcs import Suggestions
from channels.sms.senders import Rcs
from lola.channel.contract import (
    Capabilities,
    ConnectorBase,
    Parsed,
    RawRequest,
    Receipt,
    SendPolicy,
    WebhookReply,
)
from lola.channel.cost import PriceTable
from lola.channel.rendering import as_text, split
from lola.domain.clock import Clock
from lola.domain.messages import Address, Outbound
from lola.errors import ChannelError, ChannelStoppedError, RejectedError
from lola.settings import Settings, secrets_in

if TYPE_CHECKING:
    from channels.sms.api import TwilioClient

_MEDIA_HOSTS = (".twiliocdn.com", "s3-external-1.amazonaws.com")
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class TwilioConnector(ConnectorBase, ABC):
    """What SMS and WhatsApp share at Twilio. Accounts are the numbers that senders write to.

    The webhooks of either may carry messages of both, because a number has one webhook address.
    """

    name: str
    routes: tuple[str, ...]
    body_limit = 256 * 1024

    def __init__(
        self, settings: Settings, http: aiohttp.ClientSession, *, seconds: float = SEND_SECONDS
    ) -> None:
        """Read the settings. Without credentials every webhook and every send is refused.

        `seconds` bounds one call. Raises ConfigurationError.
        """
        from lola.safety.input.redaction import redact_never_kept

        self._accounts = Accounts.from_settings(settings)
        self._clients = Clients(http, settings.twilio_api_url, self._accounts, seconds)
        self._http, self._api_url = http, settings.twilio_api_url
        self._rcs = Rcs(sender=settings.twilio_rcs_from, number=settings.twilio_from)
        self._public_url = settings.public_url
        self._shared_keys = secrets_in(settings.twilio_shared_key)
        self._reads_keywords = settings.twilio_opt_out == "keywords"
        self._allowed = allow_list(settings.allowed_numbers_whatsapp)
        self._redact: Redact = redact_never_kept
        self._accents = settings.sms_accents

    @classmethod
    def build(cls, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Self:  # noqa: ARG003 - every connector is built alike
        """Make the connector from the settings; `http` stays the caller's to close."""
        return cls(settings, http)

    def verify(self, request: RawRequest) -> None:
        """Check Twilio's signature over address and form. Raises SignatureError."""
        form.check(request, self._public_url, self._accounts, self._shared_keys)

    def parse(self, request: RawRequest) -> Parsed:
        """Read one message or one status. Raises MalformedPayloadError."""
        return parsing.parse(
            request,
            self._accounts,
            self._redact,
            reads_keywords=self._reads_keywords,
            allowed=self._allowed,
            rcs=self._rcs,
        )

    def accepted(self, request: RawRequest) -> WebhookReply:  # noqa: ARG002 - the contract's shape
        """Return empty TwiML: any other body would reach the sender (reference/channels.md 2.2)."""
        return WebhookReply(body=EMPTY_TWIML, content_type="text/xml")

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        """Send one message as one or more contents; every status carries `reference`.

        Raises ChannelError.
        """
        return await self._create(address, self._contents(address, message), reference)

    async def fetch(self, address: Address, file: str, limit: int) -> bytes:
        """Return a file by its address at Twilio, which leads on to a store of Twilio's own.

        The credentials go to Twilio's API alone (reference/channels.md 2.1). Raises ChannelError.
        """
        account = self._accounts.of(address.account)
        if account is None or f"/Accounts/{account.sid}/" not in file:
            raise RejectedError("this is no file of the Twilio account")
        base = self._api_url or API
        signed = aiohttp.encode_basic_auth(account.sid, account.tokens[0])
        return await download(
            self._http,
            file if file.startswith(f"{base.rstrip('/')}/") else "",
            channel="Twilio",
            is_allowed=is_of(base, *_MEDIA_HOSTS),
            limit=limit,
            headers={"Authorization": signed},
            redirects=2,
        )

    async def check(self) -> str:
        """Read each account at Twilio with its token. Raises ChannelError."""
        if not self._accounts:
            return "off"
        clients = [await self._clients.of_account(account) for account in self._accounts.each()]
        states = [await client.account_status() for client in clients]
        return f"Twilio answers, the account is {', '.join(states)}"

    @abstractmethod
    def _contents(self, address: Address, message: Outbound) -> tuple[Content, ...]:
        """Return what the calls carry, in order."""

    async def _create(
        self, address: Address, contents: tuple[Content, ...], reference: str, service: str = ""
    ) -> tuple[Receipt, ...]:
        client = await self._clients.of(address.account)
        callback = f"{self._public_url}{self.routes[1]}?ref={quote(reference, safe='')}"
        receipts: list[Receipt] = []
        for content in contents:
            try:
                sid = await client.create(
                    to=address.sender,
                    sender=address.account,
                    callback=callback,
                    content=content,
                    service=service,
                )
            except ChannelError as error:
                raise part_failed(error, receipts) from None
            receipts.append(
                Receipt(provider_id=sid, segments=content.segments, category=content.category)
            )
        return tuple(receipts)


class SmsConnector(TwilioConnector):
    """SMS through Twilio (reference/channels.md 2)."""

    name = "sms"
    title = "SMS"
    routes = ("/webhooks/sms", f"/webhooks/sms{parsing.STATUS}")
    capabilities = Capabilities(
        text=text.BODY_LIMIT,
        statuses=frozenset({"sent", "delivered", "read", "failed"}),
        sending=SendPolicy(correlation="reference"),
        prices=PriceTable.read(Path(__file__).with_name("prices.toml")),
    )

    def __init__(
        self, settings: Settings, http: aiohttp.ClientSession, *, seconds: float = SEND_SECONDS
    ) -> None:
        """Read the messaging service and the suggestions for RCS. Raises ConfigurationError."""
        super().__init__(settings, http, seconds=seconds)
        self._service = settings.twilio_messaging_service
        self._suggestions = Suggestions(settings.twilio_rcs_contents, self._public_url)

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        """Send by SMS; to who wrote by RCS by the service, which falls back to SMS.

        Raises ChannelError.
        """
        service = self._service if senders.is_rcs(address) else ""
        contents = self._contents(address, message)
        return await self._create(address, contents, reference, service)

    def _contents(self, address: Address, message: Outbound) -> tuple[Content, ...]:
        if senders.is_rcs(address):
            return self._suggestions.contents(message, address.phone or "")
        bodies = split(text.normalise(as_text(message), self._accents), text.BODY_LIMIT)
        return tuple(
            Content(body=body, segments=text.segments(body), category="sms") for body in bodies
        )


class Clients:
    """Twilio's clients, one per account; the SDK is loaded with the first message, in a thread."""

    def __init__(
        self, http: aiohttp.ClientSession, base: str, accounts: Accounts, seconds: float
    ) -> None:
        self._http = http
        self._base = base
        self._accounts = accounts
        self._seconds = seconds
        self._clients: dict[str, TwilioClient] = {}

    async def of(self, number: str) -> "TwilioClient":
        """Return the client of the account that a number belongs to. Raises ChannelStoppedError."""
        account = self._accounts.of(number)
        if account is None:
            raise ChannelStoppedError(
                "Twilio is not configured", hint="set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
            )
        return await self.of_account(account)

    async def of_account(self, account: Account) -> "TwilioClient":
        """Return the client of an account."""
        if account.sid not in self._clients:
            module = await asyncio.to_thread(import_module, "channels.sms.api")
            self._clients[account.sid] = module.TwilioClient(
                self._http, self._base, account.sid, account.tokens[0], seconds=self._seconds
            )
        return self._clients[account.sid]
