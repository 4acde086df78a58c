"""Several models in order: the next one is asked when the one before it fails or takes too long.

Each is asked once. Then, if time is left, those whose failure may pass are asked once more. A model
that keeps failing is left out for a while. What a provider's content filter blocked is sent to no
other provider, because the filter's verdict is about the content and not about the provider.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from time import monotonic

import structlog

from lola.errors import ModelError
from lola.models.chat import ChatModel, ModelReply, ModelRequest
from lola.telemetry import names

FAILURES = 3
PAUSE_SECONDS = 30.0
RETRY_SECONDS = 0.25
# With less time than this no reply comes, but the request may be billed.
_LEAST_SECONDS = 0.1
# Failures of the model or its provider, as opposed to those of one request.
_UNHEALTHY = frozenset({"timeout", "unreachable", "busy", "broken", "denied", "unreadable"})

Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger(__name__)


class Breaker:
    """A circuit breaker: it leaves a failing model out for a while, then one request tries it."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._failures = 0
        self._out_until = 0.0

    @property
    def is_open(self) -> bool:
        """True while requests should go to another model."""
        return self._failures >= FAILURES and self._now() < self._out_until

    def asked(self) -> None:
        """Note that a request goes out; while it tries a failing model, no other one does."""
        if self._failures >= FAILURES:
            self._out_until = self._now() + PAUSE_SECONDS

    def answered(self) -> None:
        """Note that the model works."""
        self._failures = 0

    def failed(self, reason: str) -> None:
        """Count a failure that is the model's own."""
        if reason in _UNHEALTHY:
            self._failures += 1
            self._out_until = self._now() + PAUSE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model and its breaker; agents that use the same model share both."""

    model: ChatModel
    breaker: Breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One request to come: how long it may take, and how long to wait before it."""

    candidate: Candidate
    seconds: float = inf
    wait: float = 0.0
    is_second: bool = False

    def again(self, advice: float | None) -> "_Attempt":
        """Return the second attempt, after a moment or after the provider's own wait."""
        wait = max(RETRY_SECONDS, advice or 0.0)
        return _Attempt(candidate=self.candidate, wait=wait, is_second=True)


class FailoverModel:
    """Several models as one. `first_seconds`: how long each but the last may take at first."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        first_seconds: float,
        now: Callable[[], float] = monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._candidates = tuple(candidates)
        self._first_seconds = first_seconds
        self._now = now
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The names of all, in order."""
        return ", ".join(item.model.name for item in self._candidates)

    @property
    def token_scale(self) -> float:
        """The largest scale of all, since any of them may answer."""
        return max(getattr(item.model, "token_scale", 1.0) for item in self._candidates)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the reply of the first model that gives one, within `request.timeout`.

        Raises ModelError, which lists every model that was asked.
        """
        until = self._now() + request.timeout
        failed: list[tuple[str, str]] = []
        last = ModelError("no model has time to answer", reason="timeout", retryable=True)
        attempts = deque(self._first_attempts())
        while attempts:
            attempt = attempts.popleft()
            left = min(attempt.seconds, until - self._now() - attempt.wait)
            if left < _LEAST_SECONDS:
                continue
            if attempt.wait:
                await self._sleep(attempt.wait)
            try:
                reply = await self._ask(attempt.candidate, replace(request, timeout=left))
            except ModelError as error:
                last = error
                failed.append((attempt.candidate.model.name, error.reason))
                if error.reason == "blocked":
                    break
                if error.retryable and not attempt.is_second:
                    attempts.append(attempt.again(error.after))
            else:
                return replace(reply, failed=tuple(failed))
        raise _with_all(failed, last)

    def _first_attempts(self) -> list["_Attempt"]:
        healthy = [item for item in self._candidates if not item.breaker.is_open]
        # When all are failing, a slow attempt is still better than none.
        *earlier, last = healthy or self._candidates
        return [
            *(_Attempt(candidate=item, seconds=self._first_seconds) for item in earlier),
            _Attempt(candidate=last),
        ]

    async def close(self) -> None:
        """Close all."""
        for item in self._candidates:
            await item.model.close()

    async def _ask(self, candidate: Candidate, request: ModelRequest) -> ModelReply:
        candidate.breaker.asked()
        try:
            reply = await candidate.model.complete(request)
        except ModelError as error:
            candidate.breaker.failed(error.reason)
            log.warning(names.MODEL_PASSED_OVER, model=candidate.model.name, reason=error.reason)
            raise
        candidate.breaker.answered()
        return reply


def _with_all(failed: Sequence[tuple[str, str]], last: ModelError) -> ModelError:
    return ModelError(
        str(last.args[0]),
        reason=last.reason,
        retryable=last.retryable,
        after=last.after,
        failed=tuple(failed),
        hint=last.hint,
    )
