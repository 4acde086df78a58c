"""What Gemini's error statuses mean. Nothing of what the service wrote is repeated."""

from collections.abc import Iterator
from typing import Any

from lola.errors import ModelError
from lola.models.wire import refusal

# The developer service answers 400, not 401, to a key that it does not know.
_BAD_KEY = frozenset({"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "CONSUMER_INVALID"})
_DENIED = 401


def status_error(error: Exception) -> ModelError | None:
    """Return the ModelError for an error that carries an HTTP status, None for any other."""
    from google.genai.errors import APIError

    status = getattr(error, "code", None) if isinstance(error, APIError) else None
    if not isinstance(status, int):
        return None
    if any(detail.get("reason") in _BAD_KEY for detail in _details(error)):
        status = _DENIED
    return refusal("gemini", status, _advice(error))


def _details(error: Any) -> Iterator[dict[str, Any]]:
    body = getattr(error, "details", None)
    inner = body.get("error") if isinstance(body, dict) else None
    details = inner.get("details") if isinstance(inner, dict) else None
    yield from (item for item in details or () if isinstance(item, dict))


def _advice(error: Any) -> str | None:
    """Return how long to wait, from the body or else the header (reference/channels.md 5.5)."""
    for detail in _details(error):
        if "retryDelay" in detail:
            return str(detail["retryDelay"])
    headers = getattr(getattr(error, "response", None), "headers", None)
    return headers.get("Retry-After") if headers is not None else None
