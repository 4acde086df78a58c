"""What the bank itself knows about a sender, for the M2M partner only.

Values go from the bank to the partner: no conversation, log, audit record or metadata gets one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from lola.telemetry import names

VALUE_LIMIT = 100

UserData = Callable[[str, Sequence[str]], Awaitable[Mapping[str, str] | None]]
"""Returns dotted path → text for some of the requested fields of the sender with this number, or
None when the bank has no such sender. A bank names its own in `M2M_DATA_SOURCE`."""

log = structlog.get_logger(__name__)


class BankUnavailableError(Exception):
    """The bank's source failed or took too long; a later attempt may succeed."""


class BankData:
    """Asks the bank's source. `timeout` is its limit in seconds."""

    def __init__(self, source: UserData, *, timeout: float) -> None:
        self._source = source
        self._timeout = timeout

    async def about(self, phone: str, wanted: Sequence[str]) -> dict[str, str]:
        """Return the wanted fields that the bank knows, by path. Raises BankUnavailableError."""
        if not wanted:
            return {}
        try:
            async with asyncio.timeout(self._timeout):
                known = await self._source(phone, wanted) or {}
        except Exception as error:  # noqa: BLE001 - a bank's own code may fail in any way
            log.warning(names.DATA_SOURCE_FAILED, error=type(error).__name__)
            raise BankUnavailableError from None
        return {
            path: known[path]
            for path in wanted
            if isinstance(known.get(path), str) and 0 < len(known[path]) <= VALUE_LIMIT
        }
