"""What Gemini refuses, on the developer service and on Vertex: the rules of the loopback server.

Written from the services' own texts and reports (reference/channels.md 5 and
reference/surprises.md 1), never from the product's table, so that an error there fails a test.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]

SENTINEL = b"skip_thought_signature_validator"
_DEVELOPER = re.compile(r"^/v1(?:beta)?/models/(?P<model>[^/:]+):generateContent$")
_VERTEX = re.compile(
    r"^/v1(?:beta1)?/projects/[^/]+/locations/[^/]+/publishers/google/models/(?P<model>[^/:]+)"
    r":generateContent$"
)
_FIELDS = {
    "": {"contents", "systemInstruction", "safetySettings", "tools", "toolConfig",
         "generationConfig", "cachedContent"},
    "generationConfig": {"temperature", "topP", "topK", "candidateCount", "maxOutputTokens",
                         "stopSequences", "responseMimeType", "responseSchema",
                         "responseJsonSchema", "seed", "thinkingConfig"},
    "thinkingConfig": {"includeThoughts", "thinkingBudget", "thinkingLevel"},
    "contents": {"role", "parts"},
    "parts": {"text", "thought", "thoughtSignature", "functionCall", "functionResponse",
              "inlineData"},
    "inlineData": {"mimeType", "data"},
    "functionCall": {"id", "name", "args"},
    "functionResponse": {"id", "name", "response"},
    "tools": {"functionDeclarations"},
    "functionDeclarations": {"name", "description", "parameters", "parametersJsonSchema"},
    "safetySettings": {"category", "threshold"},
}  # fmt: skip
_SAMPLING = ("temperature", "topP", "topK", "candidateCount")
_FUNCTION = re.compile(r"^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$")


def refused(path: str, headers: Mapping[str, str], body: Body, issued: set[str]) -> str:
    """Return why the service refuses a request, empty for one that it takes.

    `issued` are the call ids and thought signatures that this server gave out.
    """
    developer, vertex = _DEVELOPER.match(path), _VERTEX.match(path)
    found = developer or vertex
    if found is None:
        return f"404 no such path: {path}"
    if developer and not headers.get("x-goog-api-key"):
        return "403 Method doesn't allow unregistered callers"
    if vertex and not headers.get("Authorization", "").startswith("Bearer "):
        return "401 Request is missing required authentication credential"
    deadline = headers.get("X-Server-Timeout")
    if developer and deadline is not None and float(deadline) < 10:
        return "Manually set deadline is too short. Minimum allowed deadline is 10s."
    checks = (
        _unknown_fields(body),
        _generation(found["model"], _camel(body.get("generationConfig", {}))),
        _declarations(body),
        _cache(body),
        _contents(body),
        _ids(found["model"], body, issued),
        _signatures(found["model"], body, issued),
    )
    return next((problem for check in checks for problem in check), "")


def version(model: str) -> float:
    """Return the generation of a name; `latest` is the newest, another name is an old one."""
    digits = re.match(r"gemini-(\d+(?:\.\d+)?)", model)
    if digits is None:
        return 99.0 if model.endswith("-latest") else 0.0
    return float(digits[1])


def _unknown_fields(value: Any, place: str = "") -> Iterator[str]:
    """Yield "Unknown name" for each field that the wire does not have."""
    for item in value if isinstance(value, list) else [value]:
        for name, inner in _camel(item).items():
            if name not in _FIELDS[place]:
                yield f'Invalid JSON payload received. Unknown name "{name}" at "{place}"'
            elif name in _FIELDS:
                yield from _unknown_fields(inner, name)


def _generation(model: str, config: Body) -> Iterator[str]:
    known = version(model)
    if known >= 3.6 or "3.5-flash-lite" in model:
        yield from (f"{name} is not supported by {model}" for name in _SAMPLING if name in config)
    if config.get("maxOutputTokens", 1) < 1:
        yield "max_output_tokens must be positive"
    thinking = _camel(config.get("thinkingConfig", {}))
    budget, level = thinking.get("thinkingBudget"), thinking.get("thinkingLevel")
    if thinking and known < 2.5:
        yield "Thinking is not supported by this model"
    if level is not None and (known < 3 or budget is not None):
        yield "Thinking level is not supported for this model or beside a budget"
    if budget is not None and (known >= 3 or budget < (128 if "pro" in model else 0)):
        yield "The thinking budget is invalid"
    levels = {"LOW", "MEDIUM", "HIGH"} | (
        {"MINIMAL"} if known < 3.7 and "flash" in model else set()
    )
    if level is not None and str(level).upper() not in levels:
        yield f"Thinking level {level} is not supported for this model"


def _declarations(body: Body) -> Iterator[str]:
    for tool in body.get("tools", ()):
        for declared in map(_camel, _camel(tool)["functionDeclarations"]):
            if not _FUNCTION.match(declared["name"]):
                yield "Invalid function name"
            if declared.get("parametersJsonSchema", {}).get("type", "object") != "object":
                yield "functionDeclaration parameters schema should be of type OBJECT"


def _cache(body: Body) -> Iterator[str]:
    if "cachedContent" in body and ("tools" in body or "systemInstruction" in body):
        yield "CachedContent can not be used with GenerateContent request setting tools"


def _contents(body: Body) -> Iterator[str]:
    """Roles alternate, and results answer the calls before them, as many and in order."""
    wanted: list[str] = []
    previous = ""
    for content in body["contents"]:
        if content["role"] not in {"user", "model"}:
            yield "Please use a valid role: user, model."
        if content["role"] == previous:
            yield "roles do not alternate"
        previous = content["role"]
        if not content["parts"] or not all(content["parts"]):
            yield "contents.parts must not be empty"
        if _names(content, "functionResponse") != wanted:
            yield "the number of function response parts is not that of the function call parts"
        wanted = _names(content, "functionCall")
    if wanted:
        yield "a function call has no response"
    if previous != "user":
        yield "the conversation does not end with the user"


def _names(content: Body, kind: str) -> list[str]:
    return [part[kind]["name"] for part in map(_camel, content["parts"]) if kind in part]


def _ids(model: str, body: Body, issued: set[str]) -> Iterator[str]:
    """A call's id is optional; one that comes back is one that was given out."""
    for content in body["contents"]:
        for part in map(_camel, content["parts"]):
            for kind in ("functionCall", "functionResponse"):
                given = part.get(kind, {}).get("id")
                if given is not None and given not in issued:
                    yield f"the function id {given} is unknown to {model}"


