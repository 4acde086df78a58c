"""Responds to a partner's webhook with the status that makes it do right, each partner alike."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from lola.channel.contract import RawRequest
from lola.errors import MalformedPayloadError, SignatureError, StoreUnavailableError
from lola.gateway.webhooks import raw_request
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

EARLY = "early"
"""The outcome of an event that must come again later."""

Take = Callable[[RawRequest], Awaitable[str]]
"""Verifies, reads and stores one event; returns the outcome for the metrics."""

log = structlog.get_logger(__name__)


async def answered(
    request: web.Request, *, partner: str, metrics: Metrics, take: Take
) -> web.Response:
    """Take one event: 401 unsigned, 200 enqueued or kept, 503 while it cannot be stored."""
    raw = await raw_request(request)
    try:
        outcome = await take(raw)
        status = 503 if outcome == EARLY else 200
    except SignatureError as error:
        outcome, status = "refused", error.status
        log.warning(names.WEBHOOK_REFUSED, channel=partner, code=error.code)
    except MalformedPayloadError as error:
        outcome, status = "malformed", error.status
        log.error(names.WEBHOOK_MALFORMED, channel=partner, code=error.code)
    except StoreUnavailableError as error:
        outcome, status = "not_stored", 503
        log.error(names.WEBHOOK_NOT_STORED, channel=partner, code=error.code)
    metrics.webhook(partner, outcome)
    return web.Response(status=status)
