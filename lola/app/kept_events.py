"""The worker's job that tries kept partner events again until their ticket is found."""

import asyncio
from typing import Final

import structlog

from lola.errors import StoreUnavailableError
from lola.gateway.partner_events import PartnerEvents
from lola.telemetry import names

_TICK_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


async def retry_kept_events(events: PartnerEvents) -> None:
    """Run until cancelled. Every worker does; the inbox accepts each event once."""
    while True:
        try:
            await events.retry_due()
        except StoreUnavailableError as error:
            log.error(names.STORE_UNAVAILABLE, code=error.code)
        except Exception as error:  # noqa: BLE001 - the job must go on after a fault of our own
            log.error(names.WORKER_FAULT, error=type(error).__name__)
        await asyncio.sleep(_TICK_SECONDS)
