"""Measures the acknowledgement of a webhook while the model hangs, next to a bare handler.

Both are measured alternately in one process, so that their ratio can be compared between machines.
The bare handler checks the HMAC and runs one Redis script, the minimum for storing a message.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import aiohttp
from pydantic import SecretStr

from lola.app import Service
from lola.domain.clock import system_clock
from lola.settings import load_settings
from lola.state.connection import connect
from lola.testing.bench.bare import bare_webhook
from lola.testing.bench.loopback_servers import Loopback, StalledModel
from lola.testing.bench.measurements import Acknowledgements, Percentiles
from lola.testing.whatsapp import WhatsAppDevice

WARM_UP = 50
STALL_SECONDS = 29  # as long as a turn may take: it must end before the lease of 30 s
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
            async with Loopback(bare_webhook(connections.commands, secret)) as bare:
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
