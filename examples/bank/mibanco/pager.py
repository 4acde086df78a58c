import hmac
import json
from typing import Self

import aiohttp
from pydantic import BaseModel, SecretStr

from channels.failures import classified
from channels.incoming import TextCleaner, header
from lola.channel.contract import Capabilities, ConnectorBase, Parsed, RawRequest, Receipt
from lola.channel.rendering import parts_of
from lola.domain.clock import Clock
from lola.domain.messages import Address, Inbound, MessageId, Outbound, TextContent
from lola.errors import MalformedPayloadError, SignatureError
from lola.safety.input.redaction import redact_never_kept
from lola.settings import Settings
from lola.text.phone_numbers import canonical


class PagerSettings(BaseModel):
    """The table [pager] of lola.toml."""

    url: str
    secret: SecretStr


class PagerConnector(ConnectorBase):
    """Pagers: 160 characters, no buttons, no delivery reports."""

    name = "pager"
    title = "Pager"
    routes = ("/webhooks/pager",)
    body_limit = 64 * 1024
    capabilities = Capabilities(text=160)

    def __init__(self, settings: PagerSettings, http: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._http = http

    @classmethod
    def build(cls, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Self:
        return cls(settings.section("pager", PagerSettings), http)

    def verify(self, request: RawRequest) -> None:
        secret = self._settings.secret.get_secret_value().encode()
        expected = hmac.digest(secret, request.body, "sha256").hex().encode()
        if not hmac.compare_digest(header(request.headers, "X-Pager").encode(), expected):
            raise SignatureError("the pager's signature is missing or wrong")

    def parse(self, request: RawRequest) -> Parsed:
        try:
            page = json.loads(request.body)
            sender, text, page_id = str(page["from"]), page["text"], str(page["id"])
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedPayloadError(f"not a page: {type(error).__name__}") from None
        address = Address(channel=self.name, account="desk", sender=sender, phone=canonical(sender))
        cleaner = TextCleaner(redact_never_kept)
        content = TextContent(text=cleaner.text(text))
        inbound = Inbound(
            id=MessageId(page_id), address=address, content=content, redacted=cleaner.found
        )
        return Parsed(messages=(inbound,))

    async def send(
        self, address: Address, message: Outbound, reference: str
    ) -> tuple[Receipt, ...]:
        for page in parts_of(message, self.capabilities):
            with classified("the pager"):
                await self._http.post(self._settings.url, json={"to": address.sender, "text": page})
        return (Receipt(provider_id=reference),)
