"""The sandbox on loopback in a thread of its own, with a recorder in front, and the command line.

The recorder notes which operation of the partner was asked, and can answer in the partner's place.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from typer.testing import CliRunner

from lola.cli.main import app
from lola.domain.clock import system_clock
from lola.partners.m2m import ROUTES
from lola.sandbox import SandboxCredentials
from lola.sandbox.m2m.request_schemas import read_create
from lola.sandbox.server import Sandbox
from tests.unit.sandbox.m2m.conftest import AMOUNT, BANK, DEVICE, WHOLE

RECIPIENT = "Guadalupe Hernández"
REASON = "case 4711"


@dataclass
class Recorder:
    """Passes requests on to the sandbox. `answers` come first, once each, as (status, body)."""

    target: str = ""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[int, object]] = field(default_factory=list)
    session: aiohttp.ClientSession | None = None

    async def handle(self, request: web.Request) -> web.Response:
        if request.path == "/hook":
            return web.Response()
        self.asked.append(operation(request.method, request.path))
        if self.answers:
            status, body = self.answers.pop(0)
            return web.json_response(body, status=status)
        async with self.session.request(
            request.method,
            f"{self.target}{request.rel_url}",
            data=await request.read(),
            headers=request.headers,
        ) as answer:
            return web.Response(
                body=await answer.read(), status=answer.status, content_type=answer.content_type
            )


def operation(method: str, path: str) -> str:
    """Return the name of the operation that a request is for."""
    for name, route in ROUTES.items():
        pattern = re.sub(r"\{[a-z_]+\}", "[^/]+", route.path)
        if method == route.method and re.fullmatch(f"/m2m{pattern}", path):
            return name
    raise AssertionError(f"{method} {path} is no operation")


class Partner:
    """The sandbox and its recorder; `do` runs in their thread."""

    def __init__(self) -> None:
        self.credentials = SandboxCredentials()
        self.recorder = Recorder()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._runner = self.do(self._start())

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start(self):
        self.sandbox = Sandbox(self.credentials, system_clock)
        self.recorder.target = await self.sandbox.start()
        self.recorder.session = aiohttp.ClientSession()
        server = web.Application()
        server.router.add_route("*", "/{path:.*}", self.recorder.handle)
        runner = web.AppRunner(server, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.recorder.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def _stop(self):
        await self._runner.cleanup()
        await self.recorder.session.close()
        await self.sandbox.stop()

    def close(self):
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Partner]:
    partner = Partner()
    yield partner
    partner.close()


@pytest.fixture
def partner(running: Partner) -> Partner:
    running.recorder.asked.clear()
    running.recorder.answers.clear()
    return running


@pytest.fixture
def ids(partner: Partner) -> dict[str, str]:
    """A sender with an open link and all data, and one whose transfer is made."""

    async def prepare() -> dict[str, str]:
        platform, mark = partner.sandbox.m2m, uuid4().hex[:8]
        home = platform.partners.find("sol")

        def make(reference: str, **fields):
            body = {
                "referenceId": reference,
                "callbackUrl": f"{partner.recorder.url}/hook",
                "metadata": {"recipient": RECIPIENT},
                **fields,
            }
            return platform.create_link(home, read_create(body))

        opened = make(f"sender-{mark}a", userData={**WHOLE, "paymentMethod": BANK})
        used = make(f"sender-{mark}b", userData={**WHOLE, "paymentMethod": BANK})
        platform.customer.open(used, DEVICE)
        platform.customer.hurry(used)
        done = platform.customer.approve(used, AMOUNT)
        delivery = next(iter(platform.deliveries.list.all(link=used.link_id, event="link.opened")))
        checked = platform.cip.newest(used)
        return {
            "reference": opened.reference_id,
            "link": opened.link_id,
            "user": opened.user_id,
            "used": used.link_id,
            "used_reference": used.reference_id,
            "operation": done.operation_id,
            "delivery": delivery.delivery_id,
            "ticket": checked.ticket_id,
        }

    return partner.do(prepare())


@pytest.fixture
def environment(partner, valkey_url, tmp_path, monkeypatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    return {
        "M2M_BASE_URL": f"{partner.recorder.url}/m2m",
        "M2M_API_KEY": partner.credentials.m2m_api_key,
        "M2M_WEBHOOK_SECRET": partner.credentials.m2m_webhook_secret,
        "REDIS_URL": valkey_url,
        "PROJECT_NAME": f"c{uuid4().hex[:12]}",
        "LOLA_DATA": str(tmp_path / "data"),
        "PARTNER_TIMEOUT_SECONDS": "5",
        "LOLA_OPERATOR": "ana",
        "SENDER_REFERENCE_KEY": "k" * 40,
    }


@pytest.fixture
def lola(environment):
    """Run `lola m2m` with these words."""

    def run(*words: str, **changes: str):
        return CliRunner().invoke(app, ["m2m", *words], env=environment | changes)

    return run
