"""`lola bench`: the webhook's acknowledgement while the model hangs, beside a bare handler.

Both are measured in turns in one run on one machine, so the ratio means something even where the
seconds do not. The bare handler checks the HMAC and runs one Redis script; nothing can do less.
"""

import asyncio
import hashlib
import hmac
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from rich.console import Console
from rich.progress import track
from rich.table import Table

from lola.app import Service
from lola.clock import system_clock
from lola.qa.phone import WhatsAppPhone
from lola.settings import load_settings
from lola.state.connection import connect
from lola.telemetry.logs import configure

ROUNDS = 600
WARM_UP = 50
GOAL = 1.5
SCRIPT = """
if redis.call('SET', KEYS[1], '1', 'NX', 'EX', 60) then redis.call('RPUSH', KEYS[2], ARGV[1]) end
return 1
"""


def run_bench() -> None:
    """Measure and print."""
    configure("critical")
    ours, bare = asyncio.run(_measure())
    table = Table(title=f"Webhook acknowledgement, model stalled ({ROUNDS} messages each)")
    for column in ("", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(column, justify="right")
    rows = [_percentiles(ours[WARM_UP:]), _percentiles(bare[WARM_UP:])]
    for name, row in zip(("lola, stored", "bare handler"), rows, strict=True):
        table.add_row(name, *(f"{value * 1000:.2f}" for value in row))
    ratios = [mine / theirs for mine, theirs in zip(*rows, strict=True)]
    table.add_row("ratio", *(f"{ratio:.2f}" for ratio in ratios))
    Console().print(table)
    print(f"p50 ratio {ratios[0]:.2f}, goal at most {GOAL}")  # noqa: T201 - for scripts


async def _measure() -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory(prefix="lola-bench-") as folder:
        async with _Stalled() as model_url, aiohttp.ClientSession() as http:
            settings = load_settings(
                host="127.0.0.1", port=0, webhook_url="", redis_url="", lola_data=Path(folder),
                lola_model="gemini:stalled", gemini_api_key=SecretStr("bench"),
                google_gemini_base_url=model_url, turn_seconds=3, model_seconds=3,
            )  # fmt: skip
            async with Service(settings) as service:
                connections = connect(f"unix://{folder}/valkey.sock")
                bare = web.Application()
                secret = service.settings.whatsapp_app_secret.get_secret_value()
                bare.router.add_post("/webhooks/whatsapp", _bare(connections.commands, secret))
                runner = web.AppRunner(bare, access_log=None)
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                results = await _alternate(http, service, url)
                await runner.cleanup()
                await connections.close()
                return results


async def _alternate(
    http: aiohttp.ClientSession, service: Service, bare_url: str
) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    bare: list[float] = []
    for number in track(range(ROUNDS), description="posting"):
        for url, results in ((service.url, ours), (bare_url, bare)):
            phone = WhatsAppPhone(
                http,
                url,
                service.settings.whatsapp_app_secret.get_secret_value(),
                service.settings.phone_number_id,
                f"1555{number % 100:07d}",
                "Bench",
                system_clock,
            )
            started = perf_counter()
            await phone.say("¿cuánto cuesta enviar 200 dólares?")
            results.append(perf_counter() - started)
    return ours, bare


def _bare(redis: Any, secret: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    script = redis.register_script(SCRIPT)

    async def handler(request: web.Request) -> web.Response:
        body = await request.read()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        given = request.headers.get("X-Hub-Signature-256", "")
        if not hmac.compare_digest(f"sha256={digest}", given):
            return web.Response(status=401)
        await script(keys=(f"bare:{digest}", "bare:list"), args=(body,))
        return web.Response()

    return handler


class _Stalled:
    """A model server that never answers."""

    async def __aenter__(self) -> str:
        self._released = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._hang)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def __aexit__(self, *_: object) -> None:
        self._released.set()
        await self._runner.cleanup()

    async def _hang(self, _: web.Request) -> web.Response:
        await self._released.wait()
        return web.Response(status=503)


def _percentiles(seconds: list[float]) -> tuple[float, float, float]:
    cuts = quantiles(seconds, n=100)
    return cuts[49], cuts[94], cuts[98]
