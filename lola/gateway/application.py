"""Builds the aiohttp application with every public route (README.md lists them)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from lola.delivery import Inbox, MalformedWebhooks, Reports
from lola.delivery.channels import Channels
from lola.delivery.templates import TemplateBook
from lola.domain.clock import Clock
from lola.escalation.help_desk import HelpDeskBridge
from lola.gateway.arrivals import Arrivals
from lola.gateway.callbacks import Callbacks
from lola.gateway.callers import behind_proxies, networks
from lola.gateway.forwarded import ForwardedHeaders
from lola.gateway.hardening import add_headers, hardened
from lola.gateway.health import health_routes, metrics_route
from lola.gateway.links import link_routes
from lola.gateway.money_requests import PATH as REQUEST_MONEY_PATH
from lola.gateway.money_requests import RequestMoneyEvents, RequestMoneyWebhook
from lola.gateway.partner_events import PartnerEvents
from lola.gateway.partners import M2MWebhook
from lola.gateway.raas import RaasWebhook
from lola.gateway.webhooks import ChannelWebhook
from lola.money.callbacks import CallbackAddresses
from lola.money.links import TicketIndex
from lola.money.money_requests import RequestIndex
from lola.money.page_sessions import SessionTokens
from lola.money.short_links import ShortLinks
from lola.settings import Settings, secrets_in
from lola.state.kept_events import KeptEvents
from lola.state.rates import Rates
from lola.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from lola.state.store import StateStore


def build_gateway(
    *,
    settings: Settings,
    clock: Clock,
    inbox: Inbox,
    arrivals: Arrivals,
    reports: Reports,
    malformed: MalformedWebhooks,
    store: "StateStore",
    channels: Channels,
    template_book: TemplateBook,
    help_desk_bridge: HelpDeskBridge,
    short_links: ShortLinks,
    tickets: TicketIndex,
    partner_events: PartnerEvents,
    request_money_events: RequestMoneyEvents | None,
    kept_events: KeptEvents,
    callbacks: CallbackAddresses,
    sessions: SessionTokens,
    metrics: Metrics,
    rates: Rates,
    console: web.Application,
    vna: web.Application | None,
    new_trace_id: Callable[[], str],
) -> web.Application:
    """Build the application. Its components are started and stopped by `lola.app`."""
    trusted = networks("TRUSTED_PROXIES", settings.trusted_proxies)
    forwarded = ForwardedHeaders(store, clock)
    app = web.Application(
        client_max_size=settings.max_webhook_bytes,
        middlewares=[
            hardened(settings.max_body_bytes),
            behind_proxies(trusted, forwarded.note),
        ],
    )
    app.on_response_prepare.append(add_headers)
    for connector in channels:
        webhook = ChannelWebhook(
            connector,
            arrivals,
            reports,
            malformed,
            metrics,
            help_desk_bridge=help_desk_bridge,
            template_book=template_book,
            limit=min(connector.body_limit, settings.max_webhook_bytes),
        )
        for route in connector.routes:
            app.router.add_post(route, webhook.post)
            app.router.add_get(route, webhook.get)
    m2m = M2MWebhook(
        secrets=secrets_in(settings.m2m_webhook_secret),
        tolerance=settings.m2m_webhook_seconds,
        late=settings.m2m_late_hours * 3600,
        clock=clock,
        events=partner_events,
        metrics=metrics,
    )
    app.router.add_post("/webhooks/m2m", m2m.post)
    raas = RaasWebhook(
        secrets=secrets_in(settings.raas_webhook_secret),
        requests=RequestIndex(store),
        inbox=inbox,
        kept=kept_events,
        clock=clock,
        metrics=metrics,
        new_trace_id=new_trace_id,
    )
    app.router.add_post("/webhooks/raas", raas.post)
    if request_money_events is not None:
        request_money = RequestMoneyWebhook(
            secrets=secrets_in(settings.request_money_webhook_secret),
            tolerance=settings.request_money_webhook_seconds,
            clock=clock,
            events=request_money_events,
            metrics=metrics,
        )
        app.router.add_post(REQUEST_MONEY_PATH, request_money.post)
    pages = Callbacks(
        addresses=callbacks,
        sessions=sessions,
        origins=settings.widget_origins,
        clock=clock,
        inbox=inbox,
        tickets=tickets,
        kept=kept_events,
        metrics=metrics,
        new_trace_id=new_trace_id,
    )
    app.add_routes(pages.routes())
    app.add_routes(link_routes(short_links, sessions, rates, clock))
    app.add_routes(health_routes(store))
    if not settings.operations_port:
        app.add_routes([metrics_route(metrics)])
    app.add_subapp("/console/", console)
    if vna is not None:
        app.add_subapp(settings.vna_path, vna)
    return app
