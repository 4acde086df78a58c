"""One typed settings tree: environment first, then `lola.toml`, then defaults.

The field `token_whatsapp` is the variable `TOKEN_WHATSAPP`, or `token_whatsapp` in lola.toml. A
secret may be in a file named by `<NAME>_FILE`. Single values are checked when they are read;
`Settings.check` checks that they fit together.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from lola.errors import ConfigurationError, SeveralSettingsError
from lola.settings.attachments import AttachmentSettings
from lola.settings.audit import AuditSettings
from lola.settings.channels import (
    ChatwootSettings,
    TelegramSettings,
    TwilioSettings,
    WhatsAppSettings,
)
from lola.settings.fields import NO_SECRET, ChatUrl, ModelPrice, Names, Seconds, secrets_in
from lola.settings.limits import LimitSettings
from lola.settings.partners import Request4RSettings, RequestMoneySettings
from lola.settings.production import production_problems
from lola.settings.sections import read_secret_file, read_section, unknown_keys
from lola.settings.shortcuts import LOOPBACK, Shortcuts
from lola.settings.vna import VnaSettings
from lola.text.languages import DEFAULT_LANGUAGE, Language

Model = TypeVar("Model", bound=BaseModel)

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
"""The fields that a data request may get; the government id is left to the sender."""
DEFAULT_PREFILL_FIELDS = (
    "name.firstName",
    "name.secondName",
    "name.lastName",
    "name.secondLastName",
    "paymentMethod",
)
"""The fields that a new link is pre-filled with: the least that spares the sender typing."""
VERTEX_HINT = "the region that may process what senders write, for instance us-central1"
DEFAULT_MODEL = "gemini:gemini-3.8-flash"


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads `<NAME>_FILE` variables: the value is the file's text without the final line break."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the source protocol's signature
        field_name: str,
    ) -> tuple[Any, str, bool]:
        return read_secret_file(f"{field_name.upper()}_FILE"), field_name, False

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


PRODUCTION_QUIET_SECONDS = 1.5
"""People write one thought in several messages; they get one answer."""


class Settings(
    WhatsAppSettings,
    TwilioSettings,
    TelegramSettings,
    ChatwootSettings,
    RequestMoneySettings,
    Request4RSettings,
    AuditSettings,
    LimitSettings,
    AttachmentSettings,
    VnaSettings,
    BaseSettings,
):
    """Everything an operator can set. Empty partner addresses mean: use the sandbox."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    # Where the service listens and what it is called.
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    webhook_url: str = ""
    operations_host: str = "127.0.0.1"
    operations_port: int = Field(0, ge=0, le=65535, description="0 has no listener of its own")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    lola_env: Literal["development", "production"] = "development"
    allow_unsafe: Shortcuts = ()
    project_name: str = Field("lola", pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")
    brand_name: str = "Remesas Sol"
    assistant_name: str = "Lola"
    formality: Literal["tu", "usted"] = "tu"
    default_language: Language = DEFAULT_LANGUAGE

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
    debounce_seconds: Seconds | dict[str, Seconds] | None = None
    max_attempts: int = Field(5, ge=1)
    fold_courtesy: bool = True
    message_prices: Path | None = None
    message_cost_alarm: Decimal = Field(Decimal("0.50"), ge=0, description="0 is no alarm")
    handoff_minutes: float = Field(15.0, gt=0)
    colleague_minutes: float = Field(60.0, ge=0)
    canned_replies: Path | None = None
    worker_name: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,64}$")

    # Middleware, channels, agents and tools, by dotted name; a bank adds its own here.
    middleware: Names = DEFAULT_MIDDLEWARE
    channels: Names = DEFAULT_CHANNELS
    agents: Names = ("agents",)
    agents_reload_seconds: Seconds = 1.0
    agent_selector: str = ""
    tools: Names = ("agents.tools",)
    retriever: str = "knowledge.KnowledgeBase"
    knowledge_documents: str = ""
    knowledge_model: str = ""
    knowledge_model_floor: float = Field(1.0, gt=0, le=1)
    active_commands: bool = True
    command_numbers: str = ""
    phone_faker: bool = True

    # The 404 question (reference/lola.md 20.3): what a clear "no such sender" means.
    identity_not_found: Literal["unknown", "unavailable"] = "unknown"
    identity_without_phone: Literal["unknown", "unavailable"] = "unknown"

    # Partners.
    m2m_base_url: str = ""
    m2m_api_key: SecretStr = NO_SECRET
    m2m_webhook_secret: SecretStr = NO_SECRET
    m2m_webhook_seconds: float = Field(300.0, gt=0, description="age a webhook may have")
    m2m_late_hours: float = Field(72.0, ge=0, le=168, description="0 refuses late webhooks")
    m2m_callback_url: str = ""
    m2m_link_minutes: int = Field(60, ge=5, le=10080)
    m2m_routes: dict[str, str] = Field(default_factory=dict)
    m2m_fields: dict[str, str] = Field(default_factory=dict)
    m2m_payout_types: dict[str, str] = Field(default_factory=dict)
    m2m_prefill_fields: Names = DEFAULT_PREFILL_FIELDS
    m2m_reconcile_minutes: float = Field(10.0, ge=0, le=1440, description="0 never runs it")
    m2m_data_fields: Names = DEFAULT_DATA_FIELDS
    m2m_data_source: str = ""
    amount_alarm_share: float = Field(0.1, ge=0)
    raas_base_url: str = ""
    raas_api_key: SecretStr = NO_SECRET
    raas_profile: Literal["", "basic", "send", "full"] = ""
    raas_webhook_secret: SecretStr = NO_SECRET
    raas_client_certificate: str = ""
    raas_client_password: SecretStr = NO_SECRET
    partner_timeout_seconds: float = Field(8.0, gt=0)
    sender_reference_key: SecretStr = NO_SECRET

    # The secure page: who may report back, and the keys that prove it.
    callback_secret: SecretStr = NO_SECRET
    vault_secret: SecretStr = NO_SECRET
    jwt_private_key: SecretStr = NO_SECRET
    callbacks: Names = ("lola.money.handlers",)
    widget_origins: Names = ()
    chat_urls: dict[str, ChatUrl] = Field(default_factory=dict)
    session_minutes: float = Field(15.0, gt=0, le=120)
    trusted_proxies: Names = ()

    # How long a client may take, and how many connections there may be.
    client_header_seconds: float = Field(10.0, gt=0)
    client_body_seconds: float = Field(10.0, gt=0)
    client_idle_seconds: float = Field(12.0, gt=0)
    client_request_seconds: float = Field(30.0, gt=0)
    max_body_bytes: int = Field(256 * 1024, ge=1024)
    max_webhook_bytes: int = Field(4 * 1024 * 1024, ge=1024)
    max_header_bytes: int = Field(8 * 1024, ge=1024)
    connections_per_address: int = Field(1_000, ge=1)
    max_connections: int = Field(0, ge=0, description="0: half of the open files of the process")

    # The sandbox; 0 takes any free port. The address is of one that runs as another process.
    sandbox_url: str = Field("", pattern=LOOPBACK)
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

    # Hosts whose links may be in an answer, besides the links that are created here.
    allowed_link_hosts: Names = ()

    _tables: dict[str, object] = PrivateAttr(default_factory=dict)
    _sections: dict[tuple[str, type[BaseModel]], BaseModel] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_tables(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Keep the tables of lola.toml that are no settings of this tree, for `section`."""
        settings = handler(data)
        if isinstance(data, dict):
            settings._tables = {  # noqa: SLF001 - its own, which pydantic hands over as a value
                name: value for name, value in data.items() if name not in cls.model_fields
            }
        return settings

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

    def section(self, name: str, model: type[Model]) -> Model:
        """Return a bank's own settings, checked by its `model` (docs/extend.md).

        They are the table `[name]` of lola.toml and the variables `NAME__FIELD`, which win. Raises
        ConfigurationError that names the key, and never shows a value.
        """
        if name in type(self).model_fields:
            raise ConfigurationError(name, "is a setting of the service and no section")
        key = (name, model)
        if key not in self._sections:
            table = cast("dict[str, object]", self._tables.get(name, {}))
            self._sections[key] = read_section(name, model, table)
        return cast("Model", self._sections[key])

    @property
    def public_url(self) -> str:
        """The public origin, without a trailing slash."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 - compared only
        return (self.webhook_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def callback_secrets(self) -> tuple[str, ...]:
        """The secrets of CALLBACK_SECRET: the first seals, each of them opens."""
        return secrets_in(self.callback_secret)

    @property
    def vault_secrets(self) -> tuple[str, ...]:
        """The secrets of VAULT_SECRET, in the same way; none where the bank keeps no vault."""
        return secrets_in(self.vault_secret)

    @property
    def quiet_seconds(self) -> float | dict[str, float]:
        """Return how long a turn waits for quiet: as set, or else a moment in production."""
        if self.debounce_seconds is not None:
            return self.debounce_seconds
        return PRODUCTION_QUIET_SECONDS if self.is_production else 0.0

    @property
    def is_production(self) -> bool:
        """Return whether the shortcuts of development are refused."""
        return self.lola_env == "production"

    @property
    def model_names(self) -> tuple[str, ...]:
        """`provider:name` of the models that agents use in this order, unless they name others."""
        if self.lola_model:
            return self.lola_model
        # A project alone is often ambient: it chooses nothing without a region.
        has_vertex = self.google_cloud_project and self.google_cloud_location
        has_gemini = self.gemini_api_key.get_secret_value() or has_vertex
        return (DEFAULT_MODEL,) if has_gemini else ("offline",)

    @property
    def uses_vertex(self) -> bool:
        """Return whether Gemini is reached on Vertex AI: by GEMINI_SERVICE, or without a key."""
        if self.gemini_service == "auto":
            return bool(self.google_cloud_project) and not self.gemini_api_key.get_secret_value()
        return self.gemini_service == "vertex"

    @property
    def sandbox_origin(self) -> str:
        """The origin of the sandbox, as far as it is known before the start."""
        if self.sandbox_url or not self.sandbox_port:
            return self.sandbox_url
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def needs_sandbox(self) -> bool:
        """Return whether a partner has no address, so that the sandbox must replace it."""
        has_whatsapp = self.whatsapp_graph_url or self.token_whatsapp.get_secret_value()
        # In production a bank may go live without WhatsApp.
        return not (
            (has_whatsapp or self.is_production) and self.m2m_base_url and self.raas_base_url
        )

    def check(self) -> Self:
        """Refuse what is unsafe or contradictory; return itself. Raises ConfigurationError."""
        refuse(tuple(self._problems()))
        return self

    def _problems(self) -> Iterator[ConfigurationError]:
        if self.turn_seconds >= self.lease_seconds:
            yield ConfigurationError(
                "TURN_SECONDS",
                f"{self.turn_seconds} must be below LEASE_SECONDS ({self.lease_seconds})",
                hint="a turn that outlives its lease is repeated by another worker",
            )
        if self.voice_model and self.voice_seconds >= self.turn_seconds:
            yield ConfigurationError(
                "VOICE_SECONDS",
                f"{self.voice_seconds} must be below TURN_SECONDS ({self.turn_seconds})",
                hint="the turn has to answer what was heard in the time that is left",
            )
        yield from self.twilio_problems()
        if self.gemini_service == "vertex":
            for name in ("google_cloud_project", "google_cloud_location"):
                if not getattr(self, name):
                    yield ConfigurationError(
                        name.upper(), "is required when GEMINI_SERVICE is vertex", hint=VERTEX_HINT
                    )
        yield from unknown_keys(self._tables, type(self).model_fields)
        yield from self.audit_problems(is_production=self.is_production)
        yield from self.vna_problems(is_production=self.is_production)
        yield from self.request_money_problems(is_production=self.is_production)
        yield from self.request4r_problems(is_production=self.is_production)
        if self.is_production:
            yield from production_problems(self)


def refuse(problems: Sequence[ConfigurationError]) -> None:
    """Raise ConfigurationError: the problem, or one that names all when there are several."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise SeveralSettingsError(problems)
