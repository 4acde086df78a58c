"""One typed settings tree: environment first, then `lola.toml`, then defaults.

Documented names are kept: the field `token_whatsapp` is the variable `TOKEN_WHATSAPP`. A secret may
stand in a file named by `<NAME>_FILE`. In `lola.toml` the same names stand in lower case.
This module reads and checks single values; whether they fit together is `Settings.check`.
"""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from lola.errors import ConfigurationError

DEFAULT_MIDDLEWARE = (
    "middleware.commands_auth.CommandsAuthMiddleware",
    "middleware.phone_faker.PhoneFakerMiddleware",
    "middleware.payhub_auth.PayhubAuthMiddleware",
    "middleware.compliance.ComplianceMiddleware",
    "middleware.contact_decoding.ContactDecodingMiddleware",
    "middleware.language.LanguageMiddleware",
    "middleware.enrichment.EnrichmentMiddleware",
    "middleware.chatwoot.ChatwootMiddleware",
)
DEFAULT_CHANNELS = (
    "channels.whatsapp.WhatsAppConnector",
    "channels.sms.SmsConnector",
    "channels.sms.TwilioWhatsAppConnector",
    "channels.telegram.TelegramConnector",
    "channels.chatwoot.ChatwootConnector",
)
DEFAULT_DATA_FIELDS = (
    "name.firstName",
    "name.secondName",
    "name.lastName",
    "name.secondLastName",
    "dob",
)
"""What a data request may be told; the government id is the sender's own to give."""
VERTEX_HINT = "the region that may process what senders write, for instance us-central1"
DEFAULT_MODEL = "gemini:gemini-3.8-flash"
NO_SECRET = SecretStr("")
_TEMPLATE = r"^([a-z0-9_]{1,512}:[a-z]{2,3}(_[A-Z]{2,3})?)?$"

Seconds = Annotated[float, Field(ge=0)]


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)]
"""Several names; comma-separated in the environment, a list in lola.toml."""
PhoneNumberId = Annotated[str, Field(pattern=r"^[0-9]+$")]
Token = Annotated[SecretStr, Field(min_length=1)]
ChatUrl = Annotated[str, Field(pattern=r"^(https://|sms:|tg:)\S+$")]
"""Where a browser finds the chat again: `https://wa.me/…`, `sms:…`, `https://t.me/…`."""


