"""OpenAI and compatible servers behind the `ChatModel` protocol, by chat completions or Responses.

It never runs a tool, never retries, and puts neither keys nor texts into errors. The vendor's SDK
is imported when the first request is made (reference/channels.md 5.8).
"""

import asyncio
from typing import Literal

from lola.errors import ConfigurationError
from lola.models.boundary import model_boundary
from lola.models.chat import ModelReply, ModelRequest
from lola.models.families import Family, find_family
from lola.models.openai_chat import ChatWire
from lola.models.openai_client import OpenAIClient, is_compatible, status_error
from lola.models.openai_responses import ResponsesWire

Api = Literal["auto", "chat", "responses"]


class OpenAIModel:
    """One model of OpenAI, or of a compatible server at `base_url` (which may need no key).

    `api` is how it is asked. `auto`: OpenAI's own models as their family says, and compatible
    servers by chat completions, which all of them speak. `family` replaces what the table says.
    Raises ConfigurationError when it has neither a key nor an address.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: str = "",
        base_url: str = "",
        api: Api = "auto",
        family: Family | None = None,
    ) -> None:
        if not api_key and not base_url:
            raise ConfigurationError("OPENAI_API_KEY", "is required for an openai model")
        self.name = f"openai:{model}"
        takes = family or find_family("openai", model, is_compatible=is_compatible(base_url))
        self.api = api if api != "auto" else _api(takes, base_url)
        wire = ResponsesWire if self.api == "responses" else ChatWire
        self._wire = wire(self.name, model, takes)
        self._client = OpenAIClient(api_key=api_key, base_url=base_url)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once, within `request.timeout`. Raises ModelError."""
        with model_boundary("openai", status_error):
            options = self._wire.request(request)
            async with asyncio.timeout(request.timeout):
                body = await self._client.post(self._wire.path, options, request.timeout)
            return self._wire.read(request, body)

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        await self._client.close()


def _api(family: Family, base_url: str) -> Literal["chat", "responses"]:
    return "responses" if family.api == "responses" and not is_compatible(base_url) else "chat"
