"""Gemini behind the `ChatModel` protocol: the developer service or Vertex, through google-genai.

This module translates and nothing else: it never runs a tool, never retries, never follows a
vendor's built-in tool, and puts neither keys nor texts into errors. The vendor's SDK is imported
when the model is made (reference/channels.md 5).
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import aiohttp

from lola.errors import ConfigurationError, ModelError
from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelMessage,
    ModelReply,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    Usage,
    UserMessage,
)
from lola.models.gemini_cache import PrefixCache
from lola.models.wire import fenced, refusal, spoken, unique_id, whole_sentences

if TYPE_CHECKING:
    from google import genai
    from google.genai import types

API_VERSION = "v1beta"
VERTEX_API_VERSION = "v1beta1"

_SAFETY = (
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
)
# Another try may end otherwise; every other odd ending is the service's considered refusal.
_RETRYABLE_ENDINGS = frozenset(
    {"MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "MAX_TOKENS", "OTHER"}
)
# What the service answers for a cache that has run out or was deleted.
_CACHE_GONE = frozenset({400, 403, 404})
# Accepted in place of a signature for calls that this model did not make (channels.md 5.2).
_NO_SIGNATURE = b"skip_thought_signature_validator"


class GeminiModel:
    """One Gemini model. With `project` and `location` it speaks to Vertex, else to the key's owner.

    Raises ConfigurationError when it has neither a key nor a project.
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
        if not api_key and not (project and location):
            raise ConfigurationError("GEMINI_API_KEY", "is required for a gemini model")
        from google.genai import errors, types

        self.name = f"gemini:{model}"
        self._model = model
        self._types: Any = types
        self._api_error = errors.APIError
        self._base_url = base_url
        self._access: dict[str, Any] = (
            {"vertexai": True, "project": project, "location": location}
            if project
            else {"vertexai": False, "api_key": api_key}
        )
        self._prefixes = PrefixCache(model, cache_minutes)
        self._session: aiohttp.ClientSession | None = None
        self._client: genai.Client | None = None

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer one request within `request.timeout`. Raises ModelError."""
        contents = list(self._contents(request.messages))
        if not contents:
            raise ModelError("there is nothing to answer")
        try:
            async with asyncio.timeout(request.timeout):
                return self._reply(await self._generate(request, contents))
        except self._api_error as error:
            raise refusal("gemini", error.code, _advice(error)) from None
        except TimeoutError:
            raise ModelError("gemini ran out of time", reason="timeout", retryable=True) from None
        except (aiohttp.ClientError, OSError) as error:
            raise ModelError(
                f"gemini cannot be reached: {type(error).__name__}",
                reason="unreachable",
                retryable=True,
            ) from None
        except ValueError as error:
            raise ModelError(
                f"gemini's answer cannot be read: {type(error).__name__}",
                reason="unreadable",
                retryable=True,
            ) from None

    async def _generate(
        self, request: ModelRequest, contents: "list[types.Content]"
    ) -> "types.GenerateContentResponse":
        """Ask with the cached prefix where there is one, and without it when it is gone."""
        models = self._opened().aio.models
        config = self._config(request)
        cached = self._cached(config)
        if cached is not None:
            try:
                return await models.generate_content(
                    model=self._model, contents=contents, config=cached
                )
            except self._api_error as error:
                if error.code not in _CACHE_GONE:
                    raise
                self._prefixes.forget(config)
        return await models.generate_content(model=self._model, contents=contents, config=config)

    def _cached(self, config: Any) -> Any:
        """Answer the same request with its prefix replaced by the cache's name, or None."""
        name = self._prefixes.name_for(config, self._opened().aio.caches)
        if name is None:
            return None
        return config.model_copy(
            update={"cached_content": name, "system_instruction": None, "tools": None}
        )

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        await self._prefixes.close()
        session, client = self._session, self._client
        self._session = self._client = None
        if client is not None:
            await client.aio.aclose()
            client.close()
        if session is not None:
            await session.close()

    def _opened(self) -> "genai.Client":
        """Answer the client, made at first need because its session belongs to the running loop."""
        if self._client is None:
            from google import genai

            self._session = aiohttp.ClientSession()
            options = self._types.HttpOptions(
                api_version=VERTEX_API_VERSION if self._access["vertexai"] else API_VERSION,
                base_url=self._base_url or None,
                # One attempt, stated: else the SDK repeats a broken connection after 1 to 10 s.
                retry_options=self._types.HttpRetryOptions(attempts=1),
                aiohttp_client=self._session,
            )
            self._client = genai.Client(**self._access, http_options=options)
        return self._client

    def _config(self, request: ModelRequest) -> Any:
        types = self._types
        tools: list[Any] = (
            [types.Tool(function_declarations=[self._declaration(tool) for tool in request.tools])]
            if request.tools
            else []
        )
        return types.GenerateContentConfig(
            http_options=types.HttpOptions(timeout=max(1, round(request.timeout * 1000))),
            system_instruction=request.system,
            temperature=request.temperature,
            max_output_tokens=request.max_output_tokens,
            candidate_count=1,
            safety_settings=[
                types.SafetySetting(
                    category=types.HarmCategory(category),
                    threshold=types.HarmBlockThreshold.BLOCK_ONLY_HIGH,
                )
                for category in _SAFETY
            ],
            tools=tools or None,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            thinking_config=self._thinking(),
        )

    def _thinking(self) -> Any:
        """As little as the model allows: thoughts are billed, slow, and count as output tokens."""
        if "2.5-flash" in self._model:
            return self._types.ThinkingConfig(thinking_budget=0)
        if "gemini-3" in self._model:
            return self._types.ThinkingConfig(thinking_level=self._types.ThinkingLevel.LOW)
        return None

    def _declaration(self, tool: ToolSchema) -> Any:
        return self._types.FunctionDeclaration(
            name=tool.name,
            description=tool.description,
            parameters_json_schema=tool.parameters,
        )

    def _contents(self, messages: Sequence[ModelMessage]) -> Iterator["types.Content"]:
        """Yield contents whose roles alternate; results follow their calls, in their order."""
        types = self._types
        parts: list[Any] = []
        results: list[ToolMessage] = []
        calls: tuple[ToolCall, ...] = ()
        known: frozenset[str] = frozenset()
        for message in messages:
            if isinstance(message, ToolMessage):
                results.append(message)
                continue
            parts += self._results(results, calls, known)
            results = []
            match message:
                case UserMessage(text=text) if text:
                    parts.append(types.Part(text=text))
                case DataMessage():
                    parts.append(types.Part(text=fenced(message)))
                case AssistantMessage():
                    said = self._assistant(message)
                    if said is None:
                        continue
                    if parts:
                        yield types.Content(role="user", parts=parts)
                        parts = []
                    yield said
                    calls, known = message.calls, _call_ids(said)
        parts += self._results(results, calls, known)
        if parts:
            yield types.Content(role="user", parts=parts)

    def _results(
        self, results: Sequence[ToolMessage], calls: Sequence[ToolCall], known: frozenset[str]
    ) -> list["types.Part"]:
        order = {call.id: position for position, call in enumerate(calls)}
        return [
            self._types.Part(
                function_response=self._types.FunctionResponse(
                    id=message.call_id if message.call_id in known else None,
                    name=message.name,
                    response=message.result,
                )
            )
            for message in sorted(results, key=lambda item: order.get(item.call_id, len(order)))
        ]

    def _assistant(self, message: AssistantMessage) -> Any:
        types = self._types
        kept = message.provider_content
        if kept is not None and kept.get("model") == self.name:
            return types.Content.model_validate(kept["content"])
        text = spoken(message)
        parts = [types.Part(text=text)] if text else []
        for position, call in enumerate(message.calls):
            parts.append(
                types.Part(
                    function_call=types.FunctionCall(name=call.name, args=call.arguments),
                    thought_signature=_NO_SIGNATURE if position == 0 else None,
                )
            )
        return types.Content(role="model", parts=parts) if parts else None

    def _reply(self, response: "types.GenerateContentResponse") -> ModelReply:
        if not response.candidates:
            feedback = response.prompt_feedback
            if feedback is not None and feedback.block_reason is not None:
                raise ModelError(
                    f"gemini blocked the prompt: {feedback.block_reason.value}", reason="blocked"
                )
            raise ModelError("gemini gave no candidate", reason="empty", retryable=True)
        candidate = response.candidates[0]
        content = candidate.content
        ending = candidate.finish_reason.value if candidate.finish_reason else "STOP"
        parts = (content.parts if content else None) or []
        text = "".join(part.text for part in parts if part.text and not part.thought).strip()
        calls = _calls(parts)
        if ending == "MAX_TOKENS" and not calls:
            text = whole_sentences(text)
        elif ending != "STOP":
            text, calls = "", ()
        if content is None or not (text or calls):
            is_retryable = ending == "STOP" or ending in _RETRYABLE_ENDINGS
            raise ModelError(
                f"gemini gave no words: {ending}",
                reason="empty" if is_retryable else "blocked",
                retryable=is_retryable,
            )
        return ModelReply(
            text=text,
            calls=calls,
            usage=_usage(response.usage_metadata),
            provider_content={
                "model": self.name,
                "content": content.model_dump(mode="json", exclude_none=True),
            },
        )


