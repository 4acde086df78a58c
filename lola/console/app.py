"""Builds the console as an aiohttp application, to be mounted below a path."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from aiohttp import web

from lola.channel.contract import Capabilities
from lola.console.api import add_api
from lola.console.cases import Cases
from lola.console.context import CONSOLE, Console
from lola.console.conversation_pages import add_conversation_pages
from lola.console.desk import Desk
from lola.console.identity import FindSender
from lola.console.live import add_live
from lola.console.on_demand import add_on_demand
from lola.console.pages import add_pages
from lola.console.partner_api import PartnerDesk, add_partner_api
from lola.console.ports import ConsoleStore
from lola.console.queue_pages import add_queue_pages
from lola.console.rendering import HERE, Pages
from lola.console.reply_box import ReplyLimits, load_canned
from lola.console.security import add_headers, require_sign_in
from lola.console.sessions import SignIns
from lola.console.staff import StaffDirectory
from lola.console.statistics_page import add_statistics
from lola.console.throttle import LoginThrottle
from lola.delivery.case_index import CaseIndex
from lola.delivery.row_statuses import RowStatuses
from lola.delivery.templates import TemplateBook
from lola.domain.clock import Clock, system_clock
from lola.domain.messages import Address
from lola.escalation.ports import AuditPort, InboxPort, OwnershipPort
from lola.escalation.staff_actions import StaffActions
from lola.safety.input.redaction import Redacted
from lola.safety.output.outgoing import NO_ORIGIN
from lola.state.daily_statistics import DailyStatistics
from lola.state.kept_files import KeptFiles
from lola.state.rates import Rates


def build_console(
    *,
    inbox: InboxPort,
    owners: OwnershipPort,
    store: ConsoleStore,
    index: CaseIndex,
    rates: Rates,
    is_opted_out: Callable[[Address], Awaitable[bool]],
    screen: Callable[[str], Redacted] = NO_ORIGIN.staff,
    clock: Clock = system_clock,
    brand: str = "Lola",
    channel_titles: Mapping[str, str] = MappingProxyType({}),
    secure: bool = True,
    poll_seconds: float = 0.5,
    partner: PartnerDesk | None = None,
    trail: AuditPort | None = None,
    files: KeptFiles | None = None,
    statistics: DailyStatistics | None = None,
    patience: timedelta = timedelta(minutes=15),
    capabilities: Mapping[str, Capabilities] = MappingProxyType({}),
    template_book: TemplateBook | None = None,
    find_sender: FindSender | None = None,
    canned: Path | None = None,
    deliveries: RowStatuses | None = None,
) -> web.Application:
    """Return the console; mount it with `root.add_subapp("/console/", …)`.

    `screen` takes out of what staff type what no chat may hold. `channel_titles` are what staff
    read for a channel's name. `secure` keeps the cookies to https; false only where the public
    address itself is http. Without `partner` the routes about the M2M account are not there.
    `trail` gets every read and action. `files` are those of senders that are kept.
    Without `statistics` their page is not there.
    A sender who has waited for a person longer than `patience` is shown as overdue.
    `capabilities` are those of the channels, `template_book` knows which templates are approved,
    `find_sender` asks the bank who a number is, `canned` is the bank's own file of ready
    sentences, and `deliveries` knows what became of sent messages.
    """
    staff = StaffDirectory(store, clock)
    app = web.Application(middlewares=[require_sign_in])
    app[CONSOLE] = Console(
        actions=StaffActions(
            inbox, owners, store, clock, is_opted_out=is_opted_out, trail=trail, screen=screen
        ),
        cases=Cases(index, clock, patience),
        store=store,
        staff=staff,
        sign_ins=SignIns(store, staff),
        throttle=LoginThrottle(rates, store),
        pages=Pages(brand, channel_titles),
        clock=clock,
        secure=secure,
        poll_seconds=poll_seconds,
        trail=trail,
        channel_names=tuple(channel_titles),
        files=files,
        desk=Desk(store, clock),
        limits=ReplyLimits(capabilities, template_book, clock),
        canned=load_canned(canned) if canned is not None else load_canned(),
        find_sender=find_sender,
        deliveries=deliveries,
        screen=screen,
        is_opted_out=is_opted_out,
    )
    app.on_response_prepare.append(add_headers)
    add_pages(app)
    add_queue_pages(app)
    add_conversation_pages(app)
    add_on_demand(app)
    add_api(app)
    if partner is not None:
        add_partner_api(app, partner)
    if statistics is not None:
        add_statistics(app, statistics)
    add_live(app)
    app.router.add_static("/static/", HERE / "static", name="static")
    return app
