"""The protocol of what writes down a voice note, and the one that a setting chooses.

Adapters translate at the edge. Audio and words get into no log, error or metric.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from typing import Protocol

from lola.errors import ConfigurationError, ModelError
from lola.models.chat import ModelReply, Usage
from lola.models.measured import cost_of
from lola.settings import Settings
from lola.telemetry.metrics import Metrics

SETTING = "VOICE_MODEL"
TOKENS_PER_SECOND = 32
"""What a second of sound counts as at Gemini; the estimate where a server does not count."""
MOST_WORDS = 1024
"""Tokens that a transcript may have: two minutes of fast speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A voice note. `mime` is what its bytes are, `seconds` how long it is."""

    audio: bytes
    mime: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The words of a recording, empty where none are spoken, and what they took."""

    text: str
    usage: Usage


class Transcriber(Protocol):
    """Writes down recordings. `name` is `provider:model`, as in the table of prices."""

    name: str

    async def transcribe(self, recording: Recording, *, seconds: float) -> Transcript:
        """Return the words, in the language that is spoken, within `seconds`. Raises ModelError."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


def most_usage(recording: Recording) -> Usage:
    """Return the most that a recording may take, to reserve it."""
    return Usage(input_tokens=estimate(recording), output_tokens=MOST_WORDS, is_estimate=True)


def estimate(recording: Recording) -> int:
    """Return about how many tokens a recording takes as input."""
    return int(recording.seconds * TOKENS_PER_SECOND) + 100


class MeasuredTranscriber:
    """Passes recordings on and keeps the figures, as `MeasuredModel` does."""

    def __init__(self, transcriber: Transcriber, metrics: Metrics, settings: Settings) -> None:
        self._transcriber = transcriber
        self._metrics = metrics
        self._price = settings.model_prices.get(transcriber.name)

    async def transcribe(self, recording: Recording, *, seconds: float) -> ModelReply:
        """Return the words as a reply with its cost. Raises ModelError."""
        name, started = self._transcriber.name, monotonic()
        try:
            heard = await self._transcriber.transcribe(recording, seconds=seconds)
        except ModelError as error:
            self._metrics.model_call(name, error.reason, monotonic() - started)
            raise
        cost = cost_of(heard.usage, self._price) if self._price else None
        self._metrics.model_call(
            name,
            "ok",
            monotonic() - started,
            input_tokens=heard.usage.input_tokens,
            output_tokens=heard.usage.output_tokens,
            cost=float(cost or Decimal(0)),
        )
        return ModelReply(text=heard.text, usage=heard.usage, model=name, cost=cost)

    async def close(self) -> None:
        """Release connections."""
        await self._transcriber.close()


def choose_transcriber(settings: Settings, metrics: Metrics) -> MeasuredTranscriber | None:
    """Return what VOICE_MODEL names; None for nothing. Raises ConfigurationError."""
    if not settings.voice_model:
        return None
    provider, _, model = settings.voice_model.partition(":")
    if settings.sender_cost_per_day and settings.voice_model not in settings.model_prices:
        raise ConfigurationError(
            "MODEL_PRICES",
            f"has no price for {settings.voice_model}, which SENDER_COST_PER_DAY needs",
        )
    return MeasuredTranscriber(_PROVIDERS[provider](model, settings), metrics, settings)


def _gemini(model: str, settings: Settings) -> Transcriber:
    from lola.models.gemini_audio import GeminiTranscriber
    from lola.models.gemini_client import client_from

    return GeminiTranscriber(model, client_from(settings, SETTING))


def _openai(model: str, settings: Settings) -> Transcriber:
    from lola.models.openai_audio import OpenAITranscriber

    key = settings.voice_api_key.get_secret_value() or settings.openai_api_key.get_secret_value()
    return OpenAITranscriber(
        model,
        # A key of OpenAI's goes to no other server than the one that it is set for.
        api_key=settings.voice_api_key.get_secret_value() if settings.voice_base_url else key,
        base_url=settings.voice_base_url or settings.openai_base_url,
    )


_PROVIDERS: dict[str, Callable[[str, Settings], Transcriber]] = {
    "gemini": _gemini,
    "openai": _openai,
}
