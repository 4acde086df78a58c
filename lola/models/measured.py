"""A model whose calls, seconds, tokens and cost are counted; texts are never kept."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from time import monotonic

from lola.errors import ModelError
from lola.models.chat import ChatModel, ModelReply, ModelRequest, Usage
from lola.models.tokens import TokenScale, estimate_request
from lola.settings import ModelPrice
from lola.telemetry.metrics import Metrics

_MILLION = Decimal(1_000_000)


class MeasuredModel:
    """Passes everything on to a chat model and keeps the figures; without a price, no cost."""

    def __init__(
        self, model: ChatModel, metrics: Metrics, prices: Mapping[str, ModelPrice] | None = None
    ) -> None:
        self._model = model
        self._metrics = metrics
        self._price = (prices or {}).get(model.name)
        self._scale = TokenScale()

    @property
    def name(self) -> str:
        """The wrapped model's name."""
        return self._model.name

    @property
    def token_scale(self) -> float:
        """What the provider counted lately to what we estimated."""
        return self._scale.value

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Ask the model once and count what it took. Raises ModelError."""
        started = monotonic()
        try:
            reply = await self._model.complete(request)
        except ModelError as error:
            self._metrics.model_call(self.name, error.reason, monotonic() - started)
            raise
        if not reply.usage.is_estimate:
            self._scale.learn(estimate_request(request), reply.usage.input_tokens)
        cost = cost_of(reply.usage, self._price) if self._price else None
        self._metrics.model_call(
            self.name,
            "ok",
            monotonic() - started,
            input_tokens=reply.usage.input_tokens,
            cached_tokens=reply.usage.cached_tokens,
            output_tokens=reply.usage.output_tokens,
            cost=float(cost or 0),
        )
        return replace(reply, model=self.name, cost=cost)

    async def close(self) -> None:
        """Close the wrapped model."""
        await self._model.close()


def cost_of(usage: Usage, price: ModelPrice) -> Decimal:
    """Return what these tokens cost, in the currency of the price table."""
    cached = price.input if price.cached is None else price.cached
    fresh_tokens = usage.input_tokens - usage.cached_tokens
    return (
        fresh_tokens * price.input
        + usage.cached_tokens * cached
        + usage.output_tokens * price.output
    ) / _MILLION