def _signatures(model: str, body: Body, issued: set[str]) -> Iterator[str]:
    """Calls of the turn that goes on carry the signature they came with, or the sentinel."""
    known = {SENTINEL, *(text.encode("latin-1") for text in issued)}
    contents = body["contents"]
    starts = [
        place
        for place, content in enumerate(contents)
        if content["role"] == "user" and any("text" in part for part in content["parts"])
    ]
    for place, content in enumerate(contents):
        parts = [_camel(part) for part in content["parts"]]
        for part in parts:
            given = part.get("thoughtSignature")
            if given is not None and given_bytes(given) not in known:
                yield "Corrupted thought signature."
        calls = [part for part in parts if "functionCall" in part]
        is_current = bool(starts) and place > starts[-1]
        if version(model) >= 3 and is_current and calls and "thoughtSignature" not in calls[0]:
            yield "Function call is missing a thought_signature in functionCall parts."


def given_bytes(signature: str) -> bytes:
    """Return a signature's bytes; the SDK writes URL-safe base64, the service the standard one."""
    plain = signature.replace("+", "-").replace("/", "_")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


def _camel(value: Body) -> dict[str, Any]:
    """Return an object with its keys as the service knows them: it takes both spellings."""
    return {re.sub(r"_(\w)", lambda found: found[1].upper(), key): item
            for key, item in value.items()}  # fmt: skip
