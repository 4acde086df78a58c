"""What a channel's stand-in declares, so that the sandbox can serve it.

The sandbox itself names no provider: it serves the list `lola.sandbox.stand_ins`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from pydantic import SecretStr

from lola.domain.clock import Clock
from lola.sandbox.channel_faults import ChannelFaults
from lola.sandbox.message_log import MessageLog, SentMessage
from lola.settings import Settings


class ChannelStub(Protocol):
    """A running stand-in of a channel's provider."""

    message_log: MessageLog
    faults: ChannelFaults

    @property
    def sent(self) -> list[SentMessage]:
        """Every accepted message, in order."""
        ...

    def messages_to(self, recipient: str) -> tuple[SentMessage, ...]:
        """Return the accepted messages of one recipient."""
        ...

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Serve the provider's calls below `prefix`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A credential of a stand-in: its name, its setting, and the function that makes a new one.

    The name is stored by `lola sandbox --folder` and must not change.
    """

    name: str
    setting: str
    make: Callable[[], str]


def _no_extras(_credentials: Mapping[str, str]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A channel's stand-in.

    `name` is its path and its name under `/control`, `title` its name on the front page. `url` is
    the setting of its address; an operator who set it, or the setting `key`, has the real provider.
    `extras` are settings besides the address and the credentials.
    """

    name: str
    title: str
    url: str
    key: str
    credentials: tuple[Credential, ...]
    make: Callable[[Mapping[str, str], Clock], ChannelStub]
    extras: Callable[[Mapping[str, str]], Mapping[str, Any]] = _no_extras

    @property
    def path(self) -> str:
        """The path that the stand-in is served below."""
        return f"/{self.name}"

    def overrides(
        self, settings: Settings, base_url: str, credentials: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the settings that point the service here; none for a real provider."""
        if plain(getattr(settings, self.url)) or plain(getattr(settings, self.key)):
            return {}
        own = {item.setting: credentials[item.name] for item in self.credentials}
        return {self.url: base_url + self.path, **own, **self.extras(credentials)}


def plain(value: Any) -> Any:
    """Return a setting's value, a secret's as text."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value
