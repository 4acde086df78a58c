"""The Chatwoot connector: receives an inbox's webhooks and sends by the application API.

The account of an address is Chatwoot's account and the sender is the conversation's number, so a
reply needs nothing else. What people do in Chatwoot is passed on as staff actions; who owns a
conversation is decided by `lola.escalation`.
"""

from typing import Self

import aiohttp
import structlog

from channels.chatwoot import parsing, signature
from channels.chatwoot.api import ChatwootApi, objects, our_id_of
from channels.chatwoot.help_desk import ChatwootHelpDesk
from channels.chatwoot.rendering import payload
from channels.failures import part_failed
from channels.incoming import Redact
from lola.channel.contract import (
    Capabilities,
    ConnectorBase,
    ItemLimits,
    Parsed,
    RawRequest,
    Receipt,
    SendPolicy,
)
from lola.channel.rendering import parts_of
from lola.domain.clock import Clock
from lola.domain.messages import Address, Inbound, JsonObject, Outbound
from lola.errors import ChannelError, ChannelStoppedError, ConfigurationError
from lola.escalation.help_desk import HelpDeskBridge
from lola.settings import Settings, secrets_in

TEXT_LIMIT = 150_000
SHORTEST_TOKEN = 32
TYPING_FAILED = "chatwoot.typing_failed"

_log = structlog.get_logger(__name__)


class ChatwootConnector(ConnectorBase):
    """One account. Without an address or a key it is off: it refuses every webhook and send."""

    name = parsing.CHANNEL
    title = "Chatwoot"
    routes = ("/webhooks/chatwoot", "/webhooks/chatwoot/{token}")
    body_limit = 1024 * 1024
    capabilities = Capabilities(
        text=TEXT_LIMIT,
        buttons=ItemLimits(max_items=10, body=TEXT_LIMIT, label=255),
        lists=ItemLimits(max_items=10, body=TEXT_LIMIT, label=255),
        bold="**",
        statuses=frozenset({"sent", "delivered", "read", "failed"}),
        sending=SendPolicy(correlation="listing"),
        # Agent bots are sent again after 500 and 429 only (reference/channels.md 0.3).
        unstored_status=500,
    )

    def __init__(
        self,
        *,
        api: ChatwootApi | None,
        account: str,
        inbox: str,
        secrets: tuple[str, ...],
        tokens: tuple[str, ...],
        redact: Redact,
        clock: Clock,
    ) -> None:
        self._api = api
        self._account = account
        self._inbox = inbox
        self._secrets = secrets
        self._tokens = tokens
        self._redact = redact
        self._clock = clock

    @classmethod
    def build(cls, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Self:
        """Make the connector from the settings; `http` stays the caller's to close.

        Raises ConfigurationError when settings are missing, or would accept unsigned webhooks.
        """
        from lola.safety.input.redaction import redact_never_kept

        key = settings.chatwoot_access_key.get_secret_value()
        secrets = secrets_in(settings.chatwoot_webhook_secret)
        tokens = secrets_in(settings.chatwoot_webhook_token)
        is_on = bool(settings.chatwoot_url and key)
        if is_on:
            _check(settings, secrets, tokens)
        return cls(
            api=ChatwootApi(http, settings.chatwoot_url, settings.chatwoot_account_id, key)
            if is_on
            else None,
            account=settings.chatwoot_account_id,
            inbox=settings.chatwoot_inbox_name,
            secrets=secrets if is_on else (),
            tokens=tokens if is_on else (),
            redact=redact_never_kept,
            clock=clock,
        )

    def verify(self, request: RawRequest) -> None:
        """Check signature and time, or the token in the path. Raises SignatureError."""
        signature.check(
            request,
            route=self.routes[0],
            secrets=self._secrets,
            tokens=self._tokens,
            now=self._clock(),
        )

    def parse(self, request: RawRequest) -> Parsed:
        """Read the event of a delivery. Raises MalformedPayloadError."""
        return parsing.parse(request.body, self._account, self._redact)

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        """Write one message under our own id. Raises ChannelError."""
        api = self._connected()
        receipts: list[Receipt] = []
        for part in parts_of(message, self.capabilities):
            try:
                sent = await api.write(address.sender, payload(part), reference)
            except ChannelError as error:
                raise part_failed(error, receipts) from None
            receipts.append(Receipt(provider_id=sent))
        return tuple(receipts)

    async def find(self, address: Address, reference: str) -> tuple[Receipt, ...] | None:
        """Look our id up in the conversation's newest messages. Raises ChannelError."""
        messages = await self._connected().messages(address.sender, since=0)
        return tuple(
            Receipt(provider_id=str(message["id"]))
            for message in messages
            if our_id_of(message) == reference
        )

    async def seen(self, message: Inbound) -> None:
        """Show typing; a failure is only logged."""
        path = f"/conversations/{message.address.sender}/toggle_typing_status"
        try:
            await self._connected().post(path, {"typing_status": "on"})
        except ChannelError as error:
            _log.info(TYPING_FAILED, code=error.code, provider_code=error.provider_code)

    async def register(self, public_url: str) -> None:
        """Create the mirror's inbox, or set its webhook address. Raises ChannelError."""
        api, channel = self._connected(), {"webhook_url": f"{public_url}{self._path}"}
        for inbox in objects((await api.get("/inboxes")).get("payload")):
            if inbox.get("name") == self._inbox:
                await api.patch(f"/inboxes/{inbox['id']}", {"channel": channel})
                return
        await api.post("/inboxes", {"name": self._inbox, "channel": {"type": "api", **channel}})

    async def registration(self) -> JsonObject:
        """Return the mirror's inbox, without the token in its webhook address."""
        for inbox in objects((await self._connected().get("/inboxes")).get("payload")):
            if inbox.get("name") == self._inbox:
                url = str(inbox.get("webhook_url", ""))
                for token in self._tokens:
                    url = url.replace(token, "…")
                return {"inbox": self._inbox, "id": inbox.get("id"), "webhook_url": url}
        return {"inbox": self._inbox, "webhook_url": ""}

    def help_desk(self, bridge: HelpDeskBridge) -> ChatwootHelpDesk | None:
        """Build the help desk that follows conversations; None while Chatwoot is off."""
        if self._api is None:
            return None
        return ChatwootHelpDesk(
            self._api,
            bridge,
            account=self._account,
            inbox=self._inbox,
            redact=self._redact,
            clock=self._clock,
        )

    @property
    def _path(self) -> str:
        return f"{self.routes[0]}/{self._tokens[0]}" if self._tokens else self.routes[0]

    def _connected(self) -> ChatwootApi:
        if self._api is None:
            raise ChannelStoppedError("Chatwoot is not configured", hint="set CHATWOOT_URL")
        return self._api


def _check(settings: Settings, secrets: tuple[str, ...], tokens: tuple[str, ...]) -> None:
    if not settings.chatwoot_account_id.isdigit():
        raise ConfigurationError("CHATWOOT_ACCOUNT_ID", "is the account's number in Chatwoot")
    if secrets and tokens:
        raise ConfigurationError(
            "CHATWOOT_WEBHOOK_TOKEN", "is for servers that cannot sign; leave it empty"
        )
    if not secrets and not all(len(one) >= SHORTEST_TOKEN for one in tokens or ("",)):
        raise ConfigurationError(
            "CHATWOOT_WEBHOOK_SECRET",
            "is required with CHATWOOT_URL: it signs the webhooks",
            hint=f"a server that cannot sign needs CHATWOOT_WEBHOOK_TOKEN, {SHORTEST_TOKEN}"
            " characters or more",
        )
