"""The shortcuts of development, and their refusal beside a real partner or channel.

Each makes a machine easy to try, and each is dangerous where real customers or real data can be
reached. An operator may allow one by its name in ALLOW_UNSAFE, except in production.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from lola.errors import ConfigurationError
from lola.settings.fields import read_names
from lola.text.phone_numbers import canonical

if TYPE_CHECKING:
    from lola.settings.tree import Settings

Shortcut = Literal["phone_faker", "open_commands", "local_secrets", "offline_model"]
Shortcuts = Annotated[tuple[Shortcut, ...], NoDecode, BeforeValidator(read_names)]
LOOPBACK = r"^(http://(127\.0\.0\.1|localhost|\[::1\]):[0-9]+/?)?$"
"""The address of a sandbox: a real system is not reached under it by mistake."""

RISKS: Mapping[Shortcut, str] = MappingProxyType(
    {
        "phone_faker": "any sender acts as any customer with /phone",
        "open_commands": "any sender runs /info, /new, /payers and /phone",
        "local_secrets": "links and the page's reports are proved by secrets of this one machine",
        "offline_model": "rules that understand a few sentences speak to customers",
    }
)
LIVE_KEY = "m2m_live_"
_LOCAL = ("sender_reference_key", "callback_secret", "jwt_private_key")
_OUTSIDE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "m2m_base_url": (),
        "raas_base_url": (),
        "request_money_base_url": (),
        "whatsapp_graph_url": ("token_whatsapp", "whatsapp_tokens"),
        "twilio_api_url": ("twilio_auth_token", "twilio_accounts"),
        "telegram_api_url": ("telegram_token",),
        "chatwoot_url": (),
    }
)
"""Address of a partner or channel → credentials that mean the provider's own address without it."""
_OWN_CODE = ("channels", "m2m_data_source")
"""Settings that may name connectors and sources of the bank's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsafe:
    """A shortcut in use; `setting` is where it is switched off, as `remedy` says."""

    shortcut: Shortcut
    setting: str
    remedy: str


def real_systems(settings: "Settings") -> tuple[str, ...]:
    """Return the settings that lead to a partner or channel outside the sandbox."""
    found = []
    for address, credentials in _OUTSIDE.items():
        if url := getattr(settings, address):
            if not _is_sandbox(url, settings.sandbox_origin):
                found.append(address.upper())
        else:
            found += [name.upper() for name in credentials if _is_set(getattr(settings, name))]
    if settings.m2m_api_key.get_secret_value().startswith(LIVE_KEY):
        found.append("M2M_API_KEY")
    # Code of the bank's own reaches systems that no address above names.
    found += [name.upper() for name in _OWN_CODE if _is_own(settings, name)]
    return tuple(found)


def shortcuts_in_use(settings: "Settings") -> tuple[Unsafe, ...]:
    """Return the shortcuts that these settings take, by default or on purpose."""
    found = []
    if settings.phone_faker and any("phone_faker" in name for name in settings.middleware):
        found.append(
            Unsafe(shortcut="phone_faker", setting="PHONE_FAKER", remedy="set PHONE_FAKER=false")
        )
    # In production an empty list closes the commands.
    is_open = settings.active_commands and not settings.is_production
    if is_open and not any(map(canonical, settings.command_numbers.split(","))):
        remedy = "set COMMAND_NUMBERS to the testers' numbers, or ACTIVE_COMMANDS=false"
        found.append(Unsafe(shortcut="open_commands", setting="COMMAND_NUMBERS", remedy=remedy))
    missing = [name for name in _LOCAL if not _is_set(getattr(settings, name))]
    if missing:
        remedy = f"set {', '.join(missing).upper()}; `lola keys new` makes keys"
        found.append(Unsafe(shortcut="local_secrets", setting=missing[0].upper(), remedy=remedy))
    if "offline" in settings.model_names:
        remedy = "set GEMINI_API_KEY, or LOLA_MODEL=gemini:NAME or openai:NAME"
        found.append(Unsafe(shortcut="offline_model", setting="LOLA_MODEL", remedy=remedy))
    return tuple(found)


def refuse_shortcuts(settings: "Settings") -> tuple[Shortcut, ...]:
    """Refuse every shortcut beside a real system that ALLOW_UNSAFE does not name.

    Return the allowed ones that are in use there. Raises ConfigurationError.
    """
    real = real_systems(settings)
    if not real:
        return ()
    used = shortcuts_in_use(settings)
    refused = [item for item in used if item.shortcut not in settings.allow_unsafe]
    if not refused:
        return tuple(item.shortcut for item in used)
    first, *others = refused
    more = "".join(f"; {item.shortcut} is refused too ({item.setting})" for item in others)
    raise ConfigurationError(
        first.setting,
        f"{first.shortcut} is refused beside a real system ({', '.join(real)}): "
        f"{RISKS[first.shortcut]}{more}",
        hint=f"{first.remedy}; or name {first.shortcut} in ALLOW_UNSAFE (docs/settings.md)",
    )


def why_not_offline(settings: "Settings") -> str:
    """Return why an agent may not name the offline model; empty when it may."""
    real = real_systems(settings)
    if not (real or settings.is_production) or "offline_model" in settings.allow_unsafe:
        return ""
    where = f"beside a real system ({', '.join(real)})" if real else "in production"
    return f"offline_model is refused {where}: {RISKS['offline_model']}"


def _is_own(settings: "Settings", name: str) -> bool:
    """Return whether a setting names code that is not shipped with the service."""
    shipped = type(settings).model_fields[name].default
    value = getattr(settings, name)
    return bool(value) if isinstance(value, str) else not set(value) <= set(shipped)


def _is_sandbox(url: str, origin: str) -> bool:
    return bool(origin) and urlsplit(url)[:2] == urlsplit(origin)[:2]


def _is_set(value: object) -> bool:
    return bool(value.get_secret_value().strip(" ,") if isinstance(value, SecretStr) else value)
