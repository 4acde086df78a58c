"""WhatsApp through Twilio: the same forms as SMS, with Content templates and Meta's 24 hours.

A number is on WhatsApp either here or at Meta's own Cloud API (`channels.whatsapp`), never both.
"""

from datetime import timedelta
from pathlib import Path

import aiohttp

from channels.failures import SEND_SECONDS
from channels.sms import parsing, senders, text
from channels.sms.connector import TwilioConnector
from channels.sms.contents import Content, Contents, check_sid
from channels.sms.templates import TwilioTemplates, blamed, content
from lola.channel.contract import Capabilities, Receipt, SendPolicy
from lola.channel.cost import PriceTable
from lola.channel.rendering import as_text, parts_of, split
from lola.channel.templates import FilledTemplate, MessageTemplate, ProviderTemplate
from lola.domain.messages import Address, Outbound
from lola.errors import RejectedError
from lola.settings import Settings

PRICES = PriceTable.read(Path(__file__).with_name("whatsapp_prices.toml"))


class TwilioWhatsAppConnector(TwilioConnector):
    """WhatsApp through Twilio (reference/channels.md 2.4)."""

    name = senders.WHATSAPP_CHANNEL
    title = "WhatsApp (Twilio)"
    routes = (f"/webhooks/{name}", f"/webhooks/{name}{parsing.STATUS}")

    def __init__(
        self, settings: Settings, http: aiohttp.ClientSession, *, seconds: float = SEND_SECONDS
    ) -> None:
        """Read the Content templates as well. Raises ConfigurationError."""
        super().__init__(settings, http, seconds=seconds)
        self._shapes = Contents(settings.twilio_contents, self._public_url)
        self._templates = {
            language: check_sid(f"TWILIO_TEMPLATE_{language.upper()}", sid)
            for language, sid in (
                ("es", settings.twilio_template_es),
                ("en", settings.twilio_template_en),
            )
            if sid
        }
        number = settings.twilio_whatsapp_from
        account = self._accounts.of(number) if number else None
        self._managed = TwilioTemplates(http, settings.twilio_api_url, account, seconds=seconds)
        self.capabilities = Capabilities(
            text=text.BODY_LIMIT,
            buttons=self._shapes.buttons,
            lists=self._shapes.lists,
            links=self._shapes.links,
            bold="*",
            proves_number=self._shapes.asks_number,
            user_ids=True,
            reply_window=timedelta(hours=24),
            templates=bool(self._templates),
            statuses=frozenset({"sent", "delivered", "read", "failed"}),
            sending=SendPolicy(
                pair_seconds=6.0, pair_burst=45, retry_base=4.0, correlation="reference"
            ),
            prices=PRICES,
        )

    def _contents(
        self,
        address: Address,  # noqa: ARG002 - the same for every sender
        message: Outbound,
    ) -> tuple[Content, ...]:
        if self._shapes.knows(message):
            parts = parts_of(message, self.capabilities)
        else:
            parts = split(as_text(message, bold=self.capabilities.bold), self.capabilities.text)
        return tuple(
            Content(body=part) if isinstance(part, str) else self._shapes.of(part) for part in parts
        )

    async def invite(self, address: Address, language: str, reference: str) -> tuple[Receipt, ...]:
        """Send the approved template in the sender's language, else in the one there is."""
        sid = self._templates.get(language) or next(iter(self._templates.values()), "")
        if not sid:
            raise RejectedError("no template is named", hint="set TWILIO_TEMPLATE_ES and …_EN")
        return await self._create(address, (Content(sid=sid, category="utility"),), reference)

    @property
    def manages_templates(self) -> bool:
        """Return whether account and WhatsApp number are named."""
        return self._managed.account is not None

    async def list_templates(self) -> tuple[ProviderTemplate, ...]:
        """Return our templates at Twilio. Raises ChannelError."""
        return await self._managed.read_all()

    async def submit_template(
        self, template: MessageTemplate, known: ProviderTemplate | None
    ) -> ProviderTemplate:
        """Create a content and submit it for WhatsApp's review. Raises ChannelError."""
        return await self._managed.submit(template, known)

    async def send_template(
        self, address: Address, filled: FilledTemplate, reference: str
    ) -> tuple[Receipt, ...]:
        """Send an approved template. Raises ChannelError."""
        try:
            return await self._create(address, (content(filled),), reference)
        except RejectedError as error:
            raise blamed(error) from None
