"""Handles channel webhooks: read, verify, parse, store, and only then answer.

Statuses follow reference/channels.md 0.3: 401 for a bad signature with nothing stored, 200 and an
alarm for a well-signed body that cannot be read, 503 (or what the provider takes for "again") when
it cannot be stored.
"""

import asyncio

import structlog
from aiohttp import web

from lola.channel.contract import Connector, Parsed, RawRequest, WebhookReply
from lola.delivery import MalformedWebhooks, Reports
from lola.delivery.templates import TemplateBook
from lola.errors import MalformedPayloadError, SignatureError, StoreUnavailableError
from lola.escalation.help_desk import HelpDeskBridge
from lola.gateway.arrivals import Arrivals
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

RECEIVE_SECONDS = 10.0
"""The time to read a body: a slower client only holds a connection."""


class ChannelWebhook:
    """Handles the routes of one connector."""

    def __init__(
        self,
        connector: Connector,
        arrivals: Arrivals,
        reports: Reports,
        malformed: MalformedWebhooks,
        metrics: Metrics,
        *,
        help_desk_bridge: HelpDeskBridge,
        template_book: TemplateBook,
        limit: int,
    ) -> None:
        self._connector = connector
        self._help_desk_bridge = help_desk_bridge
        self._template_book = template_book
        self._arrivals = arrivals
        self._reports = reports
        self._malformed = malformed
        self._metrics = metrics
        self._limit = limit

    async def get(self, request: web.Request) -> web.Response:
        """Return the answer to a provider's handshake, or 403."""
        try:
            return _response(self._connector.handshake(await raw_request(request)))
        except SignatureError:
            return web.Response(status=403)

    async def post(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        name = self._connector.name
        try:
            raw = await raw_request(request, limit=self._limit)
            self._connector.verify(raw)
        except SignatureError as error:
            log.warning(names.WEBHOOK_REFUSED, channel=name, code=error.code)
            self._metrics.webhook(name, "refused")
            return web.Response(status=error.status)
        try:
            return await self._store(raw)
        except StoreUnavailableError as error:
            log.error(names.WEBHOOK_NOT_STORED, channel=name, code=error.code)
            self._metrics.webhook(name, "not_stored")
            return web.Response(status=self._connector.capabilities.unstored_status)

    async def _store(self, raw: RawRequest) -> web.Response:
        name = self._connector.name
        try:
            parsed = self._connector.parse(raw)
        except MalformedPayloadError as error:
            log.error(names.WEBHOOK_MALFORMED, channel=name, code=error.code)
            self._metrics.webhook(name, "malformed")
            await self._malformed.keep_malformed(name, raw.body, str(error.args[0]))
            return _response(self._connector.accepted(raw))
        await self._enqueue(parsed)
        return _response(self._connector.accepted(raw))

    async def _enqueue(self, parsed: Parsed) -> None:
        name = self._connector.name
        for alert in parsed.alerts:
            log.warning(names.WEBHOOK_ALERT, channel=name, alert=alert)
        if parsed.templates:
            await self._template_book.hear(name, parsed.templates)
        for action in parsed.staff:
            await self._help_desk_bridge.apply(action, name)
        for stored in await self._arrivals.store(parsed):
            self._metrics.webhook(name, "duplicate" if stored.duplicate else "accepted")
        for status in parsed.statuses:
            await self._reports.take(name, status)


async def raw_request(request: web.Request, *, limit: int | None = None) -> RawRequest:
    """Return a request as it came. Raises HTTP 413 and 408 for bodies too big or too slow.

    `limit` is in bytes; without one it is that of every route (`lola.gateway.hardening`).
    """
    if limit is not None:
        request = request.clone(client_max_size=limit)
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            body = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return RawRequest(
        method=request.method,
        path=request.raw_path,
        headers=request.headers,
        body=body,
        query=request.query,
    )


def _response(reply: WebhookReply) -> web.Response:
    return web.Response(
        status=reply.status,
        text=reply.body,
        content_type=reply.content_type,
        headers={"X-Content-Type-Options": "nosniff"},
    )
