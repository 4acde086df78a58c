"""The Redis connection of operator commands, with or without a running service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lola.settings import Settings, load_settings
from lola.state.connection import Connections, connect
from lola.state.embedded import EmbeddedValkey


@asynccontextmanager
async def open_store() -> AsyncIterator[tuple[Settings, Connections]]:
    """Connect as the settings say. An embedded server is started, or shared with the service."""
    settings = load_settings()
    server = None if settings.redis_url else EmbeddedValkey(settings.lola_data)
    connections = connect(await server.start() if server else settings.redis_url)
    try:
        yield settings, connections
    finally:
        await connections.close()
        if server:
            await server.stop()
