"""Gemini behind the `ChatModel` protocol: the developer service or Vertex, through google-genai.

It never runs a tool, never retries, never uses a vendor's built-in tool, and puts neither keys nor
texts into errors. The vendor's SDK is imported when the model is made (reference/channels.md 5).
"""

import asyncio
from typing import TYPE_CHECKING, Any

from lola.errors import ConfigurationError, ModelError
from lola.models.boundary import model_boundary
from lola.models.chat import ModelReply, ModelRequest
from lola.models.families import find_family
from lola.models.gemini_cache import PrefixCache
from lola.models.gemini_client import GeminiClient
from lola.models.gemini_errors import status_error
from lola.models.gemini_reply import read_reply
from lola.models.gemini_request import GeminiRequests
from lola.settings import VERTEX_HINT

if TYPE_CHECKING:
    from google.genai import types

# What the service answers for a cache that has run out or was deleted.
_CACHE_GONE = frozenset({400, 403, 404})


class GeminiModel:
    """One Gemini model: by key on the developer service, else by project and location on Vertex.

    Raises ConfigurationError when it has neither a key nor both of the others.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: str = "",
        project: str = "",
        location: str = "",
        base_url: str = "",
        cache_minutes: float = 0.0,
    ) -> None:
        if not api_key and not project:
            raise ConfigurationError("GEMINI_API_KEY", "is required for a gemini model")
        if not api_key and not location:
            raise ConfigurationError(
                "GOOGLE_CLOUD_LOCATION",
                "is required for Vertex AI",
                hint=VERTEX_HINT,
            )
        self.name = f"gemini:{model}"
        self._model = model
        self._requests = GeminiRequests(self.name, find_family("gemini", model))
        self._prefixes = PrefixCache(model, cache_minutes)
        self._client = GeminiClient(
            api_key=api_key, project=project, location=location, base_url=base_url
        )

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once, within `request.timeout`. Raises ModelError."""
        with model_boundary("gemini", status_error):
            contents = list(self._requests.contents(request.messages))
            if not contents:
                raise ModelError("there is nothing to answer")
            async with asyncio.timeout(request.timeout):
                response = await self._generate(self._requests.config(request), contents)
            return read_reply(self.name, request, response)

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        await self._prefixes.close()
        await self._client.close()

    async def _generate(
        self, config: Any, contents: "list[types.Content]"
    ) -> "types.GenerateContentResponse":
        """Ask with the cached prefix where there is one, and without it when it is gone."""
        from google.genai.errors import APIError

        client = (await self._client.opened()).aio
        name = self._prefixes.name_for(config, client.caches)
        if name is not None:
            without_prefix = {"cached_content": name, "system_instruction": None, "tools": None}
            cached = config.model_copy(update=without_prefix)
            try:
                return await client.models.generate_content(
                    model=self._model, contents=contents, config=cached
                )
            except APIError as error:
                if error.code not in _CACHE_GONE:
                    raise
                self._prefixes.forget(config)
        return await client.models.generate_content(
            model=self._model, contents=contents, config=config
        )
