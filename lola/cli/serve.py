"""`lola serve` and `lola sandbox`: run until SIGINT or SIGTERM."""

import asyncio
import json
import shlex
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from lola.app import Role, Service
from lola.app.local_secrets import change_local_secrets
from lola.cli.running import announced
from lola.domain.clock import system_clock
from lola.settings import load_settings
from lola.telemetry.logs import configure

if TYPE_CHECKING:
    from lola.sandbox.credentials import SandboxCredentials


NO_RELOAD = "SIGHUP is ignored: agents reload by themselves, settings need a restart"


def run_service(*, role: Role, host: str, port: int) -> None:
    """Run the service; print a `listening on` line when it is ready."""
    overrides: dict[str, Any] = {}
    if host:
        overrides["host"] = host
    if port >= 0:
        overrides["port"] = port
    settings = load_settings(**overrides)
    configure(settings.log_level)

    async def run() -> None:
        stopped = _signals()
        async with Service(settings, role=role) as service, _for_testers(service):
            if service.sandbox is not None:
                _say(f"sandbox on {service.sandbox.url}")
            if service.url:
                _say(f"console on {service.url}/console/")
                _say(f"listening on {service.url}")
            else:
                _say("working")
            await stopped.wait()

    asyncio.run(run())


@asynccontextmanager
async def _for_testers(service: Service) -> AsyncIterator[None]:
    """Serve simulated devices and write the state file, where there is a sandbox."""
    if service.sandbox is None:
        yield
        return
    # A deployment with real partners never imports the sandbox.
    from lola.testing.device_api import simulated_devices

    async with simulated_devices(service):
        with announced(service):
            yield


def run_sandbox(port: int, folder: Path | None = None) -> None:
    """Run the stand-ins; print their addresses and the settings that point a service at them.

    A shell can read the output. With a folder, state and keys are kept for the next run.
    """
    from lola.sandbox.credentials import SandboxCredentials
    from lola.sandbox.server import Sandbox

    settings = load_settings()
    configure()
    credentials = SandboxCredentials.from_settings(settings)
    if folder is not None:
        credentials = _kept(credentials, SandboxCredentials.given(settings), folder)

    async def run() -> None:
        stopped = _signals()
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
                _say(export_line(name, value))
            _say(export_line("sandbox_url", url))
            _say(f"listening on {url}")
            await stopped.wait()
        finally:
            await stand_ins.stop()

    asyncio.run(run())


def export_line(name: str, value: object) -> str:
    """Return a setting as a quoted shell export; tables are JSON."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    elif isinstance(value, tuple):
        value = ",".join(map(str, value))
    elif isinstance(value, Mapping):
        value = json.dumps(dict(value), separators=(",", ":"))
    return f"export {name.upper()}={shlex.quote(str(value))}"


def _kept(
    fresh: "SandboxCredentials", given: Mapping[str, str], folder: Path
) -> "SandboxCredentials":
    """Return the stored credentials, or store these; the operator's settings come first."""
    kept = change_local_secrets(folder, lambda old: {**fresh.by_name(), **old, **given})
    return type(fresh).from_names(kept)


def _signals() -> asyncio.Event:
    """Return what SIGINT and SIGTERM set. Call it before the ready line, which invites signals."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    # Without a handler it would end the process in the middle of its turns.
    loop.add_signal_handler(signal.SIGHUP, _say, NO_RELOAD)
    return stop


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the command's output
