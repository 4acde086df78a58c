"""The worker's look at the approval of message templates, for what no webhook told."""

import asyncio
from collections.abc import Iterable
from typing import Final

import structlog

from lola.channel.contract import Connector, HasTemplates
from lola.delivery.templates import TemplateBook, check
from lola.errors import ChannelError, StoreUnavailableError
from lola.state.store import StateStore
from lola.telemetry import names

LOOK_SECONDS: Final = 15 * 60
_TICK_SECONDS: Final = 30.0
_KIND: Final = "templates-seen"

log = structlog.get_logger(__name__)


def managing(connectors: Iterable[Connector]) -> tuple[HasTemplates, ...]:
    """Return the channels whose templates this deployment manages."""
    return tuple(
        one for one in connectors if isinstance(one, HasTemplates) and one.manages_templates
    )


async def watch_templates(
    connectors: Iterable[Connector], book: TemplateBook, store: StateStore
) -> None:
    """Run until cancelled. Every worker does; about one look per channel and quarter of an hour."""
    while True:
        for connector in managing(connectors):
            await look(connector, book, store)
        await asyncio.sleep(_TICK_SECONDS)


async def look(connector: HasTemplates, book: TemplateBook, store: StateStore) -> None:
    """Ask a channel's provider, unless a worker has done so in the last quarter of an hour."""
    try:
        if await store.get_record(_KIND, connector.name) is not None:
            return
        await store.put_record(_KIND, connector.name, {}, LOOK_SECONDS)
        await check(connector, book)
    except StoreUnavailableError as error:
        log.error(names.STORE_UNAVAILABLE, code=error.code)
    except ChannelError as error:
        log.warning(
            names.TEMPLATES_UNSEEN,
            channel=connector.name,
            code=error.code,
            provider_code=error.provider_code,
            hint=error.hint,
        )
    except Exception as error:  # noqa: BLE001 - the job must go on after a fault of our own
        log.error(names.WORKER_FAULT, error=type(error).__name__)
