"""The composition root: settings in, a running service out.

It is the one place that knows every wing, and it knows them by the dotted names in the settings,
the way Django loads middleware, so that a bank adds its own without forking.
"""

import asyncio
import secrets
import socket
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib import import_module, resources
from pathlib import Path
from typing import Any, Literal, Self

import aiohttp
import structlog
from aiohttp import web

from lola.channel import Connector
from lola.clock import Clock, system_clock
from lola.consent import ConsentBook
from lola.console import build_console
from lola.conversation import Conversation
from lola.conversation.events import lost_event, owed_event, refused_event
from lola.conversation.history import REACH
from lola.crew import Crew
from lola.definitions import agent_folders
from lola.delivery import Ledger, Limits, Outbox, Reports, Worker
from lola.delivery.model import Effects, OutboxRow, Work
from lola.delivery.naming import WorkerName
from lola.enhancer import CodeEnhancer, Enhancer, TwoStageEnhancer
from lola.errors import ChannelError, ConfigurationError
from lola.escalation.desk import Desk
from lola.escalation.follower import Follower
from lola.escalation.outside import HasHelpDesk, HelpDesk, Outside
from lola.gateway import build_gateway
from lola.local_secrets import with_local_secrets
from lola.messages import Address
from lola.models.choose import Models
from lola.money.callbacks import PURPOSE, CallbackAddresses, load_handlers
from lola.money.data_requests import DataRequests
from lola.money.links import TicketIndex, WidgetLinks
from lola.money.sealing import Sealer
from lola.money.service import MoneyService
from lola.money.sessions import SessionTokens
from lola.money.short_links import ShortLinks
from lola.partners.m2m import M2MClient, with_overrides
from lola.partners.payhub import PayhubClient
from lola.partners.payhub_records import PayhubRecords
from lola.partners.raas_calls import RaasCalls
from lola.passages import Retriever
from lola.pipeline import Middleware, Pipeline
from lola.registry import Channels
from lola.roster import Roster
from lola.router import LogicRouter
from lola.safety.guard import OutputGuard, new_canary
from lola.sandbox.credentials import SandboxCredentials
from lola.sandbox.server import Sandbox
from lola.services import Services
from lola.settings import Settings
from lola.spending import Budgets
from lola.state.connection import connect
from lola.state.embedded import EmbeddedValkey
from lola.state.keys import Keys
from lola.state.store import StateStore
from lola.state.watch import WatchList
from lola.telemetry import names
from lola.telemetry.metrics import Metrics
from lola.tools import load_tools
from lola.wording import HERE, Wording

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
        self._receipts: set[asyncio.Task[None]] = set()
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
        http = await self._stack.enter_async_context(aiohttp.ClientSession())
        await self._connect_state()
        self._build_tokens()
        self._build_partners(http)
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

    async def _connect_state(self) -> None:
        settings = self.settings
        url = settings.redis_url
        if not url:
            server = EmbeddedValkey(settings.lola_data)
            url = await server.start()
            self._stack.push_async_callback(server.stop)
        connections = connect(
            url,
            wait_replicas=settings.wait_replicas,
            wait_milliseconds=settings.wait_milliseconds,
        )
        self._stack.push_async_callback(connections.close)
        keys = Keys(settings.project_name)
        self.store = StateStore(
            connections.commands,
            keys,
            self.clock,
            timedelta(hours=settings.session_ttl_hours),
        )
        self.ledger = Ledger(
            connections,
            keys,
            self.clock,
            on_poison=self._poisoned,
            limits=Limits(
                lease_seconds=settings.lease_seconds,
                max_attempts=settings.max_attempts,
                debounce_seconds=settings.debounce_seconds,
                history_window=REACH * settings.core_history_window_length,
                state_ttl=timedelta(hours=settings.session_ttl_hours),
            ),
        )
        self.consent = ConsentBook(connections, keys, self.clock)
        self.budgets = Budgets(connections, keys, settings)
        self.watch = WatchList(connections.commands, keys, self.clock, "helpdesk")
        self._new_outbox = partial(
            Outbox,
            connections,
            keys,
            self.clock,
            lease_seconds=settings.lease_seconds,
            may_send=self.consent.may_send,
        )
        await self.store.ping()

    def _build_tokens(self) -> None:
        settings = self.settings
        self.handlers = load_handlers(settings.callbacks)
        sealer = Sealer(
            settings.callback_secrets,
            purpose=PURPOSE,
            tenant=settings.project_name,
            setting="CALLBACK_SECRET",
        )
        self.callbacks = CallbackAddresses(sealer, self.handlers, settings.public_url)
        self.sessions = SessionTokens(
            settings.jwt_private_key.get_secret_value(),
            issuer=settings.public_url,
            tenant=settings.project_name,
            life=timedelta(minutes=settings.session_minutes),
        )

    def _build_partners(self, http: aiohttp.ClientSession) -> None:
        settings = self.settings
        self.wording = Wording((HERE, *_catalogues(settings)), formality=settings.formality)
        payhub = PayhubClient(
            http,
            base_url=settings.raas_base_url,
            api_key=settings.raas_api_key.get_secret_value(),
            clock=self.clock,
            timeout=settings.partner_timeout_seconds,
        )
        self.short_links = ShortLinks(self.store, settings.public_url)
        self.tickets = TicketIndex(self.store)
        self.m2m = M2MClient(
            http,
            base_url=settings.m2m_base_url,
            api_key=settings.m2m_api_key.get_secret_value(),
            timeout=settings.partner_timeout_seconds,
            environment="production" if settings.is_production else "sandbox",
            contract=with_overrides(settings.m2m_routes, settings.m2m_fields),
        )
        named = settings.m2m_data_source
        self.data_requests = DataRequests(
            client=self.m2m,
            source=load("M2M_DATA_SOURCE", named) if named else payhub.user_data,
            fields=settings.m2m_data_fields,
            timeout=settings.partner_timeout_seconds,
        )
        links = WidgetLinks(
            client=self.m2m,
            short_links=self.short_links,
            callbacks=self.callbacks,
            settings=settings,
        )
        self.services = Services(
            settings=settings,
            clock=self.clock,
            store=self.store,
            identity=payhub,
            remittances=payhub,
            money=MoneyService(
                remittances=payhub,
                links=links,
                index=self.tickets,
                wording=self.wording,
                settings=settings,
            ),
            wording=self.wording,
            watch=self.watch,
            records=PayhubRecords(
                RaasCalls(
                    http,
                    base_url=settings.raas_base_url,
                    api_key=settings.raas_api_key.get_secret_value(),
                    timeout=settings.partner_timeout_seconds,
                )
            ),
        )

    def _build_wings(self, http: aiohttp.ClientSession) -> None:
        settings = self.settings
        connectors: list[Connector] = [
            load("CHANNELS", name).build(settings, http, self.clock) for name in settings.channels
        ]
        self.channels = Channels(connectors, self.metrics, self.clock, owe=self._owe)
        self._stack.push_async_callback(self.channels.close)
        desk = Desk(self.ledger, self.store, self.clock, is_opted_out=self.consent.is_opted_out)
        self.outside = Outside(desk, self.ledger, self.store, self.watch, self.clock)
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
        crew = Crew(
            services=self.services,
            models=self.models,
            toolbox=load_tools(settings.tools),
            retriever=self.retriever,
            guard=guard,
            canary=canary,
        )
        selector = settings.agent_selector and load("AGENT_SELECTOR", settings.agent_selector)
        router = LogicRouter(crew.muster(), selector or None)
        self.roster = Roster(agent_folders(settings.agents), load=crew.muster, use=router.use)
        self.conversation = Conversation(
            services=self.services,
            pipeline=self.pipeline,
            router=router,
            handlers=self.handlers,
            data_requests=self.data_requests,
            metrics=self.metrics,
            consent=self.consent,
            budgets=self.budgets,
            ledger=self.ledger,
            enhancer=self._enhancer(guard),
            proving_channels=self.channels.proving(),
        )

    def _enhancer(self, guard: OutputGuard) -> Enhancer:
        if not self.settings.enhancer_model:
            return CodeEnhancer(self.wording)
        model = self.models.get((self.settings.enhancer_model,))
        return TwoStageEnhancer(model, guard, self.wording)

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
        worker = Worker(
            self.ledger,
            self._new_outbox(
                policies=self.channels.policies(),
                find=self.channels.find,
                on_lost=self._lost,
                on_refused=self._refused,
                on_opted_out=self._opted_out,
            ),
            handler=self._handle,
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
            await asyncio.gather(*self._receipts, return_exceptions=True)

        self._stack.push_async_callback(stop)

    async def _lost(self, row: OutboxRow, reason: str) -> None:
        """Through the inbox, so that it takes its turn with whatever the sender says meanwhile."""
        await self.ledger.enqueue(lost_event(row, reason), row.trace_id)

    async def _owe(self, row: OutboxRow) -> None:
        await self.ledger.enqueue(owed_event(row), row.trace_id)

    async def _refused(self, row: OutboxRow, reason: str, *, again: bool = False) -> None:
        await self.ledger.enqueue(refused_event(row, reason, again=again), row.trace_id)

    async def _opted_out(self, row: OutboxRow, code: str) -> None:  # noqa: ARG002 - the hook's shape
        """A provider knew of an opt-out that nobody told us of; from now on it is ours as well."""
        await self.consent.record(row.address, "out", how="provider", event=row.id)

    def _poisoned(self, work: Work, reason: str) -> Effects:
        return self.conversation.poisoned(work, reason)

    async def _handle(self, work: Work) -> Effects:
        """Show that we read along, beside the work; a receipt never gates an answer."""
        last = work.envelopes[-1].inbound
        await self._ask_help_desk(last.address)
        done = asyncio.Event()
        if work.ownership.owner == "bot" and not last.is_event:
            task = asyncio.create_task(self.channels.seen(last, done))
            self._receipts.add(task)
            task.add_done_callback(self._receipts.discard)
        try:
            return await self.conversation(work)
        finally:
            done.set()

    def _follow_help_desks(self, worker: str) -> None:
        desks = tuple(self.help_desks.values())
        follower = Follower(desks, self.watch, self.ledger, self.clock, worker)
        rounds = asyncio.create_task(follower.run())

        async def stop() -> None:
            # A look under way is finished: cut off, it would have to be looked up again.
            follower.stop()
            await rounds

        self._stack.push_async_callback(stop)

    async def _ask_help_desk(self, address: Address) -> None:
        """In a help desk's own conversation its people may have come in a moment ago.

        What changes the owner repeats this turn with the new one. An outage changes nothing: then
        the answer cannot leave either.
        """
        desk = self.help_desks.get(address.channel)
        if desk is None:
            return
        try:
            await desk.arrived(address.conversation, address.sender)
        except ChannelError as error:
            log.warning(names.HELP_DESK_FAILED, code=error.code)
        await self.watch.mark(address.conversation)

    async def _start_gateway(self) -> None:
        self.gateway = build_gateway(
            settings=self.settings,
            clock=self.clock,
            ledger=self.ledger,
            reports=Reports(self.ledger, on_refused=self._refused, on_opted_out=self._opted_out),
            store=self.store,
            channels=self.channels,
            outside=self.outside,
            short_links=self.short_links,
            tickets=self.tickets,
            callbacks=self.callbacks,
            sessions=self.sessions,
            metrics=self.metrics,
            console=build_console(
                ledger=self.ledger,
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


def load(setting: str, dotted: str) -> Any:
    """Import `package.module.Name`. Raises ConfigurationError that names the setting."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(setting, f"cannot load {dotted}: {error}") from None


def _catalogues(settings: Settings) -> tuple[Path, ...]:
    """The catalogue folders of the wings that say something themselves."""
    packages = {
        name.split(".")[0] for name in (*settings.middleware, *settings.channels, *settings.tools)
    }
    folders = (Path(str(resources.files(package))) / "catalogue" for package in sorted(packages))
    return tuple(folder for folder in folders if folder.is_dir())
