"""Gemini's explicit context caches: system text and tools, uploaded once, billed at a discount.

An answer never waits for a cache. It is made in the background after its prefix was seen twice;
when anything goes wrong with it, the request goes out with the whole prefix. Only the prefix is
stored, never what a sender or a tool said. Off unless an operator sets a lifetime: stored prompts
are not "zero retention".
"""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any

import structlog

from lola.telemetry import names

_WORTH_IT = 2
# A cache is replaced while it still works, so that no request names one that has just run out.
_RENEW_AT = 0.8
_KEPT_PREFIXES = 64
_MAKING_SECONDS = 30.0

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class _Prefix:
    """What is known of one prefix. Until `until`, `name` holds it, or no cache is tried again."""

    seen: int = 0
    name: str | None = None
    until: float = 0.0
    making: asyncio.Task[None] | None = None


class PrefixCache:
    """The caches of one model. `minutes` is their life; 0 makes none."""

    def __init__(self, model: str, minutes: float) -> None:
        self._model = model
        self._seconds = minutes * 60
        self._prefixes: dict[str, _Prefix] = {}

    def name_for(self, config: Any, caches: Any) -> str | None:
        """Return the cache that holds this request's prefix, or None; start one when it pays."""
        if not self._seconds:
            return None
        prefix = self._of(config)
        prefix.seen += 1
        if monotonic() < prefix.until:
            return prefix.name
        prefix.name = None
        if prefix.seen >= _WORTH_IT and prefix.making is None:
            prefix.making = asyncio.create_task(self._make(prefix, config, caches))
        return None

    def forget(self, config: Any) -> None:
        """Drop a cache that the service does not know any more."""
        prefix = self._of(config)
        prefix.name, prefix.until = None, 0.0

    async def close(self) -> None:
        """End what is still being made."""
        making = [prefix.making for prefix in self._prefixes.values() if prefix.making]
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)
        self._prefixes.clear()

    def _of(self, config: Any) -> _Prefix:
        tools = [tool.model_dump_json(exclude_none=True) for tool in config.tools or ()]
        digest = sha256("\0".join((config.system_instruction or "", *tools)).encode()).hexdigest()
        if digest not in self._prefixes and len(self._prefixes) >= _KEPT_PREFIXES:
            # The day changed, a prompt was edited: the oldest prefix will not come back.
            del self._prefixes[next(iter(self._prefixes))]
        return self._prefixes.setdefault(digest, _Prefix())

    async def _make(self, prefix: _Prefix, config: Any, caches: Any) -> None:
        from google.genai import types

        prefix.until = monotonic() + self._seconds * _RENEW_AT
        wanted = types.CreateCachedContentConfig(
            system_instruction=config.system_instruction,
            tools=config.tools,
            ttl=f"{round(self._seconds)}s",
            display_name="lola",
        )
        try:
            async with asyncio.timeout(_MAKING_SECONDS):
                prefix.name = (await caches.create(model=self._model, config=wanted)).name
        except Exception as error:  # noqa: BLE001 - too short a prompt, no right to cache, an outage
            log.info(names.MODEL_CACHE_REFUSED, model=self._model, error=type(error).__name__)
        finally:
            prefix.making = None
