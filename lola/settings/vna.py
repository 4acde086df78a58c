"""The VNA partner server: whether it is on, who may call it, its limits and its account book."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from lola.errors import ConfigurationError
from lola.settings.fields import NO_SECRET, Names, Table, secrets_in

Limit = Annotated[Decimal, Field(gt=0)]


class VnaSettings(BaseModel):
    """Empty limits and zeros mean: no limit (docs/vna.md)."""

    vna: bool = False
    vna_path: str = Field("/vna", pattern=r"^(/[A-Za-z0-9._-]+)+$")
    vna_secret: SecretStr = NO_SECRET
    vna_secret_header: str = Field("", pattern=r"^[A-Za-z0-9-]*$")
    vna_client_certificates: Names = ()
    vna_certificate_header: str = Field("X-Client-Cert-Sha256", pattern=r"^[A-Za-z0-9-]+$")
    vna_authenticator: str = ""
    vna_database_url: SecretStr = NO_SECRET
    vna_database_connections: int = Field(10, ge=1, le=200)
    vna_currencies: Names = ("USD",)
    vna_display_prefix: str = Field("LOLA", pattern=r"^[A-Za-z0-9_-]{0,5}$")
    vna_credit_response: Literal["sync", "async"] = "sync"
    vna_require_authorization: bool = True
    vna_authorization_minutes: float = Field(0.0, ge=0, description="0: never too old")
    vna_reversals: bool = True
    vna_non_reverse_reason: bool = False
    vna_max_amount: Table[str, Limit] = Field(default_factory=dict)
    vna_max_total: Table[str, Limit] = Field(default_factory=dict)
    vna_max_count: int = Field(0, ge=0)
    vna_window_hours: float = Field(24.0, gt=0)
    vna_minimum_age: int = Field(18, ge=0, le=120)
    vna_screen: str = ""
    vna_in_chat: bool = False
    vna_registration_url: str = Field("", pattern=r"^(https://\S+)?$")
    vna_registration_minutes: float = Field(30.0, gt=0)

    def vna_problems(self, *, is_production: bool) -> Iterator[ConfigurationError]:
        """Yield what a server that is on lacks: callers must prove who they are."""
        if not self.vna:
            return
        if not self.vna_authenticator and not secrets_in(self.vna_secret):
            yield ConfigurationError(
                "VNA_SECRET", "is required with VNA", hint="the secret that the platform sends"
            )
        url = self.vna_database_url.get_secret_value()
        if url and not url.startswith(("postgresql://", "postgresql+asyncpg://")):
            yield ConfigurationError("VNA_DATABASE_URL", "must begin with postgresql://")
        if is_production and not url:
            yield ConfigurationError(
                "VNA_DATABASE_URL",
                "is required in production with VNA",
                hint="the embedded SQLite file is for development",
            )
