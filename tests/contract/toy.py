"""A channel that a bank might add from its own package: its settings and its class, in one module.

`tests/contract/test_toy_channel.py` runs it through the real gateway, and counts its lines. The
only other place that names it is the setting CHANNELS.
"""

import hmac
import json

from pydantic import BaseModel, SecretStr

from channels.failures import classified
from channels.incoming import TextCleaner, header
from lola.channel.contract import Capabilities, ConnectorBase, Parsed, Receipt
from lola.channel.rendering import parts_of
from lola.domain.messages import Address, Inbound, TextContent
from lola.errors import MalformedPayloadError, SignatureError
from lola.safety.input.redaction import redact
from lola.text.phone_numbers import canonical


class PagerSettings(BaseModel):
    """The table `[pager]` of lola.toml, or PAGER__URL and PAGER__SECRET."""

    url: str
    secret: SecretStr


class PagerConnector(ConnectorBase):
    """Pagers: 160 characters, no buttons, no reports."""

    name = "pager"
    routes = ("/webhooks/pager",)
    body_limit = 64 * 1024
    capabilities = Capabilities(text=160)

    @classmethod
    def build(cls, settings, http, clock):  # noqa: ARG003 - every connector is built alike
        pager = cls()
        pager.http, pager.settings = http, settings.section("pager", PagerSettings)
        return pager

    def verify(self, request):
        given = header(request.headers, "X-Pager").encode("utf-8", "replace")
        secret = self.settings.secret.get_secret_value().encode()
        expected = hmac.digest(secret, request.body, "sha256").hex().encode()
        if not hmac.compare_digest(given, expected):
            raise SignatureError("the pager's signature is missing or wrong")

    def parse(self, request):
        try:
            page = json.loads(request.body)
            phone = canonical(page["from"])
            place = Address(channel="pager", account="desk", sender=page["from"], phone=phone)
            words, id_ = page["text"], page["id"]
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedPayloadError(f"not a page: {type(error).__name__}") from None
        cleaner = TextCleaner(redact)
        content = TextContent(text=cleaner.text(words))
        inbound = Inbound(id=id_, address=place, content=content, redacted=cleaner.found)
        return Parsed(messages=(inbound,))

    async def send(self, address, message, reference):
        for page in parts_of(message, self.capabilities):
            with classified("the pager"):
                await self.http.post(self.settings.url, json={"to": address.sender, "text": page})
        return (Receipt(provider_id=reference),)
