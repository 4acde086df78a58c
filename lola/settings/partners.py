"""Settings of the partners that a bank may have besides M2M and PayHub; each is off by default."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from lola.errors import ConfigurationError
from lola.settings.fields import NO_SECRET, Table, secrets_in

PrivateKeys = Annotated[Table[str, SecretStr], Field(default_factory=dict)]
PublicKeys = Annotated[Table[str, str], Field(default_factory=dict)]


class RequestMoneySettings(BaseModel):
    """The Request Money API: an address switches it on."""

    request_money: bool = True
    request_money_base_url: str = Field("", pattern=r"^(https?://\S+)?$")
    request_money_api_key: SecretStr = NO_SECRET
    request_money_webhook_secret: SecretStr = NO_SECRET
    request_money_webhook_seconds: float = Field(300.0, gt=0)
    request_money_minutes: int = Field(1380, ge=5, le=43_200)

    def request_money_problems(self, *, is_production: bool) -> Iterator[ConfigurationError]:
        """Yield what is missing beside the address, and an address without encryption."""
        if not self.request_money_base_url:
            return
        for name in ("request_money_api_key", "request_money_webhook_secret"):
            if not secrets_in(getattr(self, name)):
                yield ConfigurationError(name.upper(), "is required with REQUEST_MONEY_BASE_URL")
        if is_production and not self.request_money_base_url.startswith("https://"):
            yield ConfigurationError("REQUEST_MONEY_BASE_URL", "must be https in production")


class Request4RSettings(BaseModel):
    """Encryption of every RaaS body, where the tenant requires it. Keys are PEM texts by `kid`."""

    request4r: Literal["off", "on", "skip"] = "off"
    request4r_private_keys: PrivateKeys
    request4r_public_keys: PublicKeys
    request4r_send_kid: bool = False

    def request4r_problems(self, *, is_production: bool) -> Iterator[ConfigurationError]:
        """Yield missing keys, and the sandbox's way around encryption in production."""
        if is_production and self.request4r == "skip":
            yield ConfigurationError(
                "REQUEST4R", "skip sends bodies in the clear; production refuses it"
            )
        if self.request4r != "on":
            return
        for name in ("request4r_private_keys", "request4r_public_keys"):
            if not getattr(self, name):
                yield ConfigurationError(name.upper(), "is required when REQUEST4R is on")
