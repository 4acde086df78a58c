"""What is sent to Gemini: a request of the `ChatModel` protocol in the SDK's own types.

Fields that a model family refuses are left out (`families.toml`). The vendor's built-in tools,
automatic function calling and automatic continuation stay off (reference/channels.md 5).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelMessage,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolSchema,
    UserMessage,
)
from lola.models.families import Family
from lola.models.wire import fenced, spoken

if TYPE_CHECKING:
    from google.genai import types

_SAFETY = (
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
)
# Accepted in place of a signature for calls that this model did not make
# (reference/channels.md 5.2).
_NO_SIGNATURE = b"skip_thought_signature_validator"


class GeminiRequests:
    """Translates requests for one model. `name` marks the content that this model wrote itself."""

    def __init__(self, name: str, family: Family) -> None:
        from google.genai import types

        self._name = name
        self._family = family
        self._types: Any = types

    def config(self, request: ModelRequest) -> Any:
        """Return the configuration: system text, limits, tools, thresholds and thinking.

        It holds no timeout: the SDK sends one to the service as a deadline of its own, and the
        developer service refuses less than 10 seconds (reference/surprises.md 1.1).
        """
        types = self._types
        return types.GenerateContentConfig(
            system_instruction=request.system,
            temperature=request.temperature if self._family.sampling else None,
            max_output_tokens=request.max_output_tokens,
            safety_settings=[
                types.SafetySetting(
                    category=types.HarmCategory(category),
                    threshold=types.HarmBlockThreshold.BLOCK_ONLY_HIGH,
                )
                for category in _SAFETY
            ],
            tools=self._tools(request.tools),
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            automatic_continuation=False,
            thinking_config=self._thinking(),
        )

    def contents(self, messages: Sequence[ModelMessage]) -> Iterator["types.Content"]:
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

    def _tools(self, tools: Sequence[ToolSchema]) -> Any:
        declared = [
            self._types.FunctionDeclaration(
                name=tool.name,
                description=tool.description,
                parameters_json_schema=tool.parameters,
            )
            for tool in tools
        ]
        return [self._types.Tool(function_declarations=declared)] if declared else None

    def _thinking(self) -> Any:
        """Return the least thinking that the family takes: it is billed, slow, and is output."""
        family = self._family
        if family.thinking_level:
            level = self._types.ThinkingLevel(family.thinking_level.upper())
            return self._types.ThinkingConfig(thinking_level=level)
        if family.thinking_budget is not None:
            return self._types.ThinkingConfig(thinking_budget=family.thinking_budget)
        return None

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
        if kept is not None and kept.get("model") == self._name:
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


def _call_ids(content: "types.Content") -> frozenset[str]:
    return frozenset(
        part.function_call.id
        for part in content.parts or []
        if part.function_call is not None and part.function_call.id
    )
