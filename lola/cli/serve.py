"""`lola serve` and `lola sandbox`: run until a signal says stop."""

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lola.app import Role, Service
from lola.clock import system_clock
from lola.local_secrets import change_local_secrets
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


def run_sandbox(port: int, folder: Path | None = None) -> None:
    """Serve the stand-ins; prints where they are and what to put into the environment.

    The output can be read by a shell. With a folder, state and keys are there again next time.
    """
    settings = load_settings()
    configure()
    credentials = SandboxCredentials.from_settings(settings)
    if folder is not None:
        credentials = _kept(credentials, SandboxCredentials.given(settings), folder)

    async def run() -> None:
        stand_ins = Sandbox(
            credentials,
            system_clock,
            port=port,
            store_path=str(folder / "sandbox.db") if folder else ":memory:",
            vault_port=settings.sandbox_vault_port,
        )
        url = await stand_ins.start()
        try:
            for place, address in stand_ins.places():
                _say(f"# {place}: {address}")
            for name, value in stand_ins.settings_overrides(settings).items():
                plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
                _say(f"export {name.upper()}={plain}")
            _say(f"listening on {url}")
            await _until_signal()
        finally:
            await stand_ins.stop()

    asyncio.run(run())


def _kept(fresh: SandboxCredentials, given: Mapping[str, str], folder: Path) -> SandboxCredentials:
    """Answer last time's credentials, or keep these; what the operator set beats both."""
    kept = change_local_secrets(folder, lambda old: {**asdict(fresh), **old, **given})
    return SandboxCredentials(**{name: kept[name] for name in asdict(fresh)})


async def _until_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the command's output
