"""The sandbox: one server that stands in for every outside system.

It is part of the product: a bank integrates against it. It enforces the partners' rules, listens on
loopback unless told otherwise, and calls only the webhook addresses that its links were made with.
"""

from typing import Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import SecretStr

from lola.domain.clock import Clock
from lola.sandbox.clock import SandboxClock
from lola.sandbox.control import Control
from lola.sandbox.credentials import SandboxCredentials
from lola.sandbox.m2m import PartnerApi, Platform
from lola.sandbox.m2m.control import PlatformControl
from lola.sandbox.m2m.deliveries import TIMEOUT_SECONDS
from lola.sandbox.pages import BRAND, Pages
from lola.sandbox.partner_faults import Partner, PartnerFaults
from lola.sandbox.payhub.request4r import Request4RGateway
from lola.sandbox.payhub.sample_data import BLOCKED, BROKEN, PENDING, VERIFIED
from lola.sandbox.payhub.senders import SenderDirectory
from lola.sandbox.payhub.stub import PayhubStub
from lola.sandbox.phone import PhonePage
from lola.sandbox.request_money import RequestMoneyApi, RequestMoneyPlatform
from lola.sandbox.request_money.control import RequestMoneyControl
from lola.sandbox.request_money.pay_page import PayPage
from lola.sandbox.stand_in import ChannelStub, plain
from lola.sandbox.stand_ins import STAND_INS
from lola.sandbox.store import Database, DocumentStore
from lola.sandbox.vault.vault import Vault
from lola.sandbox.widget import Widget
from lola.settings import Settings

M2M, RAAS = "/m2m", "/raas/v1"
REQUEST_MONEY, PAY_REQUEST = "/request-money", "/pay-request"
WIDGET, CONTROL = "/widget", "/control"
HOME = "sol"
"""The slug of the partner account that the service uses."""
KNOWN_NUMBERS = {
    "verified": VERIFIED,
    "blocked": BLOCKED,
    "pending": PENDING,
    "broken": BROKEN,
}
REQUEST_HOME = "65f8e2f9c0a1d40012a3b4c5"
"""The id of its account at Request Money."""

PARTNER_PREFIXES: tuple[tuple[str, Partner], ...] = (
    ("/m2m/", "m2m"),
    ("/raas/", "payhub"),
    (f"{REQUEST_MONEY}/v1/request-money", "request_money"),
)
NUMBERS = (
    (VERIFIED, "verified sender"),
    (BLOCKED, "blocked sender"),
    (PENDING, "identity check pending"),
    (BROKEN, "PayHub answers 500"),
    ("any other", "unknown: onboarding"),
)


Stub = TypeVar("Stub")


