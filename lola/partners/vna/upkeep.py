"""Ends the credits that are in progress, and hands the book's notes to the audit trail."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from lola.errors import BookUnavailableError, StoreUnavailableError
from lola.partners.vna.book import AccountBook, AuditNote
from lola.telemetry import names

_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Upkeep:
    """Runs until it is cancelled: after each `wake`, and every five seconds."""

    def __init__(
        self,
        book: AccountBook,
        append: Callable[[AuditNote], Awaitable[None]],
        seconds: float = _SECONDS,
    ) -> None:
        self._book = book
        self._append = append
        self._seconds = seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that money may have moved."""
        self._woken.set()

    async def run(self) -> None:
        """Do what is due, again and again. An outage only delays it."""
        while True:
            try:
                await self.run_once()
            except (BookUnavailableError, StoreUnavailableError) as error:
                log.warning(names.VNA_BOOK_UNAVAILABLE, call="upkeep", reason=error.code)
            try:
                await asyncio.wait_for(self._woken.wait(), self._seconds)
            except TimeoutError:
                continue
            finally:
                self._woken.clear()

    async def run_once(self) -> None:
        """End the credits in progress, then hand every waiting note to the audit trail.

        A note may come twice when a process ends in between; its tracking number tells. Raises
        BookUnavailableError or StoreUnavailableError.
        """
        await self._book.settle()
        while await self._book.relay_notes(self._append):
            pass