def _calls(parts: Sequence["types.Part"]) -> tuple[ToolCall, ...]:
    calls: dict[str, ToolCall] = {}
    for part in parts:
        if part.function_call is not None:
            # Ids are optional on this wire; ours only has to be unique in the turn.
            name = unique_id(part.function_call.id, calls)
            calls[name] = ToolCall(
                id=name,
                name=part.function_call.name or "",
                arguments=dict(part.function_call.args or {}),
            )
    return tuple(calls.values())


def _advice(error: Any) -> str | None:
    """How long the service asks us to wait: its own detail, else the header (channels.md 5.5)."""
    body = error.details if isinstance(error.details, dict) else {}
    inner = body.get("error")
    details = inner.get("details") if isinstance(inner, dict) else None
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and "retryDelay" in detail:
            return str(detail["retryDelay"])
    headers = getattr(error.response, "headers", None)
    return headers.get("Retry-After") if headers is not None else None


def _call_ids(content: "types.Content") -> frozenset[str]:
    return frozenset(
        part.function_call.id
        for part in content.parts or []
        if part.function_call is not None and part.function_call.id
    )


def _usage(counted: "types.GenerateContentResponseUsageMetadata | None") -> Usage:
    if counted is None:
        return Usage()
    return Usage(
        input_tokens=(counted.prompt_token_count or 0) + (counted.tool_use_prompt_token_count or 0),
        output_tokens=(counted.candidates_token_count or 0) + (counted.thoughts_token_count or 0),
        cached_tokens=counted.cached_content_token_count or 0,
    )
