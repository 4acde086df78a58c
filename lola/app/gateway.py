"""Builds the gateway of a service from its components."""

from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from lola.app.partner_desk import build_partner_desk
from lola.app.trace_ids import new_trace_id
from lola.console import build_console
from lola.delivery import Reports
from lola.gateway import build_gateway
from lola.gateway.arrivals import Arrivals

if TYPE_CHECKING:
    from lola.app.service import Service


def gateway_of(service: "Service") -> web.Application:
    """Return the application that takes webhooks and serves the pages of this service."""
    return build_gateway(
        settings=service.settings,
        clock=service.clock,
        inbox=service.inbox,
        arrivals=_arrivals(service),
        reports=_reports(service),
        malformed=service.state.malformed,
        store=service.store,
        channels=service.channels,
        template_book=service.template_book,
        help_desk_bridge=service.help_desk_bridge,
        short_links=service.partners.short_links,
        tickets=service.tickets,
        partner_events=service.partner_events,
        request_money_events=service.request_money_events
        if service.services.money_requests
        else None,
        kept_events=service.state.kept_events,
        callbacks=service.tokens.callbacks,
        sessions=service.tokens.sessions,
        metrics=service.metrics,
        rates=service.state.rates,
        console=_console(service),
        vna=service.vna.server.application() if service.vna else None,
        new_trace_id=new_trace_id,
    )


def _arrivals(service: "Service") -> Arrivals:
    return Arrivals(
        inbox=service.inbox,
        persons=service.state.persons,
        consent=service.consent,
        owners=service.state.ownership,
        clock=service.clock,
        new_trace_id=new_trace_id,
        linked=service.channels.with_user_ids(),
        patience=timedelta(minutes=service.settings.colleague_minutes),
    )


def _reports(service: "Service") -> Reports:
    return Reports(
        service.state.statuses,
        on_refused=service.delivery_events.refused,
        on_repeat=service.delivery_events.repeat,
        on_opted_out=service.delivery_events.opted_out,
        operators=service.channels,
    )


def _console(service: "Service") -> web.Application:
    settings, state = service.settings, service.state
    return build_console(
        files=state.kept_files,
        inbox=service.inbox,
        owners=state.ownership,
        store=service.store,
        index=state.case_index,
        patience=timedelta(minutes=settings.handoff_minutes),
        rates=state.rates,
        is_opted_out=service.consent.is_opted_out,
        screen=service.check.staff,
        clock=service.clock,
        brand=settings.brand_name,
        channel_titles={item.name: item.title for item in service.channels},
        capabilities={item.name: item.capabilities for item in service.channels},
        template_book=service.template_book,
        find_sender=service.services.identity.find_sender,
        canned=settings.canned_replies,
        deliveries=state.statuses,
        secure=settings.public_url.startswith("https://"),
        partner=build_partner_desk(settings, service.m2m, state, service.partner_events),
        trail=state.audit_trail,
        statistics=state.statistics,
    )
