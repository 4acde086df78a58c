"""Starts and stops the components of a service; they are stopped in the opposite order."""

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self

import aiohttp
import structlog
from aiohttp import web

from lola.agent.definitions import agent_folders
from lola.agent.factory import AgentFactory
from lola.agent.reload import AgentReloader
from lola.agent.tools import load_tools
from lola.app.attachments import file_keeping_of, voice_notes_of
from lola.app.gateway import gateway_of
from lola.app.kept_events import retry_kept_events
from lola.app.listening import listen
from lola.app.loading import check_tool_sections, load, load_selector, refuse_foreign_packages
from lola.app.local_secrets import GENERATED, with_local_secrets
from lola.app.operations import start_operations
from lola.app.partners import Partners, build_partners, build_tokens
from lola.app.reconciler import build_reconciler, reconcile_when_due
from lola.app.sandbox import start_sandbox
from lola.app.state import State, open_state
from lola.app.statistics import StatisticsWriter
from lola.app.template_watch import watch_templates
from lola.app.trace_ids import new_trace_id
from lola.app.turn_runner import DeliveryEvents, TurnRunner
from lola.app.vna import Vna, open_vna
from lola.channel.contract import Connector
from lola.channel.templates import MessageTemplates
from lola.conversation import TurnEngine
from lola.conversation.handoff import Handoff
from lola.conversation.order import arrange
from lola.conversation.router import LogicRouter
from lola.conversation.stages.parts import EngineParts
from lola.delivery import Worker
from lola.delivery.channels import Channels
from lola.delivery.model import Effects, Work
from lola.delivery.troubles import Troubles
from lola.delivery.worker_name import WorkerName
from lola.domain.clock import Clock, system_clock
from lola.domain.passages import Retriever
from lola.domain.tasks import end
from lola.errors import ConfigurationError
from lola.escalation.help_desk import HasHelpDesk, HelpDesk, HelpDeskBridge
from lola.escalation.help_desk_sync import HelpDeskSync
from lola.escalation.staff_actions import StaffActions
from lola.formatting import CodeEnhancer, Enhancer, TwoStageEnhancer
from lola.gateway.connections import serving
from lola.gateway.money_requests import RequestMoneyEvents
from lola.gateway.partner_events import PartnerEvents
from lola.models.choose import Models
from lola.safety.outgoing import open_session
from lola.safety.output.guard import OutputGuard, new_canary
from lola.safety.output.outgoing import OutgoingCheck
from lola.settings import Settings, refuse_shortcuts, why_not_offline, with_limits
from lola.state.audit.shipping import AuditShipping
from lola.state.audit.sinks import sinks_of
from lola.telemetry import names
from lola.telemetry.growth import Counted
from lola.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from lola.sandbox.server import Sandbox

log = structlog.get_logger(__name__)


Role = Literal["all", "gateway", "worker"]


