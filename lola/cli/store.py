"""The Redis connection of operator commands, with or without a running service."""

import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lola.app.local_secrets import with_local_secrets
from lola.domain.clock import system_clock
from lola.errors import ConfigurationError
from lola.settings import Settings, load_settings
from lola.state.audit import AuditLines, AuditTrail
from lola.state.connection import Connections, connect
from lola.state.embedded import EmbeddedValkey
from lola.state.keys import Keys
from lola.state.store import StateStore


@asynccontextmanager
async def open_store(*, create: bool = False) -> AsyncIterator[tuple[Settings, Connections]]:
    """Connect as the settings say. An embedded server is started, or shared with the service.

    Raises ConfigurationError where no service has run, unless `create`: an empty answer from a new
    store in the wrong folder would look like a true one.
    """
    settings = load_settings()
    if not (create or settings.redis_url or EmbeddedValkey.has_data(settings.lola_data)):
        raise ConfigurationError(
            "LOLA_DATA",
            f"{settings.lola_data.resolve()} holds no store",
            hint="run the command in the folder of the service, or set REDIS_URL as it does",
        )
    server = None if settings.redis_url else EmbeddedValkey(settings.lola_data)
    connections = connect(await server.start() if server else settings.redis_url)
    try:
        yield settings, connections
    finally:
        await connections.close()
        if server:
            await server.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTrail:
    """The store with the audit trail, as operator commands use it."""

    settings: Settings
    connections: Connections
    keys: Keys
    store: StateStore
    trail: AuditTrail


@asynccontextmanager
async def open_trail(*, create: bool = False) -> AsyncIterator[OpenTrail]:
    """Connect with the keys of the pseudonyms, those of a development machine included.

    Raises ConfigurationError as `open_store` does.
    """
    async with open_store(create=create) as (given, connections):
        settings = with_local_secrets(given)
        keys = Keys(settings.project_name)
        lines = AuditLines(settings.sender_reference_key.get_secret_value())
        session_life = timedelta(hours=settings.session_ttl_hours)
        yield OpenTrail(
            settings=settings,
            connections=connections,
            keys=keys,
            store=StateStore(connections.commands, keys, system_clock, session_life),
            trail=AuditTrail(connections, keys, system_clock, lines),
        )


def operator_name() -> str:
    """Return who runs the command, as the system knows them, for the audit trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read. Raises ConfigurationError if it exists."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError("--out", f"{path}: {error.strerror}") from None
