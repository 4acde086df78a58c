"""A running service: what is started in which order, and stopped in the opposite one.

What it is made of stands in the modules beside this one; here are only their lives.
"""

import asyncio
import secrets
import socket
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Self

import aiohttp
import structlog
from aiohttp import web

from lola.agent.definitions import agent_folders
from lola.agent.factory import AgentFactory
from lola.agent.reload import AgentReloader
from lola.agent.tools import load_tools
from lola.app.loading import load
from lola.app.local_secrets import with_local_secrets
from lola.app.partners import Partners, build_partners, build_tokens
from lola.app.state import State, open_state
from lola.app.turn_runner import DeliveryEvents, TurnRunner
from lola.channel.contract import Connector
from lola.console import build_console
from lola.conversation import TurnEngine
from lola.conversation.pipeline import Middleware, Pipeline
from lola.conversation.router import LogicRouter
from lola.delivery import Reports, Worker
from lola.delivery.channels import Channels
from lola.delivery.model import Effects, Work
from lola.delivery.worker_name import WorkerName
from lola.domain.clock import Clock, system_clock
from lola.domain.passages import Retriever
from lola.errors import ConfigurationError
from lola.escalation.help_desk import HasHelpDesk, HelpDesk, HelpDeskBridge
from lola.escalation.help_desk_sync import HelpDeskSync
from lola.escalation.staff_actions import StaffActions
from lola.formatting import CodeEnhancer, Enhancer, TwoStageEnhancer
from lola.gateway import build_gateway
from lola.models.choose import Models
from lola.outgoing import open_session
from lola.safety.output.guard import OutputGuard, new_canary
from lola.settings import Settings
from lola.telemetry import names
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
        self._bind()
        await self._start_sandbox()
        self.settings = with_local_secrets(self.settings)
        http = await self._stack.enter_async_context(open_session())
        self._keep(await open_state(self.settings, self.clock, self._stack, self._poisoned))
        self.tokens = build_tokens(self.settings)
        self._deal_with(build_partners(self.settings, self.clock, http, self.state, self.tokens))
        self._build_wings(http)
        await self._build_conversation()
        if self.role in {"all", "worker"}:
            await self._start_worker()
        if self.role in {"all", "gateway"}:
            await self._start_gateway()
        log.info(names.STARTED, role=self.role)

    def _bind(self) -> None:
        """Take the port first: its number is part of the public address that wings are told."""
        if self.role == "worker":
            return
        family = socket.AF_INET6 if ":" in self.settings.host else socket.AF_INET
        try:
            self._socket = socket.create_server(
                (self.settings.host, self.settings.port), family=family, reuse_port=False
            )
        except OSError as error:
            raise ConfigurationError(
                "PORT", f"{self.settings.host}:{self.settings.port}: {error.strerror}"
            ) from None
        self._stack.callback(self._socket.close)
        port = self._socket.getsockname()[1]
        self.settings = self.settings.model_copy(update={"port": port})
        self.url = f"http://{self.settings.host}:{port}"

    async def _start_sandbox(self) -> None:
        if not self.settings.needs_sandbox:
            return
        if self.settings.is_production:
            raise ConfigurationError("LOLA_ENV", "production does not start the sandbox")
        # A deployment with real partners never loads the stand-ins.
        from lola.sandbox.credentials import SandboxCredentials
        from lola.sandbox.server import Sandbox

        credentials = SandboxCredentials.from_settings(self.settings)
        self.sandbox = Sandbox(
            credentials,
            self.clock,
            port=self.settings.sandbox_port,
            vault_port=self.settings.sandbox_vault_port,
        )
        await self.sandbox.start()
        self._stack.push_async_callback(self.sandbox.stop)
        overrides = self.sandbox.settings_overrides(self.settings)
        overrides.setdefault("m2m_callback_url", f"{self.settings.public_url}/webhooks/m2m")
        if not self.settings.widget_origins:
            overrides["widget_origins"] = (self.sandbox.url,)
        self.settings = self.settings.model_copy(update=overrides)

    def _keep(self, state: State) -> None:
        self.state = state
        self.store, self.inbox = state.store, state.inbox
        self.consent, self.budgets, self.watch = state.consent, state.budgets, state.watch
        self.news = DeliveryEvents(state)

    def _deal_with(self, partners: Partners) -> None:
        self.partners = partners
        self.services = partners.services
        self.m2m, self.tickets = partners.m2m, partners.tickets

    def _build_wings(self, http: aiohttp.ClientSession) -> None:
        settings = self.settings
        connectors: list[Connector] = [
            load("CHANNELS", name).build(settings, http, self.clock) for name in settings.channels
        ]
        self.channels = Channels(connectors, self.metrics, self.clock, owe=self.news.owe)
        self._stack.push_async_callback(self.channels.close)
        desk = StaffActions(
            self.inbox, self.store, self.clock, is_opted_out=self.consent.is_opted_out
        )
        self.outside = HelpDeskBridge(desk, self.inbox, self.store, self.watch, self.clock)
        self.help_desks: dict[str, HelpDesk] = {
            connector.name: found
            for connector in connectors
            if isinstance(connector, HasHelpDesk)
            and (found := connector.help_desk(self.outside)) is not None
        }
        stages: list[Middleware] = [
            load("MIDDLEWARE", name).build(self.services) for name in settings.middleware
        ]
        self.pipeline = Pipeline(stages)

    async def _build_conversation(self) -> None:
        settings = self.settings
        self.models = Models(settings, self.metrics)
        self._stack.push_async_callback(self.models.close)
        self.retriever = await self._open_retriever()
        self.services = replace(self.services, retriever=self.retriever)
        canary = new_canary()
        guard = OutputGuard(canary=canary, allowed_hosts=settings.allowed_link_hosts)
        crew = AgentFactory(
            services=self.services,
            models=self.models,
            toolbox=load_tools(settings.tools),
            retriever=self.retriever,
            guard=guard,
            canary=canary,
        )
        selector = settings.agent_selector and load("AGENT_SELECTOR", settings.agent_selector)
        router = LogicRouter(crew.build_all(), selector or None)
        self.roster = AgentReloader(
            agent_folders(settings.agents), load=crew.build_all, use=router.use
        )
        self.conversation = TurnEngine(
            services=self.services,
            pipeline=self.pipeline,
            router=router,
            handlers=self.tokens.handlers,
            data_requests=self.partners.data_requests,
            metrics=self.metrics,
            consent=self.consent,
            budgets=self.budgets,
            inbox=self.inbox,
            enhancer=self._enhancer(guard),
            proving_channels=self.channels.proving(),
        )

    def _enhancer(self, guard: OutputGuard) -> Enhancer:
        if not self.settings.enhancer_model:
            return CodeEnhancer(self.services.wording)
        model = self.models.get((self.settings.enhancer_model,))
        return TwoStageEnhancer(model, guard, self.services.wording)

    def _run_beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something for the life of the service."""
        task = asyncio.create_task(work)

        async def stop() -> None:
            task.cancel()
            await asyncio.wait({task})

        self._stack.push_async_callback(stop)

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
        shift = TurnRunner(self.conversation, self.channels, self.help_desks, self.state)
        worker = Worker(
            self.inbox,
            self.state.new_outbox(
                policies=self.channels.policies(),
                find=self.channels.find,
                on_lost=self.news.lost,
                on_refused=self.news.refused,
                on_opted_out=self.news.opted_out,
            ),
            handler=shift.handle,
            courier=self.channels.deliver,
            name=claimed.name,
        )
        if self.settings.agents_reload_seconds:
            self._run_beside(self.roster.watch(self.settings.agents_reload_seconds))
        task = asyncio.create_task(worker.run())
        if self.help_desks:
            self._follow_help_desks(claimed.name)

        async def stop() -> None:
            await worker.stop()
            await task
            await shift.end()

        self._stack.push_async_callback(stop)

    def _poisoned(self, work: Work, reason: str) -> Effects:
        return self.conversation.poisoned(work, reason)

    def _follow_help_desks(self, worker: str) -> None:
        desks = tuple(self.help_desks.values())
        follower = HelpDeskSync(desks, self.watch, self.inbox, self.clock, worker)
        rounds = asyncio.create_task(follower.run())

        async def stop() -> None:
            # A look under way is finished: cut off, it would have to be looked up again.
            follower.stop()
            await rounds

        self._stack.push_async_callback(stop)

    async def _start_gateway(self) -> None:
        self.gateway = build_gateway(
            settings=self.settings,
            clock=self.clock,
            inbox=self.inbox,
            reports=Reports(
                self.inbox, on_refused=self.news.refused, on_opted_out=self.news.opted_out
            ),
            store=self.store,
            channels=self.channels,
            outside=self.outside,
            short_links=self.partners.short_links,
            tickets=self.tickets,
            callbacks=self.tokens.callbacks,
            sessions=self.tokens.sessions,
            metrics=self.metrics,
            console=build_console(
                inbox=self.inbox,
                store=self.store,
                is_opted_out=self.consent.is_opted_out,
                clock=self.clock,
                brand=self.settings.brand_name,
                secure=self.settings.public_url.startswith("https://"),
            ),
            new_trace_id=lambda: secrets.token_hex(8),
        )
        runner = web.AppRunner(self.gateway, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        if self._socket is None:
            raise ConfigurationError("PORT", "the gateway has no socket")
        await web.SockSite(runner, self._socket).start()
