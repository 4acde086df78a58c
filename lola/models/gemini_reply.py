"""What Gemini answered, in the `ChatModel` protocol: text, calls and counts, or a ModelError.

Only the content filter is `blocked`. Another odd ending keeps the text where it is whole, else the
next model is asked.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lola.domain.messages import JsonObject
from lola.errors import ModelError
from lola.models.chat import ModelReply, ModelRequest, ToolCall, Usage
from lola.models.thoughts import without_thoughts
from lola.models.tokens import usage_of
from lola.models.wire import taken_ids, unique_id, whole_sentences

if TYPE_CHECKING:
    from google.genai import types

# The content filter's endings, of the answer and of the prompt (reference/surprises.md 1.4).
_FILTERED = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
     "ESCALATION", "JAILBREAK", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"}
)  # fmt: skip
# The answer is whole; of an ending that is not known or not stated the calls are whole as well.
_WHOLE = "STOP"
_CALLS_INCOMPLETE = frozenset(
    {"MAX_TOKENS", "CONTINUATION", "LANGUAGE", "OTHER", "MALFORMED_FUNCTION_CALL",
     "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
     "MISSING_THOUGHT_SIGNATURE"}
)  # fmt: skip
# The same request would end in the same way.
_FINAL = {"MISSING_THOUGHT_SIGNATURE": "refused", "PUP_LIMITED_DISABLED": "denied"}


def read_reply(
    name: str, request: ModelRequest, response: "types.GenerateContentResponse"
) -> ModelReply:
    """Return what the model `name` answered. Raises ModelError for no usable answer."""
    if not response.candidates:
        raise _without_candidate(response)
    candidate = response.candidates[0]
    content = candidate.content
    ending = candidate.finish_reason.value if candidate.finish_reason else _WHOLE
    if ending in _FILTERED:
        raise ModelError(f"gemini blocked the answer: {ending}", reason="blocked")
    parts = (content.parts if content else None) or []
    calls = () if ending in _CALLS_INCOMPLETE else _calls(request, parts)
    said = "".join(part.text for part in parts if part.text and not part.thought)
    text = without_thoughts(said)
    if ending != _WHOLE and not calls:
        text = whole_sentences(text)
    if content is None or not (text or calls):
        reason = _FINAL.get(ending, "empty")
        raise ModelError(
            f"gemini gave no words: {ending}", reason=reason, retryable=reason == "empty"
        )
    kept = _kept(content, has_calls=bool(calls), is_said=text == said.strip())
    reply = ModelReply(
        text=text,
        calls=calls,
        provider_content={"model": name, "content": kept} if kept else None,
    )
    return replace(reply, usage=_usage(request, reply, response.usage_metadata))


def _without_candidate(response: "types.GenerateContentResponse") -> ModelError:
    feedback = response.prompt_feedback
    why = feedback.block_reason.value if feedback and feedback.block_reason else ""
    if why in _FILTERED:
        return ModelError(f"gemini blocked the prompt: {why}", reason="blocked")
    return ModelError(f"gemini gave no candidate: {why or 'no reason'}", reason="empty",
                      retryable=True)  # fmt: skip


def _kept(content: "types.Content", *, has_calls: bool, is_said: bool) -> JsonObject | None:
    """Return what the service wants back: calls and signatures, and text only as it was said.

    Text beside calls is dropped: no guard saw it. A call without a result is refused later on, so
    an answer whose calls are not run is kept as its text alone.
    """
    parts = content.parts or []
    if has_calls:
        parts = [
            part if part.function_call is not None else part.model_copy(update={"text": ""})
            for part in parts
            if part.function_call is not None or part.thought_signature
        ]
    elif not is_said or any(part.function_call is not None for part in parts):
        return None
    bare = content.model_copy(update={"parts": parts})
    return bare.model_dump(mode="json", exclude_none=True)


def _calls(request: ModelRequest, parts: Sequence["types.Part"]) -> tuple[ToolCall, ...]:
    calls: dict[str, ToolCall] = {}
    taken = taken_ids(request.messages)
    for part in parts:
        if part.function_call is not None:
            # Ids are optional on this wire.
            name = unique_id(part.function_call.id, {*taken, *calls})
            calls[name] = ToolCall(
                id=name,
                name=part.function_call.name or "",
                arguments=dict(part.function_call.args or {}),
            )
    return tuple(calls.values())


def _usage(
    request: ModelRequest,
    reply: ModelReply,
    counted: "types.GenerateContentResponseUsageMetadata | None",
) -> Usage:
    if counted is None:
        return usage_of(request, reply)
    return usage_of(
        request,
        reply,
        input_tokens=(counted.prompt_token_count or 0) + (counted.tool_use_prompt_token_count or 0),
        output_tokens=(counted.candidates_token_count or 0) + (counted.thoughts_token_count or 0),
        cached_tokens=counted.cached_content_token_count,
    )
