"""The models that are configured: `offline`, `gemini:NAME`, `openai:NAME`. Imports the adapters."""

from collections.abc import Callable, Sequence

from yarl import URL

from lola.errors import ConfigurationError
from lola.models.chat import ChatModel
from lola.models.failover import Breaker, Candidate, FailoverModel
from lola.models.measured import MeasuredModel
from lola.settings import Settings
from lola.telemetry.metrics import Metrics


class Models:
    """Makes each named model once and closes them all."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._candidates: dict[str, Candidate] = {}
        self._orders: dict[tuple[str, ...], FailoverModel] = {}

    def get(self, names: Sequence[str] = ()) -> ChatModel:
        """Return the models of those names in order, the deployment's for none.

        Raises ConfigurationError for a name that is no model, or one whose access is not set.
        """
        wanted = tuple(names) or self._settings.model_names
        if wanted not in self._orders:
            self._orders[wanted] = FailoverModel(
                [self._candidate(name) for name in wanted],
                first_seconds=self._settings.model_first_seconds,
            )
        return self._orders[wanted]

    def each(self) -> tuple[ChatModel, ...]:
        """Return every single model that was made, for checks."""
        return tuple(item.model for item in self._candidates.values())

    def seconds_for(self, model: ChatModel) -> float:
        """Return how long a turn waits for a model: less where another may be asked after it."""
        earlier = {name for order in self._orders for name in order[:-1]}
        settings = self._settings
        return settings.model_first_seconds if model.name in earlier else settings.model_seconds

    async def close(self) -> None:
        """Close every model that was made."""
        for model in self.each():
            await model.close()

    def _candidate(self, name: str) -> Candidate:
        if name not in self._candidates:
            self._check_price(name)
            model = MeasuredModel(self._make(name), self._metrics, self._settings.model_prices)
            self._candidates[name] = Candidate(model=model, breaker=Breaker())
        return self._candidates[name]

    def _check_price(self, name: str) -> None:
        settings = self._settings
        if settings.sender_cost_per_day and name not in {OFFLINE, *settings.model_prices}:
            raise ConfigurationError(
                "MODEL_PRICES", f"has no price for {name}, which SENDER_COST_PER_DAY needs"
            )

    def _make(self, name: str) -> ChatModel:
        provider, _, model = name.partition(":")
        make = PROVIDERS.get(provider)
        if make is None or bool(model) is (provider == OFFLINE):
            raise ConfigurationError(
                "LOLA_MODEL", f"{name!r} is not a model", hint="offline, gemini:NAME or openai:NAME"
            )
        return make(model, self._settings)


def _offline(_: str, __: Settings) -> ChatModel:
    from lola.models.offline import OfflineModel

    return OfflineModel()


def _gemini(model: str, settings: Settings) -> ChatModel:
    from lola.models.gemini import GeminiModel

    vertex = settings.uses_vertex
    return GeminiModel(
        model,
        # Only the one that a setting chose: a project in the environment takes over from no key.
        api_key="" if vertex else settings.gemini_api_key.get_secret_value(),
        project=settings.google_cloud_project if vertex else "",
        location=settings.google_cloud_location if vertex else "",
        base_url=settings.google_gemini_base_url,
        cache_minutes=settings.gemini_cache_minutes,
    )


def _openai(model: str, settings: Settings) -> ChatModel:
    from lola.models.openai import OpenAIModel

    return OpenAIModel(
        model,
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        api=settings.openai_api,
    )


def where(name: str, settings: Settings) -> str:
    """Return who processes what a model is asked, for operators."""
    match name.partition(":")[0]:
        case "gemini" if settings.uses_vertex:
            return f"Vertex AI in {settings.google_cloud_location}"
        case "gemini":
            return "the Gemini developer service"
        case "openai":
            # Without a password that an address may hold.
            address = URL(settings.openai_base_url)
            return str(address.with_user(None)) if address.host else "OpenAI"
        case _:
            return "this process"


OFFLINE = "offline"
PROVIDERS: dict[str, Callable[[str, Settings], ChatModel]] = {
    OFFLINE: _offline,
    "gemini": _gemini,
    "openai": _openai,
}
