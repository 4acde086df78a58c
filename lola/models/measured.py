"""A model that counts its calls, seconds and tokens; what was said stays where it was."""

from time import monotonic

from lola.errors import ModelError
from lola.models.chat import ChatModel, ModelReply, ModelRequest
from lola.telemetry.metrics import Metrics


class MeasuredModel:
    """Passes everything on to a chat model and keeps the figures."""

    def __init__(self, model: ChatModel, metrics: Metrics) -> None:
        self._model = model
        self._metrics = metrics

    @property
    def name(self) -> str:
        """The wrapped model's name."""
        return self._model.name

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer, and count."""
        started = monotonic()
        try:
            reply = await self._model.complete(request)
        except ModelError:
            self._metrics.model_call(self.name, "failed", monotonic() - started)
            raise
        self._metrics.model_call(
            self.name,
            "ok",
            monotonic() - started,
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
        )
        return reply

    async def close(self) -> None:
        """Close the wrapped model."""
        await self._model.close()
