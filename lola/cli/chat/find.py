"""Decides which service `lola chat` talks to: a given one, the running one, or a private one."""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from lola.app import Service
from lola.cli.chat.client import ChatError, DeviceClient
from lola.cli.demo import loopback
from lola.cli.running import read_running
from lola.settings import load_settings
from lola.testing.device_api import simulated_devices

ALIVE = aiohttp.ClientTimeout(total=5)


@asynccontextmanager
async def devices(http: aiohttp.ClientSession, url: str) -> AsyncIterator[DeviceClient]:
    """Return the devices of the service to talk to, and say on stderr which one it is.

    Raises ChatError when nothing at `url` has simulated devices.
    """
    if url:
        client = DeviceClient(http, url)
        try:
            about = await client.about()
        except ChatError as error:
            raise ChatError(
                f"{url} has no simulated devices ({error}); give the address that `lola serve` "
                "prints after `sandbox on`"
            ) from None
        _tell(f"talking to {about.service}")
        yield client
        return
    folder = load_settings().lola_data
    if found := await _running(http, folder):
        yield found
        return
    _tell(f"no service runs for {folder}: talking to a private one, which keeps nothing")
    with tempfile.TemporaryDirectory(prefix="lola-chat-") as private:
        async with Service(loopback(Path(private))) as service, simulated_devices(service):
            if service.sandbox is not None:
                yield DeviceClient(http, service.sandbox.url)


async def _running(http: aiohttp.ClientSession, folder: Path) -> DeviceClient | None:
    """Return the devices of the folder's running service; None when it has ended."""
    running = read_running(folder)
    if running is None or not running.is_alive:
        return None
    client = DeviceClient(http, running.sandbox)
    try:
        about = await client.about()
        async with http.get(f"{running.service}/health/live", timeout=ALIVE) as response:
            is_live = response.status == 200
    except (ChatError, aiohttp.ClientError, TimeoutError):
        return None
    # The process id and the ports of a service that ended may have been given to another.
    if not is_live or about.pid != running.pid:
        return None
    _tell(f"talking to the running service at {running.service} (process {running.pid})")
    return client


def _tell(line: str) -> None:
    sys.stderr.write(f"lola: {line}\n")
