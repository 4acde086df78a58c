"""`POST /callbacks/{token}`: takes the secure page's report about a ticket.

The address, the page's session and the body must be about the same ticket. The report is then put
into the conversation's inbox under an id of its operation; storing it is the claim, so of several
reports exactly one is stored, and a failed store uses nothing up. The handler runs later, in the
conversation's turn. Every refusal looks the same (reference/lola.md 12, 17).
"""

import json
from collections.abc import Callable

import structlog
from aiohttp import web

from lola.delivery import Inbox
from lola.domain.clock import Clock
from lola.domain.events import CALLBACK_PREFIX
from lola.domain.messages import EventContent, Inbound, JsonObject, MessageId
from lola.errors import StoreUnavailableError, TokenError, UnknownReportError
from lola.gateway.webhooks import raw_request
from lola.money.callbacks import PATH, Callback, CallbackAddresses, Handler, read_body
from lola.money.links import TicketIndex
from lola.money.page_sessions import SessionTokens
from lola.state.kept_events import KeptEvents
from lola.telemetry import names
from lola.telemetry.metrics import Metrics

LARGEST_BODY = 16 * 1024
BEARER = "Bearer "
PREFLIGHT_SECONDS = 600

log = structlog.get_logger(__name__)


class Callbacks:
    """Handles the callback route and its preflight for pages of the `origins`."""

    def __init__(
        self,
        *,
        addresses: CallbackAddresses,
        sessions: SessionTokens,
        origins: tuple[str, ...],
        clock: Clock,
        inbox: Inbox,
        tickets: TicketIndex,
        kept: KeptEvents,
        metrics: Metrics,
        new_trace_id: Callable[[], str],
    ) -> None:
        self._addresses = addresses
        self._sessions = sessions
        self._origins = frozenset(origins)
        self._clock = clock
        self._inbox = inbox
        self._tickets = tickets
        self._kept = kept
        self._metrics = metrics
        self._new_trace_id = new_trace_id

    def routes(self) -> list[web.RouteDef]:
        """Build the routes."""
        path = f"{PATH}{{token}}"
        return [web.post(path, self.post), web.options(path, self.preflight)]

    async def preflight(self, request: web.Request) -> web.Response:
        """Allow a page of `origins` to report from a browser: 204, or 403 for any other."""
        if request.headers.get("Origin") not in self._origins:
            return web.Response(status=403)
        headers = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
        return web.Response(status=204, headers={**headers, **self._cors(request)})

    async def post(self, request: web.Request) -> web.Response:
        """Take one report: 200 stored, 401 refused, 503 to report again later."""
        try:
            await self._accept(request)
        except (TokenError, web.HTTPException) as error:
            code = error.code if isinstance(error, TokenError) else "LOLA-400"
            log.warning(names.CALLBACK_REFUSED, code=code)
            return self._answer(request, 401, "refused")
        except UnknownReportError as error:
            log.error(names.CALLBACK_UNKNOWN, code=error.code, kind=error.value)
            return self._answer(request, error.status, "unavailable")
        except StoreUnavailableError as error:
            log.error(names.WEBHOOK_NOT_STORED, channel="callback", code=error.code)
            return self._answer(request, 503, "unavailable")
        return self._answer(request, 200, "ok")

    async def _accept(self, request: web.Request) -> None:
        """Check everything, then claim. Raises TokenError; a refusal uses nothing up."""
        now = self._clock()
        # Without an origin a page's server reports, and no browser.
        if request.headers.get("Origin") not in {None, *self._origins}:
            raise TokenError
        handler, report = self._addresses.open(request.match_info["token"], now)
        grant = self._sessions.read(_bearer(request), now)
        if grant.ticket != report.ticket or handler.action not in grant.actions:
            raise TokenError
        raw = await raw_request(request, limit=LARGEST_BODY)
        try:
            body = read_body(handler, report, _json(raw.body))
        except UnknownReportError as error:
            await self._keep(handler, report, error.value)
            raise
        found = await self._tickets.find(ticket_id=report.ticket)
        if found is None or found[1].conversation != grant.conversation:
            raise TokenError
        stored = await self._inbox.enqueue(
            Inbound(
                id=MessageId(report.claim),
                address=found[1],
                content=EventContent(
                    name=f"{CALLBACK_PREFIX}{handler.name}",
                    data={"ticket": report.ticket, "body": body},
                ),
                sent_at=now,
            ),
            trace_id=self._new_trace_id(),
        )
        if stored.duplicate:
            raise TokenError

    async def _keep(self, handler: Handler, report: Callback, value: str) -> None:
        """Keep a report that its handler does not understand. It uses no claim up."""
        details: JsonObject = {
            "event": f"{CALLBACK_PREFIX}{handler.name}",
            "ids": {"value": value},
            "ticket": report.ticket,
            "fields": [],
        }
        await self._kept.keep(f"{report.claim}:{value}", "unknown verdict", details, retry=False)

    def _answer(self, request: web.Request, status: int, outcome: str) -> web.Response:
        self._metrics.webhook("callback", outcome)
        headers = {"Cache-Control": "no-store", **self._cors(request)}
        return web.json_response({"status": outcome}, status=status, headers=headers)

    def _cors(self, request: web.Request) -> dict[str, str]:
        origin = request.headers.get("Origin", "")
        allowed = {"Access-Control-Allow-Origin": origin} if origin in self._origins else {}
        return {"Vary": "Origin", **allowed}


def _bearer(request: web.Request) -> str:
    value = request.headers.get("Authorization", "")
    if not value.startswith(BEARER):
        raise TokenError
    return value.removeprefix(BEARER)


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise TokenError from None
