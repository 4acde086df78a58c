"""The WhatsApp Business Cloud connector: the contract of `lola.channel.contract` for Meta's format.

It holds no state of a conversation: a reply goes to the address that the message came from.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Self

import aiohttp
import structlog

from channels.allowed import allow_list
from channels.failures import part_failed
from channels.whatsapp import parsing, signature
from channels.whatsapp import templates as managed
from channels.whatsapp.graph import GraphClient, message_id
from channels.whatsapp.parsing import Rules
from channels.whatsapp.rendering import Template, payload
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
from lola.channel.cost import Category, PriceTable
from lola.channel.rendering import parts_of
from lola.channel.templates import FilledTemplate, MessageTemplate, ProviderTemplate
from lola.domain.clock import Clock
from lola.domain.messages import Address, Inbound, JsonObject, Outbound
from lola.errors import ChannelError, RejectedError
from lola.settings import Settings, secrets_in

REFERENCE_LIMIT = 512
RECEIPT_FAILED = "whatsapp.receipt_failed"
SIGNED_WITH_OLD_SECRET = "whatsapp.signed_with_old_secret"  # noqa: S105 - an event's name

_log = structlog.get_logger(__name__)


class WhatsAppConnector(ConnectorBase):
    """Meta's Cloud API. Accounts are phone number ids (reference/channels.md 1.3)."""

    name = "whatsapp"
    title = "WhatsApp"
    routes = ("/webhooks/whatsapp",)
    body_limit = 4 * 1024 * 1024
    capabilities = Capabilities(
        # The lengths of reference/channels.md 1.6.
        text=4096,
        buttons=ItemLimits(max_items=3, body=1024, label=20, id=256),
        lists=ItemLimits(max_items=10, body=4096, label=24, id=200),
        links=ItemLimits(max_items=1, body=1024, label=20),
        bold="*",
        proves_number=True,
        user_ids=True,
        reply_window=timedelta(hours=24),
        statuses=frozenset({"sent", "delivered", "read", "failed"}),
        # The pair limit: 1 message per 6 s and user, up to 45 borrowed; then 4^X
        # (reference/channels.md 1.8).
        sending=SendPolicy(
            pair_seconds=6.0, pair_burst=45, retry_base=4.0, correlation="reference"
        ),
        prices=PriceTable.read(Path(__file__).with_name("prices.toml")),
    )

    def __init__(
        self,
        *,
        graph: GraphClient,
        app_secrets: tuple[str, ...],
        verify_tokens: tuple[str, ...],
        rules: Rules,
        numbers: tuple[str, ...] = (),
        templates: Mapping[str, Template] = MappingProxyType({}),
        business: str = "",
    ) -> None:
        self.capabilities = replace(type(self).capabilities, templates=bool(templates))
        self._graph = graph
        self._app_secrets = app_secrets
        self._verify_tokens = verify_tokens
        self._rules = rules
        self._numbers = numbers
        self._templates = templates
        self._managed = managed.GraphTemplates(graph, business)

    @classmethod
    def build(cls, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Self:  # noqa: ARG003 - every connector is built alike
        """Make the connector from the settings; `http` stays the caller's to close."""
        from lola.safety.input.redaction import redact_never_kept

        token = settings.token_whatsapp.get_secret_value()
        tokens = {
            number: secret.get_secret_value() for number, secret in settings.whatsapp_tokens.items()
        }
        numbers = tuple(dict.fromkeys(filter(None, (settings.phone_number_id, *tokens))))
        return cls(
            graph=GraphClient(http, settings.whatsapp_graph_url, token, tokens=tokens),
            app_secrets=secrets_in(settings.whatsapp_app_secret),
            verify_tokens=secrets_in(settings.verify_token_whatsapp),
            rules=Rules(
                redact=redact_never_kept,
                allowed=allow_list(settings.allowed_numbers_whatsapp),
                accounts=frozenset(numbers),
            ),
            numbers=numbers,
            templates=_templates(settings),
            business=settings.whatsapp_business_account_id,
        )

    def verify(self, request: RawRequest) -> None:
        """Check Meta's signature over the raw body. Raises SignatureError."""
        if signature.check(request, self._app_secrets) > 0:
            _log.info(SIGNED_WITH_OLD_SECRET)

    def handshake(self, request: RawRequest) -> WebhookReply:
        """Echo Meta's challenge. Raises SignatureError."""
        return signature.answer_challenge(request, *self._verify_tokens)

    def parse(self, request: RawRequest) -> Parsed:
        """Read every message and status of a delivery. Raises MalformedPayloadError."""
        parsed = parsing.parse(request.body, self._rules)
        return replace(parsed, templates=tuple(managed.reported(request.body)))

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        """Send one message; `reference` comes back in every status. Raises ChannelError."""
        receipts: list[Receipt] = []
        for part in parts_of(message, self.capabilities):
            try:
                receipts.append(await self._post(address, payload(part), reference))
            except ChannelError as error:
                raise part_failed(error, receipts) from None
        return tuple(receipts)

    async def invite(self, address: Address, language: str, reference: str) -> tuple[Receipt, ...]:
        """Send the approved template in the sender's language, else in any. Raises ChannelError."""
        template = self._templates.get(language) or next(iter(self._templates.values()), None)
        if template is None:
            return await super().invite(address, language, reference)
        return (await self._post(address, template.payload(), reference),)

    @property
    def manages_templates(self) -> bool:
        """Return whether the WhatsApp Business Account is named."""
        return bool(self._managed.account)

    async def list_templates(self) -> tuple[ProviderTemplate, ...]:
        """Return our templates at Meta. Raises ChannelError."""
        return await self._managed.read_all()

    async def submit_template(
        self,
        template: MessageTemplate,
        known: ProviderTemplate | None,  # noqa: ARG002 - at Meta creating one submits it
    ) -> ProviderTemplate:
        """Submit a template for Meta's review. Raises ChannelError."""
        return await self._managed.submit(template)

    async def send_template(
        self, address: Address, filled: FilledTemplate, reference: str
    ) -> tuple[Receipt, ...]:
        """Send an approved template. Raises ChannelError."""
        try:
            return (await self._post(address, managed.payload(filled), reference),)
        except RejectedError as error:
            raise managed.blamed(error) from None

    async def check(self) -> str:
        """Read each number at Meta with its token. Raises ChannelError."""
        for number in self._numbers:
            await self._graph.get(number)
        return f"numbers that answer: {len(self._numbers)}"

    async def fetch(self, address: Address, file: str, limit: int) -> bytes:
        """Return a file by its media id. Raises ChannelError."""
        return await self._graph.file(address.account, file, limit)

    async def seen(self, message: Inbound) -> None:
        """Mark as read and show typing; a failure is only logged."""
        payload: JsonObject = {
            "status": "read",
            "message_id": message.id,
            "typing_indicator": {"type": "text"},
        }
        try:
            await self._graph.post(message.address.account, payload)
        except ChannelError as error:
            _log.info(RECEIPT_FAILED, code=error.code, provider_code=error.provider_code)

    async def _post(self, address: Address, part: JsonObject, reference: str) -> Receipt:
        if len(reference) > REFERENCE_LIMIT:
            raise RejectedError(f"the reference is longer than {REFERENCE_LIMIT} characters")
        body = {
            "recipient_type": "individual",
            **_recipient(address),
            "biz_opaque_callback_data": reference,
            **part,
        }
        provider_id = message_id(await self._graph.post(address.account, body))
        # What is no template is billed as a service message (reference/channels.md 1.5).
        category: Category = "utility" if part["type"] == "template" else "service"
        return Receipt(provider_id=provider_id, category=category)


def _templates(settings: Settings) -> dict[str, Template]:
    chosen = {"es": settings.whatsapp_template_es, "en": settings.whatsapp_template_en}
    return {
        language: Template(*setting.split(":")) for language, setting in chosen.items() if setting
    }


def _recipient(address: Address) -> JsonObject:
    # Without the plus Meta would prepend the business number's own country (reference/channels.md
    # 1.10).
    if address.sender.isdigit():
        return {"to": f"+{address.sender}"}
    return {"recipient": address.sender}