class Sandbox:
    """All stand-ins behind one address. `store_path` is a file, or `:memory:`.

    `clock` is what the sandbox's own clock starts from; `webhook_seconds` limits a webhook call.
    """

    def __init__(
        self,
        credentials: SandboxCredentials,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        vault_port: int = 0,
        store_path: str = ":memory:",
        webhook_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._credentials = credentials
        self._host = host
        self._port = port
        self._vault_port = vault_port
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.clock = SandboxClock(clock)
        self.faults = PartnerFaults()
        self._database = Database(store_path)
        documents = DocumentStore(self._database)
        self.senders = SenderDirectory(documents, reference_key=credentials.sender_reference_key)
        self.m2m = Platform(self._database, self.clock, webhook_seconds=webhook_seconds)
        self._home = self.m2m.partners.ensure(
            slug=HOME,
            name=BRAND,
            api_key=credentials.m2m_api_key,
            webhook_secret=credentials.m2m_webhook_secret,
        )
        self.payhub = PayhubStub(
            senders=self.senders,
            store=documents,
            clock=self.clock,
            api_key=credentials.raas_api_key,
            webhook_secret=credentials.raas_webhook_secret,
        )
        self.request4r = Request4RGateway()
        self._channels: dict[str, ChannelStub] = {
            item.name: item.make(credentials.channels, self.clock) for item in STAND_INS
        }
        self.devices: Handler | None = None
        """Serves `/control/devices`, where a service in the same process has simulated devices."""
        self._pages = Pages()
        self._phones = PhonePage(self._pages, KNOWN_NUMBERS)
        self.requests = RequestMoneyPlatform(
            DocumentStore(self._database), self.clock, webhook_seconds=webhook_seconds
        )
        self.vault = Vault(clock=self.clock, pages=self._pages)
        self.widget = Widget(
            platform=self.m2m,
            senders=self.senders,
            pages=self._pages,
            vault=self.vault,
            prefix=WIDGET,
            clock=self.clock,
        )

    async def start(self) -> str:
        """Listen and return the base address without a trailing slash."""
        # The calls of some providers have a token in their address, so addresses are not logged.
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.payhub.start(self.url)
        self.request4r.upstream = self.url + RAAS
        await self.vault.start(self._host, self._vault_port)
        self.widget.reports.start()
        self.m2m.start(api_url=self.url + M2M, widget_url=self.url + WIDGET)
        self.requests.ensure_partner(
            REQUEST_HOME,
            api_key=self._credentials.request_money_api_key,
            webhookSecret=self._credentials.request_money_webhook_secret,
            landingBaseUrl=self.url + PAY_REQUEST,
        )
        self.requests.deliveries.start()
        return self.url

    async def stop(self) -> None:
        """Stop listening and release everything."""
        self.faults.release()
        for stub in self._channels.values():
            stub.faults.released.set()
        await self.m2m.deliveries.stop()
        await self.payhub.hooks.stop()
        await self.requests.deliveries.stop()
        await self.request4r.stop()
        await self.widget.reports.stop()
        await self.vault.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._database.close()

    def channel(self, kind: type[Stub]) -> Stub:
        """Return the stand-in of a channel by its class. Raises LookupError."""
        for stub in self._channels.values():
            if isinstance(stub, kind):
                return stub
        raise LookupError(kind.__name__)

    def settings_overrides(self, settings: Settings) -> dict[str, Any]:
        """Return the settings that point the service here, for partners that are not configured.

        A partner is not configured while it has no address (and, where the real address is well
        known, no credentials either). Only its empty settings are returned.
        """
        mine = self._credentials
        wanted: dict[str, Any] = {}
        for item in STAND_INS:
            wanted |= item.overrides(settings, self.url, mine.channels)
        if not settings.m2m_base_url:
            wanted |= {
                "m2m_base_url": self.url + M2M,
                "m2m_api_key": mine.m2m_api_key,
                "m2m_webhook_secret": self._home.webhook_secret,
            }
        if not settings.raas_base_url:
            wanted |= {
                "raas_base_url": self.url + RAAS,
                "raas_api_key": mine.raas_api_key,
                "raas_webhook_secret": mine.raas_webhook_secret,
                "raas_profile": "full",
            }
            # Off unless it is configured: only a sandbox that knows the senders has it.
            if settings.request_money and not settings.request_money_base_url:
                wanted |= {
                    "request_money_base_url": self.url + REQUEST_MONEY,
                    "request_money_api_key": mine.request_money_api_key,
                    "request_money_webhook_secret": mine.request_money_webhook_secret,
                }
        if not (settings.m2m_base_url or settings.raas_base_url):
            # With a real partner the references of its senders must not change at a restart.
            wanted["sender_reference_key"] = mine.sender_reference_key
        return {
            name: _like(getattr(settings, name), value)
            for name, value in wanted.items()
            if not plain(getattr(settings, name))
        }

    def report_requests_to(self, url: str) -> None:
        """Set where the requests for money of the service's own account are reported."""
        partner = self.requests.partner(REQUEST_HOME) or {}
        self.requests.save_partner({**partner, "webhookUrl": url})

    def application(self) -> web.Application:
        """Build the application with every route of the stand-ins but the card vault's."""
        app = web.Application(middlewares=[self._faulty()], client_max_size=256 * 1024)
        PartnerApi(self.m2m).add_routes(app, M2M)
        self.payhub.add_routes(app, RAAS)
        self.request4r.add_routes(app, RAAS, CONTROL)
        RequestMoneyApi(self.requests).add_routes(app, REQUEST_MONEY)
        PayPage(self.requests, self._pages, REQUEST_HOME).add_routes(app, PAY_REQUEST)
        RequestMoneyControl(self.requests, REQUEST_HOME).add_routes(app, CONTROL)
        for item in STAND_INS:
            self._channels[item.name].add_routes(app, item.path)
        self.widget.add_routes(app)
        PlatformControl(self.m2m, HOME).add_routes(app, CONTROL)
        Control(
            clock=self.clock,
            faults=self.faults,
            senders=self.senders,
            operations=self.payhub.operations,
            channels=self._channels,
        ).add_routes(app, CONTROL)
        app.router.add_route("*", CONTROL + "/devices{rest:(?:/.*)?}", self._serve_devices)
        self._pages.add_static(app)
        app.router.add_get("/", self._index)
        app.router.add_get("/phone", self._phone, name="phone")
        return app

    def _faulty(self) -> Middleware:
        @web.middleware
        async def faulty(request: web.Request, handler: Handler) -> web.StreamResponse:
            for prefix, partner in PARTNER_PREFIXES:
                if request.path.startswith(prefix):
                    return await self.faults.answer(partner, request, handler)
            return await handler(request)

        return faulty

    def places(self) -> tuple[tuple[str, str], ...]:
        """Return the name and address of each stand-in, once the server listens."""
        return (
            ("M2M Partner API", self.url + M2M),
            ("Widget pages, one per link", f"{self.url}{WIDGET}/{{linkId}}/{{flow}}"),
            ("PayHub in RaaS shapes", self.url + RAAS),
            ("Request4R's OpenAPI document", f"{self.url}{RAAS}/request4r.json"),
            ("Request Money API", self.url + REQUEST_MONEY),
            ("Its OpenAPI document", f"{self.url}{REQUEST_MONEY}/openapi.json"),
            *((item.title, self.url + item.path) for item in STAND_INS),
            ("Control API", self.url + CONTROL),
            ("Telephones of test senders", f"{self.url}/phone"),
            ("Card vault, on its own origin", f"{self.vault.url}/cards"),
        )

    async def _serve_devices(self, request: web.Request) -> web.StreamResponse:
        if self.devices is None:
            raise web.HTTPNotFound
        return await self.devices(request)

    async def _phone(self, request: web.Request) -> web.Response:
        if self.devices is None:
            raise web.HTTPNotFound
        return await self._phones.show(request)

    async def _index(self, _request: web.Request) -> web.Response:
        places = [{"name": name, "address": address} for name, address in self.places()]
        return self._pages.page("index.html", "en", places=places, numbers=NUMBERS)


def _like(empty: Any, value: Any) -> Any:
    return SecretStr(value) if isinstance(empty, SecretStr) else value
