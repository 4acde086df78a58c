"""The boundary between a vendor's SDK and Lola: every exception that crosses it is a ModelError.

SDKs raise their own classes, those of their HTTP stack and of their auth library, and ordinary
ValueErrors and TypeErrors on answers of an unexpected shape. A turn may only be lost when no other
model can answer it, so none of them may leave an adapter. Only a class name is repeated: texts of
exceptions may hold keys or what a sender wrote.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp

from lola.errors import ModelError

# Classes are known by name, because the SDKs' HTTP stacks change with their versions and are
# imported lazily: httpx, httpx2, requests, urllib3, google-auth, openai.
_TIMEOUTS = frozenset({"TimeoutError", "TimeoutException", "Timeout", "APITimeoutError"})
_CONNECTIONS = frozenset({"TransportError", "APIConnectionError", "HTTPError", "StreamError"})
_CREDENTIALS = frozenset({"GoogleAuthError"})
_SHAPES = (ValueError, TypeError, LookupError, AttributeError, RecursionError, AssertionError)

_HINTS = {"denied": "check the credentials: GOOGLE_APPLICATION_CREDENTIALS or the key"}


@contextmanager
def model_boundary(
    provider: str, own: Callable[[Exception], ModelError | None] = lambda _: None
) -> Iterator[None]:
    """Raise ModelError for every exception inside; `own` translates the SDK's own statuses first.

    A cancellation of the running task passes through; one that the SDK made up does not.
    """
    try:
        yield
    except ModelError:
        raise
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise _error(provider, "broken", "CancelledError") from None
    except Exception as error:  # noqa: BLE001 - the contract: ModelError and nothing else
        raise own(error) or translate(provider, error) from None


def translate(provider: str, error: Exception) -> ModelError:
    """Return the ModelError for an exception that carries no HTTP status."""
    return _error(provider, _reason(error), type(error).__name__)


def _reason(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    classes = {cls.__name__ for cls in type(error).__mro__}
    if classes & _TIMEOUTS:
        return "timeout"
    if classes & _CREDENTIALS and not classes & _CONNECTIONS:
        return "broken" if getattr(error, "retryable", False) else "denied"
    if isinstance(error, aiohttp.ContentTypeError):
        return "unreadable"
    if isinstance(error, OSError | EOFError | aiohttp.ClientError) or classes & _CONNECTIONS:
        return "unreachable"
    return "unreadable" if isinstance(error, _SHAPES) else "broken"


def _error(provider: str, reason: str, name: str) -> ModelError:
    said = {
        "timeout": "ran out of time",
        "denied": "refused the credentials",
        "unreachable": "cannot be reached",
        "unreadable": "answered what cannot be read",
    }.get(reason, "failed")
    return ModelError(
        f"{provider} {said}: {name}",
        reason=reason,
        retryable=reason != "denied",
        hint=_HINTS.get(reason, ""),
    )