class Service:
    """A running Lola. `async with Service(settings) as service:` starts and stops everything."""

    def __init__(
        self, settings: Settings, *, role: Role = "all", clock: Clock = system_clock
    ) -> None:
        self.settings = settings
        self.role = role
        self.clock = clock
        self.metrics = Metrics()
        self.sandbox: Sandbox | None = None
        self.url = ""
        self.gateway: web.Application | None = None
        self.vna: Vna | None = None
        self._canary = new_canary()
        self._stack = AsyncExitStack()
        self._socket: socket.socket | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        log.info(names.STOPPED)

    async def _start(self) -> None:
        refuse_foreign_packages()
        if allowed := refuse_shortcuts(self.settings):
            log.warning(names.UNSAFE_ALLOWED, allowed=list(allowed))
        # Before the sandbox is in the settings, which is no real system.
        self._offline_refused = why_not_offline(self.settings)
        self._stages = arrange(self.settings.middleware, partial(load, "MIDDLEWARE"))
        self.settings = with_limits(self.settings)
        self._bind()
        # Before the sandbox makes one of its own: pseudonyms must not change with each start.
        self.settings = with_local_secrets(self.settings)
        self.sandbox, self.settings = await start_sandbox(self.settings, self.clock, self._stack)
        http = self._http = await self._stack.enter_async_context(open_session())
        self.check = OutgoingCheck(
            origin=self.settings.public_url,
            allowed_hosts=self.settings.allowed_link_hosts,
            brand=self.settings.brand_name,
            canary=self._canary,
        )
        state = await open_state(
            self.settings,
            self.clock,
            self._stack,
            self._poisoned,
            self.check,
            on_limited=self.metrics.limited,
        )
        self._set_state(state)
        self._write_statistics()
        self.tokens = build_tokens(self.settings)
        observe = self.metrics.partner_call
        self._set_partners(
            build_partners(self.settings, self.clock, http, state, self.tokens, observe=observe)
        )
        self._build_channels(http)
        await self._open_vna()
        await self._build_conversation()
        if self.role in {"all", "worker"}:
            await self._start_worker()
        if self.role in {"all", "gateway"}:
            await self._start_gateway()
        if self.settings.operations_port:
            runner = await start_operations(self.settings, self.store, self.metrics)
            self._stack.push_async_callback(runner.cleanup)
        await self._record_start()
        log.info(names.STARTED, role=self.role)

    def _write_statistics(self) -> None:
        writer = StatisticsWriter(Counted(self.metrics.registry), self.state.statistics, self.clock)
        # Ends before the last write, which is pushed first.
        self._stack.push_async_callback(writer.write)
        self._run_until_stop(writer.run())

    async def _record_start(self) -> None:
        """Record which keys are in force, by keyed digest: a rotation shows as another one."""
        trail = self.state.audit_trail
        keys = {
            name: trail.lines.fingerprint(getattr(self.settings, name).get_secret_value())
            for name in (*GENERATED, *(("vault_secret",) if self.settings.vault_secrets else ()))
        }
        await trail.append(names.STARTED, {"role": self.role, "keys": keys})

    def _bind(self) -> None:
        if self.role == "worker":
            return
        self._socket, self.settings = listen(self.settings)
        self._stack.callback(self._socket.close)
        self.url = f"http://{self.settings.host}:{self.settings.port}"

    def _set_state(self, state: State) -> None:
        self.state = state
        self.store, self.inbox = state.store, state.inbox
        self.consent, self.budgets, self.sync_list = state.consent, state.budgets, state.sync_list
        self.delivery_events = DeliveryEvents(state)

    def _set_partners(self, partners: Partners) -> None:
        self.partners = partners
        self.services = partners.services
        self.m2m, self.tickets = partners.m2m, partners.tickets
        self.partner_events = PartnerEvents(
            inbox=self.inbox,
            tickets=self.tickets,
            kept=self.state.kept_events,
            client=self.m2m,
            new_trace_id=new_trace_id,
            clock=self.clock,
        )
        self.request_money_events = RequestMoneyEvents(
            inbox=self.inbox,
            index=partners.request_index,
            kept=self.state.kept_events,
            new_trace_id=new_trace_id,
        )
        self.reconciler = build_reconciler(
            self.settings, self.clock, self.state, partners, self.metrics
        )

    def _build_channels(self, http: aiohttp.ClientSession) -> None:
        settings = self.settings
        self.costs = self.state.new_costs(metrics=self.metrics)
        connectors: list[Connector] = [
            load("CHANNELS", name).build(settings, http, self.clock) for name in settings.channels
        ]
        templates = MessageTemplates(self.services.wording)
        self.template_book = self.state.new_template_book(templates)
        self.channels = Channels(
            connectors,
            self.metrics,
            self.clock,
            on_deferred=self.delivery_events.defer,
            book=self.template_book,
            troubles=Troubles(self.store, self.clock),
            costs=self.costs,
        )
        self._stack.push_async_callback(self.channels.close)
        owners = self.state.ownership
        staff_actions = StaffActions(
            self.inbox,
            owners,
            self.store,
            self.clock,
            is_opted_out=self.consent.is_opted_out,
            trail=self.state.audit_trail,
            screen=self.check.staff,
        )
        self.help_desk_bridge = HelpDeskBridge(
            staff_actions, self.inbox, owners, self.store, self.sync_list, self.clock
        )
        self.help_desks: dict[str, HelpDesk] = {
            connector.name: found
            for connector in connectors
            if isinstance(connector, HasHelpDesk)
            and (found := connector.help_desk(self.help_desk_bridge)) is not None
        }

    async def _open_vna(self) -> None:
        self.vna = await open_vna(self.settings, self.clock, self.state.audit_trail)
        if self.vna is not None:
            self._stack.push_async_callback(self.vna.close)
            self.services = replace(self.services, statements=self.vna.statements)

    async def _build_conversation(self) -> None:
        settings = self.settings
        self.models = Models(settings, self.metrics)
        self._stack.push_async_callback(self.models.close)
        self.retriever = await self._open_retriever()
        self.services = replace(self.services, retriever=self.retriever)
        canary = self._canary
        guard = OutputGuard(
            canary=canary,
            allowed_hosts=settings.allowed_link_hosts,
            approved=self.services.wording.texts(),
        )
        toolbox = load_tools(settings.tools)
        check_tool_sections(settings)
        factory = AgentFactory(
            services=self.services,
            models=self.models,
            toolbox=toolbox,
            retriever=self.retriever,
            guard=guard,
            canary=canary,
            offline_refused=self._offline_refused,
        )
        router = LogicRouter(factory.build_all(), load_selector(settings))
        self.reloader = AgentReloader(
            agent_folders(settings.agents), load=factory.build_all, use=router.use
        )
        parts = EngineParts(
            services=self.services,
            handoff=Handoff(self.services.wording),
            router=router,
            handlers=self.tokens.handlers,
            data_requests=self.partners.data_requests,
            consent=self.consent,
            budgets=self.budgets,
            inbox=self.inbox,
            enhancer=self._enhancer(guard),
            rates=self.state.rates,
            voice_notes=voice_notes_of(self, self._stack),
            file_keeping=file_keeping_of(self),
            proving_channels=self.channels.proving(),
        )
        self.conversation = TurnEngine(parts=parts, entries=self._stages, metrics=self.metrics)
        self.pipeline = self.conversation.pipeline

    def _enhancer(self, guard: OutputGuard) -> Enhancer:
        if not self.settings.enhancer_model:
            return CodeEnhancer(self.services.wording)
        model = self.models.get((self.settings.enhancer_model,))
        return TwoStageEnhancer(model, guard, self.services.wording)

    def _run_until_stop(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task until the service stops."""
        self._stack.push_async_callback(end, asyncio.create_task(work))

    async def _open_retriever(self) -> Retriever | None:
        if self.role == "gateway" or not self.settings.retriever:
            return None
        retriever = load("RETRIEVER", self.settings.retriever).build(self.settings, self.clock)
        await retriever.open()
        self._stack.push_async_callback(retriever.close)
        return retriever  # type: ignore[no-any-return]

    async def _start_worker(self) -> None:
        claimed = WorkerName.claim(self.settings.worker_name, self.settings.lola_data)
        self._stack.callback(claimed.close)
        turn_runner = TurnRunner(self.conversation, self.channels, self.help_desks, self.state)
        worker = Worker(
            self.inbox,
            self.state.new_outbox(
                policies=self.channels.policies(),
                find=self.channels.find,
                on_lost=self.delivery_events.lost,
                on_refused=self.delivery_events.refused,
                on_opted_out=self.delivery_events.opted_out,
            ),
            self.state.timers,
            handler=turn_runner.handle,
            courier=self.channels.deliver,
            name=claimed.name,
        )
        if self.settings.agents_reload_seconds:
            self._run_until_stop(self.reloader.watch(self.settings.agents_reload_seconds))
        self._run_until_stop(retry_kept_events(self.partner_events))
        self._run_until_stop(watch_templates(self.channels, self.template_book, self.store))
        self._run_until_stop(self._audit_shipping(claimed.name).run())
        if self.settings.m2m_reconcile_minutes:
            self._run_until_stop(reconcile_when_due(self.reconciler))
        task = asyncio.create_task(worker.run())
        if self.help_desks:
            self._start_help_desk_sync(claimed.name)

        async def stop() -> None:
            await worker.stop()
            await task
            await turn_runner.end()

        self._stack.push_async_callback(stop)

    def _audit_shipping(self, worker: str) -> AuditShipping:
        sinks = sinks_of(self.settings, self._http, self.clock)
        lock = self.state.audit_lock
        return AuditShipping(self.state.audit_trail, sinks, lock, self.clock, worker)

    def _poisoned(self, work: Work, reason: str) -> Effects:
        return self.conversation.poisoned(work, reason)

    def _start_help_desk_sync(self, worker: str) -> None:
        sync = HelpDeskSync(
            tuple(self.help_desks.values()),
            self.sync_list,
            self.state.ownership,
            self.clock,
            worker,
        )
        task = asyncio.create_task(sync.run())

        async def stop() -> None:
            # A sync in progress is finished: an interrupted one has to find out what it posted.
            sync.stop()
            await task

        self._stack.push_async_callback(stop)

    async def _start_gateway(self) -> None:
        if self.vna is not None:
            self._run_until_stop(self.vna.upkeep.run())
        self.gateway = gateway_of(self)
        if self._socket is None:
            raise ConfigurationError("PORT", "the gateway has no socket")
        server = serving(self.gateway, self._socket, self.settings, self.metrics.connection_closed)
        await self._stack.enter_async_context(server)