class ModelPrice(BaseModel):
    """What a model costs per million tokens; `cached` is for input that a provider had cached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cached: Decimal | None = Field(None, ge=0)


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads `<NAME>_FILE` variables: the value is the file's text without the final line break."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the source protocol's signature
        field_name: str,
    ) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
        return (Path(path).read_text().rstrip("\n") if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            try:
                value, key, _ = self.get_field_value(field, name)
            except OSError as error:
                raise ConfigurationError(
                    f"{name.upper()}_FILE", f"cannot be read: {error.strerror}"
                ) from None
            if value is not None:
                found[key] = value
        return found


class Settings(BaseSettings):
    """Everything an operator can set. Empty partner addresses mean: use the sandbox."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    # Where the service listens and what it is called.
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    webhook_url: str = ""
    lola_env: Literal["development", "production"] = "development"
    project_name: str = Field("lola", pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")
    brand_name: str = "Remesas Sol"
    assistant_name: str = "Lola"
    formality: Literal["tu", "usted"] = "tu"
    default_language: Literal["es", "en"] = "es"

    # State.
    redis_url: str = ""
    wait_replicas: int | None = Field(None, ge=0)
    wait_milliseconds: int = Field(100, ge=1, le=1000)
    lola_data: Path = Path(".lola")
    session_ttl_hours: int = Field(24, ge=1)
    core_history_window_length: int = Field(20, ge=1, description="turns the model sees")
    core_history_tokens: int = Field(6000, ge=1)

    # Delivery.
    lease_seconds: float = Field(30.0, gt=0)
    debounce_seconds: Seconds | dict[str, Seconds] = 0.0
    max_attempts: int = Field(5, ge=1)
    handoff_minutes: float = Field(15.0, gt=0)
    worker_name: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,64}$")

    # The wings, by dotted name; a bank adds its own here.
    middleware: Names = DEFAULT_MIDDLEWARE
    channels: Names = DEFAULT_CHANNELS
    agents: Names = ("agents",)
    agents_reload_seconds: Seconds = 1.0
    agent_selector: str = ""
    tools: Names = ("agents.tools",)
    retriever: str = "knowledge.KnowledgeBase"
    knowledge_documents: str = ""
    active_commands: bool = True
    command_numbers: str = ""
    phone_faker: bool = True

    # The 404 question (reference/lola.md 20.3): what a clear "no such sender" means.
    identity_not_found: Literal["unknown", "unavailable"] = "unknown"
    identity_without_phone: Literal["unknown", "unavailable"] = "unknown"

    # WhatsApp Cloud.
    token_whatsapp: SecretStr = NO_SECRET
    phone_number_id: str = ""
    verify_token_whatsapp: SecretStr = NO_SECRET
    allowed_numbers_whatsapp: str = ""
    whatsapp_app_secret: SecretStr = NO_SECRET
    whatsapp_graph_url: str = ""
    whatsapp_tokens: Annotated[dict[PhoneNumberId, Token], NoDecode] = Field(default_factory=dict)
    whatsapp_template_es: str = Field("", pattern=_TEMPLATE)
    whatsapp_template_en: str = Field("", pattern=_TEMPLATE)

    # SMS and WhatsApp through Twilio.
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = NO_SECRET
    twilio_accounts: Annotated[dict[str, Token], NoDecode] = Field(default_factory=dict)
    twilio_shared_key: SecretStr = NO_SECRET
    twilio_from: str = ""
    twilio_whatsapp_from: str = ""
    twilio_contents: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)
    twilio_template_es: str = ""
    twilio_template_en: str = ""
    twilio_api_url: str = ""
    twilio_opt_out: Literal["keywords", "advanced"] = "keywords"

    # Telegram; off without a token.
    telegram_token: SecretStr = NO_SECRET
    telegram_secret_token: SecretStr = NO_SECRET
    telegram_api_url: str = ""

    # Chatwoot; off without an address.
    chatwoot_url: str = ""
    chatwoot_access_key: SecretStr = NO_SECRET
    chatwoot_account_id: str = ""
    chatwoot_inbox_name: str = ""
    chatwoot_webhook_secret: SecretStr = NO_SECRET
    chatwoot_webhook_token: SecretStr = NO_SECRET

    # Partners.
    m2m_base_url: str = ""
    m2m_api_key: SecretStr = NO_SECRET
    m2m_webhook_secret: SecretStr = NO_SECRET
    m2m_webhook_seconds: float = Field(300.0, gt=0, description="age a webhook may have")
    m2m_callback_url: str = ""
    m2m_link_minutes: int = Field(60, ge=5, le=10080)
    m2m_routes: dict[str, str] = Field(default_factory=dict)
    m2m_fields: dict[str, str] = Field(default_factory=dict)
    m2m_data_fields: Names = DEFAULT_DATA_FIELDS
    m2m_data_source: str = ""
    raas_base_url: str = ""
    raas_api_key: SecretStr = NO_SECRET
    partner_timeout_seconds: float = Field(8.0, gt=0)
    sender_reference_key: SecretStr = NO_SECRET

    # The secure page: who may report back, and what proves it.
    callback_secret: SecretStr = NO_SECRET
    jwt_private_key: SecretStr = NO_SECRET
    callbacks: Names = ("lola.money.handlers",)
    widget_origins: Names = ()
    chat_urls: dict[str, ChatUrl] = Field(default_factory=dict)
    session_minutes: float = Field(15.0, gt=0, le=120)
    trusted_proxies: Names = ()

    # The stand-ins; 0 takes any free port.
    sandbox_port: int = Field(0, ge=0, le=65535)
    sandbox_vault_port: int = Field(0, ge=0, le=65535)

    # Models.
    lola_model: Names = ()
    gemini_api_key: SecretStr = NO_SECRET
    gemini_service: Literal["auto", "developer", "vertex"] = "auto"
    google_gemini_base_url: str = ""
    google_cloud_project: str = ""
    google_cloud_location: str = ""
    gemini_cache_minutes: float = Field(0.0, ge=0, le=24 * 60)
    openai_api_key: SecretStr = NO_SECRET
    openai_base_url: str = ""
    openai_api: Literal["auto", "chat", "responses"] = "auto"
    enhancer_model: str = Field("", pattern=r"^((gemini|openai):.+)?$")
    enhancer_seconds: float = Field(6.0, gt=0)
    moment_seconds: Seconds | dict[str, Seconds] = 0.0
    sender_tokens_per_day: int = Field(1_000_000, ge=0)
    sender_cost_per_day: Decimal = Field(Decimal(0), ge=0)
    model_prices: dict[str, ModelPrice] = Field(default_factory=dict)
    model_first_seconds: float = Field(8.0, gt=0)
    turn_seconds: float = Field(25.0, gt=0)
    model_seconds: float = Field(20.0, gt=0)
    max_tool_calls: int = Field(6, ge=1)
    max_output_tokens: int = Field(800, ge=1)

    # Links that may stand in an answer, besides the ones minted here.
    allowed_link_hosts: Names = ()

    @field_validator("whatsapp_tokens", "twilio_accounts", "twilio_contents", mode="before")
    @classmethod
    def _read_table(cls, value: object) -> object:
        """A table in lola.toml; JSON in the environment or a file. Errors hold no token."""
        try:
            return json.loads(value or "{}") if isinstance(value, str) else value
        except ValueError:
            raise ValueError("is not a JSON object; docs/settings.md shows one") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Init arguments beat the environment, which beats secret files, which beat lola.toml."""
        toml = TomlConfigSettingsSource(settings_cls, Path("lola.toml"))
        return init_settings, env_settings, _SecretFiles(settings_cls), toml

    @property
    def public_url(self) -> str:
        """The public origin, without a trailing slash."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 - compared only
        return (self.webhook_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def callback_secrets(self) -> tuple[str, ...]:
        """The secrets of CALLBACK_SECRET: the first seals, every one opens."""
        parts = self.callback_secret.get_secret_value().split(",")
        return tuple(part.strip() for part in parts if part.strip())

    @property
    def is_production(self) -> bool:
        """Whether shortcuts of development are refused."""
        return self.lola_env == "production"

    @property
    def model_names(self) -> tuple[str, ...]:
        """`provider:name` of the models that agents use in order, unless they say otherwise."""
        if self.lola_model:
            return self.lola_model
        # A project alone is often ambient: it chooses nothing without a region.
        has_vertex = self.google_cloud_project and self.google_cloud_location
        has_gemini = self.gemini_api_key.get_secret_value() or has_vertex
        return (DEFAULT_MODEL,) if has_gemini else ("offline",)

    @property
    def uses_vertex(self) -> bool:
        """Whether Gemini is asked on Vertex AI: when GEMINI_SERVICE says so, or without a key."""
        if self.gemini_service == "auto":
            return bool(self.google_cloud_project) and not self.gemini_api_key.get_secret_value()
        return self.gemini_service == "vertex"

    @property
    def needs_sandbox(self) -> bool:
        """Whether any outside system has no address and must be stood in for."""
        return not all(
            (
                self.whatsapp_graph_url or self.token_whatsapp.get_secret_value(),
                self.m2m_base_url,
                self.raas_base_url,
            )
        )

    def check(self) -> Self:
        """Refuse what is unsafe or contradictory; answers itself. Raises ConfigurationError."""
        if self.turn_seconds >= self.lease_seconds:
            raise ConfigurationError(
                "TURN_SECONDS",
                f"{self.turn_seconds} must be below LEASE_SECONDS ({self.lease_seconds})",
                hint="a turn that outlives its lease is repeated by another worker",
            )
        if self.gemini_service == "vertex":
            self._check_vertex()
        if self.is_production:
            self._check_production()
        return self

    def _check_vertex(self) -> None:
        for name in ("google_cloud_project", "google_cloud_location"):
            if not getattr(self, name):
                raise ConfigurationError(
                    name.upper(), "is required when GEMINI_SERVICE is vertex", hint=VERTEX_HINT
                )

    def _check_production(self) -> None:
        required = (
            "webhook_url",
            "redis_url",
            "token_whatsapp",
            "phone_number_id",
            "verify_token_whatsapp",
            "whatsapp_app_secret",
            "m2m_base_url",
            "m2m_api_key",
            "m2m_webhook_secret",
            "raas_base_url",
            "raas_api_key",
            "sender_reference_key",
            "callback_secret",
            "jwt_private_key",
        )
        for name in required:
            value = getattr(self, name)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                raise ConfigurationError(
                    name.upper(), "is required when LOLA_ENV is production", hint="docs/settings.md"
                )
        if not self.webhook_url.startswith("https://"):
            raise ConfigurationError("WEBHOOK_URL", "must be https in production")
        if "offline" in self.model_names:
            raise ConfigurationError(
                "LOLA_MODEL",
                "the offline model is for development only",
                hint="set GEMINI_API_KEY, or LOLA_MODEL=gemini:NAME or openai:NAME",
            )
        if (
            self.gemini_service == "auto"
            and self.gemini_api_key.get_secret_value()
            and self.google_cloud_project
            and self.google_cloud_location
        ):
            raise ConfigurationError(
                "GEMINI_SERVICE",
                "must be developer or vertex, because access to both is set",
                hint="it decides who processes what senders write",
            )
        if self.phone_faker and any("phone_faker" in name for name in self.middleware):
            raise ConfigurationError(
                "PHONE_FAKER", "lets testers act as other senders; set it to false in production"
            )
        if self.m2m_api_key.get_secret_value().startswith("m2m_test_"):
            raise ConfigurationError("M2M_API_KEY", "is a sandbox key (m2m_test_…)")


def load_settings(**overrides: Any) -> Settings:
    """Read and check the settings. Raises ConfigurationError that names the setting."""
    try:
        return Settings(**overrides).check()
    except SettingsError as error:
        raise ConfigurationError("lola.toml or environment", str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "lola.toml"
        raise ConfigurationError(name, first["msg"]) from None
