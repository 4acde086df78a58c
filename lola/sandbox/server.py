"""The sandbox: one server that stands in for every outside system.

It is part of the product: a bank integrates against it. It enforces the partners' rules, listens on
loopback unless told otherwise, and calls only the webhook addresses that its links were made with.
"""

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import SecretStr

from lola.domain.clock import Clock
from lola.sandbox.chatwoot.stub import ChatwootStub
from lola.sandbox.clock import SandboxClock
from lola.sandbox.control import Control
from lola.sandbox.credentials import SandboxCredentials, plain
from lola.sandbox.m2m import PartnerApi, Platform
from lola.sandbox.m2m.control import PlatformControl
from lola.sandbox.m2m.deliveries import TIMEOUT_SECONDS
from lola.sandbox.pages import BRAND, Pages
from lola.sandbox.partner_faults import Partner, PartnerFaults
from lola.sandbox.payhub.records_stub import RecordsStub
from lola.sandbox.payhub.sample_data import BLOCKED, BROKEN, PENDING, VERIFIED
from lola.sandbox.payhub.senders import SenderDirectory
from lola.sandbox.payhub.stub import PayhubStub
from lola.sandbox.store import Database, DocumentStore
from lola.sandbox.telegram.stub import TelegramStub
from lola.sandbox.twilio.rules import (
    CONTENTS,
    SHAPED,
    TEMPLATE_EN,
    TEMPLATE_ES,
    WHATSAPP_PREFIX,
)
from lola.sandbox.twilio.stub import TwilioStub
from lola.sandbox.vault.vault import Vault
from lola.sandbox.whatsapp.stub import GraphStub
from lola.sandbox.widget import Widget
from lola.settings import Settings

