"""The documented settings of each shipped channel, one class per provider.

A channel of a bank's own declares its settings in its own package instead, and reads them with
`Settings.section` (docs/extend.md).
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from lola.errors import ConfigurationError
from lola.settings.fields import NO_SECRET, Table, Token

PhoneNumberId = Annotated[str, Field(pattern=r"^[0-9]+$")]
TemplateName = Annotated[str, Field(pattern=r"^([a-z0-9_]{1,512}:[a-z]{2,3}(_[A-Z]{2,3})?)?$")]
"""An approved WhatsApp template as `name:language code`; empty for none."""


class WhatsAppSettings(BaseModel):
    """WhatsApp Business Cloud."""

    token_whatsapp: SecretStr = NO_SECRET
    phone_number_id: str = ""
    verify_token_whatsapp: SecretStr = NO_SECRET
    allowed_numbers_whatsapp: str = ""
    whatsapp_app_secret: SecretStr = NO_SECRET
    whatsapp_graph_url: str = ""
    whatsapp_tokens: Table[PhoneNumberId, Token] = Field(default_factory=dict)
    whatsapp_business_account_id: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""
    whatsapp_template_es: TemplateName = ""
    whatsapp_template_en: TemplateName = ""


class TwilioSettings(BaseModel):
    """SMS, and WhatsApp through Twilio."""

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = NO_SECRET
    twilio_accounts: Table[str, Token] = Field(default_factory=dict)
    twilio_shared_key: SecretStr = NO_SECRET
    twilio_from: str = ""
    twilio_whatsapp_from: str = ""
    twilio_contents: Table[str, str] = Field(default_factory=dict)
    twilio_messaging_service: Annotated[str, Field(pattern=r"^(MG[0-9a-fA-F]{32})?$")] = ""
    twilio_rcs_from: Annotated[str, Field(pattern=r"^(rcs:[A-Za-z0-9_.-]{1,100})?$")] = ""
    twilio_rcs_contents: Table[str, str] = Field(default_factory=dict)
    twilio_template_es: str = ""
    twilio_template_en: str = ""
    twilio_api_url: str = ""
    sms_accents: Literal["save", "keep"] = "save"
    twilio_opt_out: Literal["keywords", "advanced"] = "keywords"

    def twilio_problems(self) -> Iterator[ConfigurationError]:
        """Yield what an RCS sender lacks."""
        if self.twilio_rcs_from and not (self.twilio_messaging_service and self.twilio_from):
            yield ConfigurationError(
                "TWILIO_RCS_FROM",
                "needs TWILIO_MESSAGING_SERVICE and TWILIO_FROM",
                hint="the service sends by RCS, and by SMS from that number where RCS fails",
            )


class TelegramSettings(BaseModel):
    """Telegram; off without a token."""

    telegram_token: SecretStr = NO_SECRET
    telegram_secret_token: SecretStr = NO_SECRET
    telegram_api_url: str = ""


class ChatwootSettings(BaseModel):
    """Chatwoot; off without an address."""

    chatwoot_url: str = ""
    chatwoot_access_key: SecretStr = NO_SECRET
    chatwoot_account_id: str = ""
    chatwoot_inbox_name: str = ""
    chatwoot_webhook_secret: SecretStr = NO_SECRET
    chatwoot_webhook_token: SecretStr = NO_SECRET
