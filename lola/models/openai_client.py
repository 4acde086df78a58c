"""The connection to OpenAI or a compatible server, and what its error statuses mean.

Nothing of what a service wrote is repeated.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from yarl import URL

from lola.domain.messages import JsonObject
from lola.errors import ModelError
from lola.models.wire import refusal
from lola.safety.outgoing import KEPT_CONNECTIONS, KEPT_SECONDS

if TYPE_CHECKING:
    import openai

SERVICE = "https://api.openai.com/v1"
_SERVICE_HOST = "api.openai.com"
# The proxy of the environment is for other machines only.
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")

# Codes of the content filter and of the usage policy, at OpenAI, Azure and gateways.
_BLOCKED = frozenset(
    {"content_filter", "content_policy_violation", "invalid_prompt", "bio_policy",
     "misalignment_policy_violation"}
)  # fmt: skip
# LiteLLM replaces the code by the status, and writes the name of its own class into the text.
_GATEWAY_BLOCK = "ContentPolicyViolationError"
# The account has no money left: another request ends in the same way.
_UNPAID = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_FORBIDDEN = 403


class OpenAIClient:
    """Opens the SDK's client at first need, because its connections belong to the running loop."""

    def __init__(self, *, api_key: str, base_url: str) -> None:
        # A compatible server may need no key, but the SDK does.
        self._api_key = api_key or "none"
        self._base_url = base_url or SERVICE
        self._client: openai.AsyncOpenAI | None = None

    def opened(self) -> "openai.AsyncOpenAI":
        """Return the client. It never repeats a request by itself and follows no redirect."""
        if self._client is None:
            import openai
            from httpx2 import Limits

            http = openai.DefaultAsyncHttpxClient(
                # No limit on connections: a turn must not spend its time waiting for a free one.
                limits=Limits(
                    max_keepalive_connections=KEPT_CONNECTIONS, keepalive_expiry=KEPT_SECONDS
                ),
                # What a sender wrote goes only to the host that a setting names.
                follow_redirects=False,
                mounts=dict.fromkeys(_LOOPBACK),
            )
            self._client = openai.AsyncOpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                # Stated: else the SDK tries three times, and sleeps up to 120 s in between
                # whatever the time-out says (reference/surprises.md 1.5).
                max_retries=0,
                http_client=http,
            )
        return self._client

    async def post(self, path: str, body: JsonObject, seconds: float) -> JsonObject:
        """Send a body and return the answer's, both as plain JSON, within `seconds`.

        The SDK's typed methods walk the types of the whole request and build a checked answer,
        which takes three times the processor time of the request itself. Raises the SDK's errors,
        and ModelError for an answer that is no JSON object.
        """
        answer = await self.opened().post(
            path, cast_to=object, body=body, options={"timeout": seconds}
        )
        if not isinstance(answer, dict):
            raise ModelError("openai's answer cannot be read", reason="unreadable", retryable=True)
        return answer

    async def close(self) -> None:
        """Release connections. Safe to call twice; the next request opens anew."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def is_compatible(base_url: str) -> bool:
    """Return whether an address is another server's that speaks OpenAI's wire."""
    host = URL(base_url).host or "" if base_url else _SERVICE_HOST
    return host != _SERVICE_HOST and not host.endswith(f".{_SERVICE_HOST}")


def status_error(error: Exception) -> ModelError | None:
    """Return the ModelError for an error that carries an HTTP status, None for any other."""
    from openai import APIStatusError

    status = getattr(error, "status_code", None)
    if not isinstance(error, APIStatusError) or not isinstance(status, int):
        return None
    response = getattr(error, "response", None)
    headers = {} if response is None else response.headers
    after = headers.get("retry-after")
    if after is None and "retry-after-ms" in headers:
        after = f"{_milliseconds(headers['retry-after-ms']) / 1000}"
    codes: tuple[Any, ...] = (getattr(error, "code", None), getattr(error, "type", None))
    if _GATEWAY_BLOCK in str(getattr(error, "message", "")):
        codes = (*codes, "content_policy_violation")
    return error_for(status, codes, after)


def error_for(status: int, codes: tuple[Any, ...], after: str | None = None) -> ModelError:
    """Return what a status and its codes mean: `blocked`, `denied`, `busy`, `broken`, `refused`."""
    found = {code for code in codes if isinstance(code, str)}
    if found & _BLOCKED:
        return ModelError("openai blocked the content", reason="blocked")
    return refusal("openai", _FORBIDDEN if found & _UNPAID else status, after)


def error_inside(body: Mapping[str, Any]) -> ModelError | None:
    """Return the error that gateways put into an answer with status 200, None without one."""
    error = body.get("error")
    if not isinstance(error, dict) or not error:
        return None
    code = error.get("code")
    digits = str(code) if isinstance(code, int | str) else ""
    status = int(digits) if digits.isascii() and digits.isdigit() and len(digits) == 3 else 500
    return error_for(status, (code, error.get("type")))


def _milliseconds(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return -1.0