GRAPH, TWILIO, TELEGRAM, CHATWOOT = "/graph", "/twilio", "/telegram", "/chatwoot"
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
        self.senders = SenderDirectory(
            DocumentStore(self._database), reference_key=credentials.sender_reference_key
        )
        self.m2m = Platform(self._database, self.clock, webhook_seconds=webhook_seconds)
        self._home = self.m2m.partners.ensure(
            slug=HOME,
            name=BRAND,
            api_key=credentials.m2m_api_key,
            webhook_secret=credentials.m2m_webhook_secret,
        )
        self.records = RecordsStub(senders=self.senders, clock=self.clock)
        self.payhub = PayhubStub(
            senders=self.senders, records=self.records, api_key=credentials.raas_api_key
        )
        self.graph = GraphStub(credentials.whatsapp_token, self.clock)
        self.twilio = TwilioStub(
            credentials.twilio_account_sid, credentials.twilio_auth_token, self.clock
        )
        self.telegram = TelegramStub(credentials.telegram_token, self.clock)
        self.chatwoot = ChatwootStub(
            credentials.chatwoot_account_id, credentials.chatwoot_access_key, self.clock
        )
        self._pages = Pages()
        self.vault = Vault(clock=self.clock, pages=self._pages)
        self.widget = Widget(
            platform=self.m2m,
            senders=self.senders,
            pages=self._pages,
            vault=self.vault,
            prefix=WIDGET,
        )

    async def start(self) -> str:
        """Listen and return the base address without a trailing slash."""
        # Telegram calls have the bot's token in their address, so addresses are not logged.
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
        """Stop listening and release everything."""
        self.faults.release()
        self.graph.faults.released.set()
        self.twilio.faults.released.set()
        self.telegram.faults.released.set()
        self.chatwoot.faults.released.set()
        await self.m2m.deliveries.stop()
        await self.widget.reports.stop()
        await self.vault.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._database.close()

    def settings_overrides(self, settings: Settings) -> dict[str, Any]:
        """Return the settings that point the service here, for partners that are not configured.

        A partner is not configured while it has no address (and, where the real address is well
        known, no credentials either). Only its empty settings are returned.
        """
        has_whatsapp = settings.whatsapp_graph_url or plain(settings.token_whatsapp)
        has_twilio = settings.twilio_api_url or plain(settings.twilio_auth_token)
        mine = self._credentials
        wishes: dict[str, str] = {}
        if not has_whatsapp:
            wishes |= {
                "whatsapp_graph_url": self.url + GRAPH,
                "token_whatsapp": mine.whatsapp_token,
                "phone_number_id": mine.phone_number_id,
                "verify_token_whatsapp": mine.whatsapp_verify_token,
                "whatsapp_app_secret": mine.whatsapp_app_secret,
                "whatsapp_template_es": "seguir_chat:es",
                "whatsapp_template_en": "resume_chat:en",
            }
        if not has_twilio:
            wishes |= {
                "twilio_api_url": self.url + TWILIO,
                "twilio_account_sid": mine.twilio_account_sid,
                "twilio_auth_token": mine.twilio_auth_token,
                "twilio_from": mine.twilio_from,
                "twilio_whatsapp_from": f"{WHATSAPP_PREFIX}{mine.twilio_from}",
                "twilio_template_es": CONTENTS[TEMPLATE_ES],
                "twilio_template_en": CONTENTS[TEMPLATE_EN],
            }
        if not (settings.chatwoot_url or plain(settings.chatwoot_access_key)):
            wishes |= {
                "chatwoot_url": self.url + CHATWOOT,
                "chatwoot_access_key": mine.chatwoot_access_key,
                "chatwoot_account_id": mine.chatwoot_account_id,
                "chatwoot_webhook_secret": mine.chatwoot_webhook_secret,
            }
        if not (settings.telegram_api_url or plain(settings.telegram_token)):
            wishes |= {
                "telegram_api_url": self.url + TELEGRAM,
                "telegram_token": mine.telegram_token,
                "telegram_secret_token": mine.telegram_secret_token,
            }
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
        overrides: dict[str, Any] = {
            name: _like(getattr(settings, name), value)
            for name, value in wishes.items()
            if not plain(getattr(settings, name))
        }
        if not has_twilio and not settings.twilio_contents:
            overrides["twilio_contents"] = dict(SHAPED)
        return overrides

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._faulty()], client_max_size=256 * 1024)
        PartnerApi(self.m2m).add_routes(app, M2M)
        self.payhub.add_routes(app, RAAS)
        self.graph.add_routes(app, GRAPH)
        self.twilio.add_routes(app, TWILIO)
        self.widget.add_routes(app)
        PlatformControl(self.m2m, HOME).add_routes(app, CONTROL)
        self.telegram.add_routes(app, TELEGRAM)
        self.chatwoot.add_routes(app, CHATWOOT)
        Control(
            clock=self.clock,
            faults=self.faults,
            senders=self.senders,
            graph=self.graph,
            twilio=self.twilio,
            telegram=self.telegram,
            chatwoot=self.chatwoot,
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
        """Return the name and address of each stand-in, once the server listens."""
        return (
            ("M2M Partner API", self.url + M2M),
            ("Widget pages, one per link", f"{self.url}{WIDGET}/{{linkId}}/{{flow}}"),
            ("PayHub in RaaS shapes", self.url + RAAS),
            ("WhatsApp Cloud API", self.url + GRAPH),
            ("Twilio", self.url + TWILIO),
            ("Telegram Bot API", self.url + TELEGRAM),
            ("Chatwoot", self.url + CHATWOOT),
            ("Remote control", self.url + CONTROL),
            ("Card vault, on its own origin", f"{self.vault.url}/cards"),
        )

    async def _index(self, _request: web.Request) -> web.Response:
        places = [{"name": name, "address": address} for name, address in self.places()]
        return self._pages.page("index.html", "en", places=places, numbers=NUMBERS)


def _like(empty: SecretStr | str, value: str) -> SecretStr | str:
    return SecretStr(value) if isinstance(empty, SecretStr) else value
