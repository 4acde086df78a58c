"""The Telegram connector: the contract of `lola.channel.contract` over the Bot API.

Only private chats count. A sender is known by a user id, which tells no telephone number; with the
contact button they prove one (reference/channels.md 3.3).
"""

import hmac
import json
import re
from typing import Self

import aiohttp
import structlog

from channels.failures import part_failed
from channels.incoming import Redact, header
from channels.payload import number
from channels.telegram import parsing
from channels.telegram.api import BotApi, MarkupRefusedError
from channels.telegram.rendering import parts, payload, plain
from lola.channel.contract import (
    Capabilities,
    ConnectorBase,
    ItemLimits,
    Parsed,
    RawRequest,
    Receipt,
    SendPolicy,
    WebhookReply,
)
from lola.domain.clock import Clock
from lola.domain.messages import Address, Inbound, JsonObject, Outbound
from lola.errors import (
    ChannelError,
    ChannelStoppedError,
    ConfigurationError,
    MalformedPayloadError,
    SignatureError,
)
from lola.settings import Settings, secrets_in

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
TYPING_FAILED = "telegram.typing_failed"

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

_log = structlog.get_logger(__name__)


class TelegramConnector(ConnectorBase):
    """One bot. The account of an address is the bot's own id, the number before its token's colon.

    Without a token it is off: it refuses every webhook and every send.
    """

    name = parsing.CHANNEL
    title = "Telegram"
    routes = ("/webhooks/telegram",)
    body_limit = 256 * 1024
    capabilities = Capabilities(
        text=4096,
        buttons=ItemLimits(max_items=100, body=4096, label=64, id=64),
        lists=ItemLimits(max_items=100, body=4096, label=64, id=64),
        links=ItemLimits(max_items=100, body=4096, label=64),
        bold="*",
        typing_seconds=4.0,
        proves_number=True,
        # About one message per second and chat, and a few more for a moment (reference/channels.md
        # 3.2).
        sending=SendPolicy(pair_seconds=1.0, pair_burst=10),
    )

    def __init__(
        self,
        *,
        api: BotApi | None,
        account: str,
        secrets: tuple[str, ...],
        redact: Redact,
    ) -> None:
        self._api = api
        self._account = account
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._redact = redact

    @classmethod
    def build(cls, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Self:  # noqa: ARG003 - every connector is built alike
        """Make the connector from the settings; `http` stays the caller's to close.

        Raises ConfigurationError for a token without a secret, or a secret that Telegram refuses.
        """
        from lola.safety.input.redaction import redact_never_kept

        token = settings.telegram_token.get_secret_value()
        secrets = secrets_in(settings.telegram_secret_token)
        if any(not _SECRET.fullmatch(secret) for secret in secrets):
            raise ConfigurationError("TELEGRAM_SECRET_TOKEN", "takes 1 to 256 of A-Z a-z 0-9 _ -")
        if token and not secrets:
            raise ConfigurationError(
                "TELEGRAM_SECRET_TOKEN", "is required with TELEGRAM_TOKEN: it signs the webhook"
            )
        return cls(
            api=BotApi(http, settings.telegram_api_url, token) if token else None,
            account=token.partition(":")[0],
            secrets=secrets if token else (),
            redact=redact_never_kept,
        )

    def verify(self, request: RawRequest) -> None:
        """Compare the shared secret in constant time. Raises SignatureError."""
        given = header(request.headers, SECRET_HEADER).encode("utf-8", "replace")
        if not any(hmac.compare_digest(given, secret) for secret in self._secrets):
            raise SignatureError("the Telegram secret token is missing or wrong")

    def parse(self, request: RawRequest) -> Parsed:
        """Read the update of a delivery. Raises MalformedPayloadError."""
        return parsing.parse(request.body, self._account, self._redact)

    def accepted(self, request: RawRequest) -> WebhookReply:
        """Return a reply that stops a tapped button's spinner, without a call of ours.

        Whether it worked stays unknown, which does not matter for a spinner (reference/channels.md
        3.1).
        """
        try:
            tap = parsing.callback_query_id(request.body)
        except MalformedPayloadError:
            tap = ""
        if not tap:
            return WebhookReply()
        answer = {"method": "answerCallbackQuery", "callback_query_id": tap}
        return WebhookReply(body=json.dumps(answer), content_type="application/json")

    async def send(
        self,
        address: Address,
        message: Outbound,
        reference: str,  # noqa: ARG002 - Telegram echoes nothing
    ) -> tuple[Receipt, ...]:
        """Send one message; text whose markup is refused is sent without it. Raises ChannelError.

        Message ids are unique within a chat only, so the receipts name the chat as well.
        """
        api = self._connected()
        chat = {"chat_id": int(address.sender)}
        receipts: list[Receipt] = []
        for part in parts(message, self.capabilities):
            parameters = chat | payload(part, is_known=address.phone is not None)
            try:
                sent = await _send(api, parameters)
            except ChannelError as error:
                raise part_failed(error, receipts) from None
            receipts.append(Receipt(provider_id=f"{address.sender}:{sent}"))
        return tuple(receipts)

    async def check(self) -> str:
        """Ask Telegram, with the bot's token, where its updates go. Raises ChannelError."""
        if self._api is None:
            return "off"
        found = await self.registration()
        address = str(found.get("url") or "no address yet: `lola webhook set telegram`")
        waiting = number(found.get("pending_update_count")) or 0
        return f"the token is good; updates go to {address}" + (
            f", {waiting} wait there" if waiting else ""
        )

    async def fetch(self, address: Address, file: str, limit: int) -> bytes:  # noqa: ARG002 - a bot has one account
        """Return a file by its id. Raises ChannelError."""
        return await self._connected().file(file, limit)

    async def seen(self, message: Inbound) -> None:
        """Show typing, which lasts five seconds; a failure is only logged."""
        chat = {"chat_id": int(message.address.sender), "action": "typing"}
        try:
            await self._connected().call("sendChatAction", chat)
        except ChannelError as error:
            _log.info(TYPING_FAILED, code=error.code, provider_code=error.provider_code)

    async def register(self, public_url: str) -> None:
        """Set the address for this bot's updates at Telegram. Raises ChannelError."""
        await self._connected().call(
            "setWebhook",
            {
                "url": f"{public_url}{self.routes[0]}",
                "secret_token": self._secrets[0].decode(),
                "allowed_updates": list(parsing.UPDATES),
            },
        )

    async def registration(self) -> JsonObject:
        """Return the registered address for updates and the last error. Raises ChannelError."""
        found = await self._connected().call("getWebhookInfo", {})
        return found if isinstance(found, dict) else {}

    def _connected(self) -> BotApi:
        if self._api is None:
            raise ChannelStoppedError("Telegram is not configured", hint="set TELEGRAM_TOKEN")
        return self._api


async def _send(api: BotApi, parameters: JsonObject) -> str:
    try:
        return await api.send(parameters)
    except MarkupRefusedError:
        return await api.send(plain(parameters))
