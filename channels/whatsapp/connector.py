"""The WhatsApp Business Cloud connector: the contract of `lola.channel` over Meta's wire format.

It holds no state of a conversation: the address that came in says where an answer goes out.
"""

from datetime import timedelta
from typing import Self

import aiohttp
import structlog

from channels.door import Redact
from channels.outcomes import part_failed
from channels.whatsapp import parsing, signature
from channels.whatsapp.graph import GraphClient, message_id
from channels.whatsapp.rendering import payload
from lola import phones
from lola.channel import (
    Capabilities,
    ConnectorBase,
    Parsed,
    RawRequest,
    Receipt,
    SendPolicy,
    Tappable,
    WebhookReply,
)
from lola.clock import Clock
from lola.errors import ChannelError, ConfigurationError, RejectedError
from lola.messages import Address, Inbound, JsonObject, Outbound
from lola.rendering import parts_of
from lola.settings import Settings

REFERENCE_LIMIT = 512
RECEIPT_FAILED = "whatsapp.receipt_failed"

_log = structlog.get_logger(__name__)


class WhatsAppConnector(ConnectorBase):
    """Meta's Cloud API. Accounts are phone number ids (reference/channels.md 1.3)."""

    name = "whatsapp"
    routes = ("/webhooks/whatsapp",)
    body_limit = 4 * 1024 * 1024
    capabilities = Capabilities(
        # The lengths of channels.md 1.6.
        text=4096,
        buttons=Tappable(most=3, body=1024, label=20, id=256),
        lists=Tappable(most=10, body=4096, label=24, id=200),
        links=Tappable(most=1, body=1024, label=20),
        bold="*",
        typing=True,
        window=timedelta(hours=24),
        statuses=frozenset({"sent", "delivered", "read", "failed"}),
        # The pair limit: 1 message per 6 s and user, up to 45 borrowed; then 4^X (channels.md 1.8).
        sending=SendPolicy(
            pair_seconds=6.0, pair_burst=45, retry_base=4.0, correlation="reference"
        ),
    )

    def __init__(
        self,
        *,
        graph: GraphClient,
        app_secrets: tuple[str, ...],
        verify_token: str,
        allowed_numbers: frozenset[str],
        redact: Redact,
    ) -> None:
        self._graph = graph
        self._app_secrets = app_secrets
        self._verify_token = verify_token
        self._allowed = allowed_numbers
        self._redact = redact

    @classmethod
    def build(cls, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Self:  # noqa: ARG003 - every connector is built alike
        """Make the connector from the settings; `http` stays the caller's to close."""
        from lola.safety.redaction import redact

        token = settings.token_whatsapp.get_secret_value()
        return cls(
            graph=GraphClient(http, settings.whatsapp_graph_url, token),
            app_secrets=_listed(settings.whatsapp_app_secret.get_secret_value()),
            verify_token=settings.verify_token_whatsapp.get_secret_value(),
            allowed_numbers=allow_list(settings.allowed_numbers_whatsapp),
            redact=redact,
        )

    def verify(self, request: RawRequest) -> None:
        """Check Meta's signature over the raw body. Raises SignatureError."""
        signature.check(request, self._app_secrets)

    def handshake(self, request: RawRequest) -> WebhookReply:
        """Echo Meta's challenge. Raises SignatureError."""
        return signature.answer_challenge(request, self._verify_token)

    def parse(self, request: RawRequest) -> Parsed:
        """Read every message and status of a delivery. Raises MalformedPayloadError."""
        return parsing.parse(request.body, self._redact, self._is_allowed)

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        """Send one message; `reference` comes back in every status. Raises ChannelError."""
        if len(reference) > REFERENCE_LIMIT:
            raise RejectedError(f"the reference is longer than {REFERENCE_LIMIT} characters")
        common = {
            "recipient_type": "individual",
            **_recipient(address),
            "biz_opaque_callback_data": reference,
        }
        receipts: list[Receipt] = []
        for part in map(payload, parts_of(message, self.capabilities)):
            try:
                answer = await self._graph.post(address.account, {**common, **part})
                receipts.append(Receipt(provider_id=message_id(answer)))
            except ChannelError as error:
                raise part_failed(error, receipts) from None
        return tuple(receipts)

    async def seen(self, message: Inbound) -> None:
        """Mark as read and show typing; a failure is logged and forgotten."""
        payload: JsonObject = {
            "status": "read",
            "message_id": message.id,
            "typing_indicator": {"type": "text"},
        }
        try:
            await self._graph.post(message.address.account, payload)
        except ChannelError as error:
            _log.info(RECEIPT_FAILED, code=error.code, provider_code=error.provider_code)

    def _is_allowed(self, phone: str | None) -> bool:
        if not self._allowed:
            return True
        return phone is not None and phones.match_key(phone) in self._allowed


def allow_list(setting: str) -> frozenset[str]:
    """Read ALLOWED_NUMBERS_WHATSAPP; blank allows everybody. Raises ConfigurationError.

    An entry that is no number is refused: dropped silently, the last one would open the door.
    """
    keys: set[str] = set()
    for position, entry in enumerate(_listed(setting), 1):
        key = phones.match_key(entry)
        if key is None:
            raise ConfigurationError(
                "ALLOWED_NUMBERS_WHATSAPP", f"entry {position} is not a telephone number"
            )
        keys.add(key)
    return frozenset(keys)


def _recipient(address: Address) -> JsonObject:
    # Without the plus Meta would prepend the business number's own country (channels.md 1.10).
    if address.sender.isdigit():
        return {"to": f"+{address.sender}"}
    return {"recipient": address.sender}


def _listed(setting: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in setting.split(",") if part.strip())
