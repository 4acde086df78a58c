"""The credentials of the stand-ins: random at every start, unless the operator set them.

They exist in memory and in the settings that point the service at the sandbox. No page and no
control route ever shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from pydantic import SecretStr

from lola.sandbox.random_values import random_name
from lola.sandbox.stand_in import plain
from lola.sandbox.stand_ins import STAND_INS
from lola.settings import Settings, secrets_in

__all__ = ["SandboxCredentials", "plain", "random_name"]


def _channel_credentials() -> Mapping[str, str]:
    return {item.name: item.make() for stand_in in STAND_INS for item in stand_in.credentials}


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCredentials:
    """The credentials that the service and the stand-ins present to each other.

    `channels` has those of the channels' stand-ins by name.
    """

    m2m_api_key: str = field(default_factory=lambda: f"m2m_test_{random_name(32)}", repr=False)
    m2m_webhook_secret: str = field(default_factory=lambda: f"whsec_{random_name(32)}", repr=False)
    sender_reference_key: str = field(default_factory=lambda: random_name(40), repr=False)
    raas_api_key: str = field(default_factory=lambda: random_name(40), repr=False)
    raas_webhook_secret: str = field(default_factory=lambda: random_name(40), repr=False)
    request_money_api_key: str = field(default_factory=lambda: random_name(40), repr=False)
    request_money_webhook_secret: str = field(default_factory=lambda: random_name(40), repr=False)
    channels: Mapping[str, str] = field(default_factory=_channel_credentials, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the operator's credentials, with random ones for the rest."""
        return cls.from_names({**cls().by_name(), **cls.given(settings)})

    @classmethod
    def from_names(cls, values: Mapping[str, str]) -> Self:
        """Build the credentials from the result of `by_name`; other names are ignored."""
        partners = {name: values[name] for name in _PARTNERS}
        return cls(**partners, channels={name: values[name] for name in _SETTINGS})

    def by_name(self) -> dict[str, str]:
        """Return every credential by its name, as `lola sandbox --folder` stores them."""
        return {name: getattr(self, name) for name in _PARTNERS} | dict(self.channels)

    @staticmethod
    def given(settings: Settings) -> dict[str, str]:
        """Return the credentials that the operator set; the first of two during a rotation."""
        named = {name: name for name in _PARTNERS} | _SETTINGS
        values = {name: _first(getattr(settings, setting)) for name, setting in named.items()}
        return {name: value for name, value in values.items() if value}


def _first(value: Any) -> str:
    if isinstance(value, SecretStr):
        return next(iter(secrets_in(value)), "")
    return str(value)


_PARTNERS = tuple(item.name for item in fields(SandboxCredentials) if item.name != "channels")
_SETTINGS = {item.name: item.setting for stand_in in STAND_INS for item in stand_in.credentials}
