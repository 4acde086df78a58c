"""Binds the port of the gateway, before anything needs to know its number."""

import socket

from lola.errors import ConfigurationError
from lola.settings import Settings


def listen(settings: Settings) -> tuple[socket.socket, Settings]:
    """Return the socket, and the settings with the number of its port. Raises ConfigurationError.

    The number is part of the public address in the settings.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        bound = socket.create_server(
            (settings.host, settings.port), family=family, reuse_port=False
        )
    except OSError as error:
        raise ConfigurationError(
            "PORT", f"{settings.host}:{settings.port}: {error.strerror}"
        ) from None
    return bound, settings.model_copy(update={"port": bound.getsockname()[1]})
