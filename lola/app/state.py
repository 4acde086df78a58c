"""Opens the stores on one Redis, an embedded one when no address is set."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from lola.app.seals import build_admission, build_kept_files
from lola.channel.cost import read_prices
from lola.channel.templates import MessageTemplates
from lola.consent import ConsentStore
from lola.conversation.history import REACH
from lola.delivery import (
    DeadLetters,
    Inbox,
    Limits,
    MalformedWebhooks,
    Outbox,
    OwnershipStore,
    RowStatuses,
    Timers,
)
from lola.delivery.case_index import CaseIndex
from lola.delivery.costs import Costs
from lola.delivery.model import Effects, Work
from lola.delivery.templates import TemplateBook
from lola.domain.clock import Clock
from lola.domain.messages import Outbound
from lola.domain.tasks import end
from lola.models.budgets import Budgets
from lola.settings import Settings
from lola.state.audit import AuditLines, AuditTrail
from lola.state.connection import connect
from lola.state.daily_statistics import DailyStatistics
from lola.state.embedded import EmbeddedValkey
from lola.state.kept_events import KeptEvents
from lola.state.kept_files import KeptFiles
from lola.state.keys import Keys
from lola.state.open_tickets import OpenTickets
from lola.state.persons import Persons
from lola.state.rates import Rates
from lola.state.reconciliation import ReconcilerState
from lola.state.staff_audit import StaffAudit
from lola.state.store import StateStore
from lola.state.sync_list import SyncList


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The stores of a service. `new_outbox` takes the callbacks for delivery events,
    `new_template_book` the deployment's texts, `new_costs` the metrics.
    """

    store: StateStore
    inbox: Inbox
    ownership: OwnershipStore
    timers: Timers
    statuses: RowStatuses
    dead_letters: DeadLetters
    malformed: MalformedWebhooks
    audit_trail: AuditTrail
    audit_lock: SyncList
    consent: ConsentStore
    persons: Persons
    budgets: Budgets
    sync_list: SyncList
    kept_events: KeptEvents
    staff_audit: StaffAudit
    open_tickets: OpenTickets
    reconciler: ReconcilerState
    rates: Rates
    kept_files: KeptFiles | None
    statistics: DailyStatistics
    case_index: CaseIndex
    new_outbox: Callable[..., Outbox]
    new_template_book: Callable[[MessageTemplates], TemplateBook]
    new_costs: Callable[..., Costs]


async def open_state(
    settings: Settings,
    clock: Clock,
    stack: AsyncExitStack,
    on_poison: Callable[[Work, str], Effects],
    check: Callable[[Outbound], Outbound],
    *,
    on_limited: Callable[[str], None] = lambda _: None,
) -> State:
    """Connect; `stack` closes the connection. Raises StoreUnavailableError.

    `on_limited` gets the name of each rate limit that refused something.
    """
    url = settings.redis_url
    if not url:
        server = EmbeddedValkey(settings.lola_data)
        url = await server.start()
        stack.push_async_callback(server.stop)
        watch = asyncio.create_task(server.keep_running())
        stack.push_async_callback(end, watch)
    connections = connect(
        url,
        wait_replicas=settings.wait_replicas,
        wait_milliseconds=settings.wait_milliseconds,
    )
    stack.push_async_callback(connections.close)
    keys = Keys(settings.project_name)
    session_life = timedelta(hours=settings.session_ttl_hours)
    audit_lines = AuditLines(settings.sender_reference_key.get_secret_value())
    store = StateStore(connections.commands, keys, clock, session_life)
    inbox = Inbox(
        connections,
        keys,
        clock,
        on_poison=on_poison,
        limits=Limits(
            lease_seconds=settings.lease_seconds,
            max_attempts=settings.max_attempts,
            debounce_seconds=settings.quiet_seconds,
            history_window=REACH * settings.core_history_window_length,
            state_ttl=session_life,
        ),
        audit_lines=audit_lines,
        admit=build_admission(settings),
        check=check,
    )
    audit_trail = AuditTrail(connections, keys, clock, audit_lines)
    consent = ConsentStore(connections, keys, clock)
    await store.ping()
    return State(
        store=store,
        inbox=inbox,
        ownership=OwnershipStore(connections, keys, clock, session_life, audit_lines),
        timers=Timers(inbox, connections, keys, clock),
        statuses=RowStatuses(connections, keys),
        dead_letters=DeadLetters(connections.commands, keys),
        malformed=MalformedWebhooks(connections.commands, keys, clock),
        audit_trail=audit_trail,
        audit_lock=SyncList(connections.commands, keys, clock, "audit"),
        consent=consent,
        persons=Persons(connections, keys, clock),
        budgets=Budgets(connections, keys, settings),
        sync_list=SyncList(connections.commands, keys, clock, "helpdesk"),
        kept_events=KeptEvents(connections.commands, keys, clock),
        staff_audit=StaffAudit(audit_trail),
        open_tickets=OpenTickets(connections.commands, keys),
        reconciler=ReconcilerState(connections.commands, keys),
        kept_files=build_kept_files(settings, store),
        statistics=DailyStatistics(connections, keys),
        case_index=CaseIndex(connections, keys),
        rates=Rates(connections, keys, clock, on_refused=on_limited),
        new_outbox=partial(
            Outbox,
            connections,
            keys,
            clock,
            lease_seconds=settings.lease_seconds,
            may_send=consent.may_send,
        ),
        new_template_book=partial(TemplateBook, connections, keys),
        new_costs=partial(
            Costs,
            connections,
            keys,
            clock,
            store,
            prices=read_prices(settings.message_prices),
            alarm=settings.message_cost_alarm,
        ),
    )
