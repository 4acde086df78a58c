"""What a failed call to a provider means for the message (reference/channels.md 1.9 and 2.6).

What matters is whether the provider may have accepted the message. No provider has an idempotency
key, so a wrong guess means that a sender gets nothing, or the same message twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import aiohttp

from channels.incoming import header
from lola.errors import AmbiguousSendError, ChannelError, RetryLaterError

SEND_SECONDS = 10.0
CONNECT_SECONDS = 5.0


@contextmanager
def classified(channel: str) -> Iterator[None]:
    """Raise transport failures as our own errors.

    Without a connection nothing was sent and the call may be repeated. After that the outcome is
    unknown.
    """
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise RetryLaterError(f"{channel} cannot be reached: {type(error).__name__}") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise AmbiguousSendError(
            f"{channel} broke off after the request went out: {type(error).__name__}"
        ) from None


def part_failed(error: ChannelError, taken: Sequence[object]) -> ChannelError:
    """Return what a failed part means for a message of several parts.

    Once a part was accepted, a plain retry would repeat it, so the outcome counts as unknown.
    """
    if not taken or not isinstance(error, RetryLaterError):
        return error
    return AmbiguousSendError(
        f"part {len(taken) + 1} failed after the ones before it were accepted",
        provider_code=error.provider_code,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return `Retry-After` in seconds; None for its date form and for anything else."""
    value = header(headers, "Retry-After").strip()
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None
