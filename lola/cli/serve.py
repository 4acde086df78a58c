"""`lola serve` and `lola sandbox`: run until a signal says stop."""

import asyncio
import signal
from typing import Any

from lola.app import Role, Service
from lola.clock import system_clock
from lola.sandbox.credentials import SandboxCredentials
from lola.sandbox.server import Sandbox
from lola.settings import load_settings
from lola.telemetry.logs import configure


def run_service(*, role: Role, host: str, port: int) -> None:
    """Serve; prints one `listening on` line when ready."""
    overrides: dict[str, Any] = {}
    if host:
        overrides["host"] = host
    if port >= 0:
        overrides["port"] = port
    settings = load_settings(**overrides)
    configure()

    async def run() -> None:
        async with Service(settings, role=role) as service:
            if service.sandbox is not None:
                _say(f"sandbox on {service.sandbox.url}")
            if service.url:
                _say(f"console on {service.url}/console/")
                _say(f"listening on {service.url}")
            else:
                _say("working")
            await _until_signal()

    asyncio.run(run())


def run_sandbox(port: int) -> None:
    """Serve the stand-ins; prints what to put into the environment to use them."""
    settings = load_settings()
    configure()

    async def run() -> None:
        stand_ins = Sandbox(
            SandboxCredentials.from_settings(settings),
            system_clock,
            port=port,
            vault_port=settings.sandbox_vault_port,
        )
        url = await stand_ins.start()
        try:
            for name, value in stand_ins.settings_overrides(settings).items():
                plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
                _say(f"export {name.upper()}={plain}")
            _say(f"listening on {url}")
            await _until_signal()
        finally:
            await stand_ins.stop()

    asyncio.run(run())


async def _until_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the command's output
