"""Measures the acknowledgement of a webhook while the model hangs, next to a bare handler.

Both are measured alternately in one process, so that their ratio can be compared between machines.
The bare handler checks the HMAC and runs one Redis script, the minimum for storing a message.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from lola.app import Service
from lola.domain.clock import system_clock
from lola.settings import load_settings
from lola.state.connection import connect
from lola.testing.bench.loopback_servers import Loopback, StalledModel
from lola.testing.bench.measurements import Acknowledgements, Percentiles
from lola.testing.whatsapp import WhatsAppDevice

WARM_UP = 50
STALL_SECONDS = 29  # as long as a turn may take: it must end before the lease of 30 s
SCRIPT = """
if redis.call('SET', KEYS[1], '1', 'NX', 'EX', 60) then redis.call('RPUSH', KEYS[2], ARGV[1]) end
return 1
"""

Progress = Callable[[int], None]


async def measure(folder: Path, messages: int, progress: Progress) -> Acknowledgements:
    """Post this many messages to each; the first ones warm up and do not count."""
    stalled = StalledModel()
    async with Loopback(stalled.handle) as model, aiohttp.ClientSession() as http:
        settings = load_settings(
            host="127.0.0.1", port=0, webhook_url="", redis_url="", lola_data=folder,
            lola_model="gemini:stalled", gemini_api_key=SecretStr("bench"),
            google_gemini_base_url=model.url, turn_seconds=STALL_SECONDS,
            model_seconds=STALL_SECONDS,
        )  # fmt: skip
        async with Service(settings) as service:
            connections = connect(f"unix://{folder}/valkey.sock")
            secret = service.settings.whatsapp_app_secret.get_secret_value()
            async with Loopback(_bare(connections.commands, secret)) as bare:
                ours, theirs = await _alternate(http, service, bare.url, messages, progress)
            await connections.close()
            stalled.released.set()
    return Acknowledgements(
        messages=messages, ours=Percentiles.of(ours), bare=Percentiles.of(theirs)
    )


async def _alternate(
    http: aiohttp.ClientSession, service: Service, bare_url: str, messages: int, progress: Progress
) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    bare: list[float] = []
    settings = service.settings
    for number in range(WARM_UP + messages):
        for url, results in ((service.url, ours), (bare_url, bare)):
            device = WhatsAppDevice(
                http, url, settings.whatsapp_app_secret.get_secret_value(),
                settings.phone_number_id, f"1555{number % 100:07d}", "Bench", system_clock,
            )  # fmt: skip
            started = perf_counter()
            await device.say("¿cuánto cuesta enviar 200 dólares?")
            results.append(perf_counter() - started)
        progress(max(0, number + 1 - WARM_UP))
    return ours[WARM_UP:], bare[WARM_UP:]


def _bare(redis: Any, secret: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    script = redis.register_script(SCRIPT)

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        given = request.headers.get("X-Hub-Signature-256", "")
        if not hmac.compare_digest(f"sha256={digest}", given):
            return web.Response(status=401)
        await script(keys=(f"bare:{digest}", "bare:list"), args=(body,))
        return web.Response()

    return handler
