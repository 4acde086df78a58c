"""Which model answers: `offline`, `gemini:NAME`. Adapters are imported here, when chosen."""

from lola.errors import ConfigurationError
from lola.models.chat import ChatModel
from lola.models.measured import MeasuredModel
from lola.settings import Settings
from lola.telemetry.metrics import Metrics


class Models:
    """Makes each named model once and closes them all."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._models: dict[str, ChatModel] = {}

    def get(self, name: str = "") -> ChatModel:
        """Answer the model of that name, the deployment's default for none."""
        wanted = name or self._settings.model_name
        if wanted not in self._models:
            self._models[wanted] = MeasuredModel(self._make(wanted), self._metrics)
        return self._models[wanted]

    async def close(self) -> None:
        """Close every model that was made."""
        for model in self._models.values():
            await model.close()

    def _make(self, name: str) -> ChatModel:
        provider, _, model = name.partition(":")
        if provider == "offline":
            from lola.models.offline import OfflineModel

            return OfflineModel()
        if provider == "gemini" and model:
            from lola.models.gemini import GeminiModel

            settings = self._settings
            return GeminiModel(
                model,
                api_key=settings.gemini_api_key.get_secret_value(),
                project=settings.google_cloud_project,
                location=settings.google_cloud_location,
                base_url=settings.google_gemini_base_url,
            )
        raise ConfigurationError(
            "LOLA_MODEL", f"{name!r} is not a model", hint="offline, or gemini:NAME"
        )
