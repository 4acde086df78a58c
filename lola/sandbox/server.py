"""The sandbox: one server on loopback that stands in for every system outside.

It is part of the product: a bank integrates against it. It keeps to the partners' rules, answers
on loopback only unless told otherwise, and never calls anything but the webhook addresses that its
links were made with.
"""

from typing import Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import SecretStr

from lola.domain.clock import Clock
from lola.sandbox.clock import SandboxClock
from lola.sandbox.control import Control
from lola.sandbox.credentials import SandboxCredentials
from lola.sandbox.data import BLOCKED, BROKEN, PENDING, VERIFIED
from lola.sandbox.m2m import PartnerApi, Platform
from lola.sandbox.m2m.control import PlatformControl
from lola.sandbox.m2m.deliveries import TIMEOUT_SECONDS
from lola.sandbox.pages import BRAND, Pages
from lola.sandbox.partner_faults import Partner, PartnerFaults
from lola.sandbox.payhub.records import RecordsStub
from lola.sandbox.payhub.stub import PayhubStub
from lola.sandbox.stand_in import ChannelStub, plain
from lola.sandbox.stand_ins import STAND_INS
from lola.sandbox.store import Database, DocumentStore
from lola.sandbox.vault.vault import Vault
from lola.sandbox.widget import Widget
from lola.sandbox.world import World
from lola.settings import Settings

M2M, RAAS = "/m2m", "/raas/v1"
WIDGET, CONTROL = "/widget", "/control"
HOME = "sol"
"""The slug of the partner account that the service uses."""

PARTNER_PREFIXES: tuple[tuple[str, Partner], ...] = (("/m2m/", "m2m"), ("/raas/", "payhub"))
NUMBERS = (
    (VERIFIED, "verified sender"),
    (BLOCKED, "blocked sender"),
    (PENDING, "identity check pending"),
    (BROKEN, "PayHub answers 500"),
    ("any other", "unknown: onboarding"),
)


Stub = TypeVar("Stub")


class Sandbox:
    """Every stand-in behind one address. `store_path` is a file, or `:memory:`.

    `clock` is the sandbox's own, movable time; `webhook_seconds` how long a webhook may take.
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
        self.world = World(
            DocumentStore(self._database), reference_key=credentials.sender_reference_key
        )
        self.m2m = Platform(self._database, self.clock, webhook_seconds=webhook_seconds)
        self._home = self.m2m.partners.ensure(
            slug=HOME,
            name=BRAND,
            api_key=credentials.m2m_api_key,
            webhook_secret=credentials.m2m_webhook_secret,
        )
        self.records = RecordsStub(world=self.world, clock=self.clock)
        self.payhub = PayhubStub(
            world=self.world, records=self.records, api_key=credentials.raas_api_key
        )
        self._channels: dict[str, ChannelStub] = {
            item.name: item.make(credentials.channels, self.clock) for item in STAND_INS
        }
        self._pages = Pages()
        self.vault = Vault(clock=self.clock, pages=self._pages)
        self.widget = Widget(
            platform=self.m2m,
            world=self.world,
            pages=self._pages,
            vault=self.vault,
            prefix=WIDGET,
        )

    async def start(self) -> str:
        """Listen, and answer the base address without a trailing slash."""
        # A bot's token stands in the address of its calls, so addresses are not logged.
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.records.public_url = self.url
        await self.vault.start(self._host, self._vault_port)
        self.widget.reports.start()
        self.m2m.start(api_url=self.url + M2M, widget_url=self.url + WIDGET)
        return self.url

    async def stop(self) -> None:
        """Stop listening and let go of everything."""
        self.faults.release()
        for stub in self._channels.values():
            stub.faults.released.set()
        await self.m2m.deliveries.stop()
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
        """Answer the settings that point the service here, for partners the operator left out.

        A partner is left out while it has no address (and, where the real address is well known,
        no credentials either); of its settings only the empty ones are answered.
        """
        mine = self._credentials
        wishes: dict[str, Any] = {}
        for item in STAND_INS:
            wishes |= item.overrides(settings, self.url, mine.channels)
        if not settings.m2m_base_url:
            wishes |= {
                "m2m_base_url": self.url + M2M,
                "m2m_api_key": mine.m2m_api_key,
                "m2m_webhook_secret": self._home.webhook_secret,
            }
        if not settings.raas_base_url:
            wishes |= {"raas_base_url": self.url + RAAS, "raas_api_key": mine.raas_api_key}
        if not (settings.m2m_base_url or settings.raas_base_url):
            # A real partner must go on knowing its senders by the same references after a restart.
            wishes["sender_reference_key"] = mine.sender_reference_key
        return {
            name: _like(getattr(settings, name), value)
            for name, value in wishes.items()
            if not plain(getattr(settings, name))
        }

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._faulty()], client_max_size=256 * 1024)
        PartnerApi(self.m2m).add_routes(app, M2M)
        self.payhub.add_routes(app, RAAS)
        for item in STAND_INS:
            self._channels[item.name].add_routes(app, item.path)
        self.widget.add_routes(app)
        PlatformControl(self.m2m, HOME).add_routes(app, CONTROL)
        Control(
            clock=self.clock,
            faults=self.faults,
            world=self.world,
            channels=self._channels,
        ).add_routes(app, CONTROL)
        self._pages.add_static(app)
        app.router.add_get("/", self._index)
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
        """Answer what stands where, once it listens."""
        return (
            ("M2M Partner API", self.url + M2M),
            ("Widget pages, one per link", f"{self.url}{WIDGET}/{{linkId}}/{{flow}}"),
            ("PayHub in RaaS shapes", self.url + RAAS),
            *((item.title, self.url + item.path) for item in STAND_INS),
            ("Remote control", self.url + CONTROL),
            ("Card vault, on its own origin", f"{self.vault.url}/cards"),
        )

    async def _index(self, _request: web.Request) -> web.Response:
        places = [{"name": name, "address": address} for name, address in self.places()]
        return self._pages.page("index.html", "en", places=places, numbers=NUMBERS)


def _like(empty: Any, value: Any) -> Any:
    return SecretStr(value) if isinstance(empty, SecretStr) else value
