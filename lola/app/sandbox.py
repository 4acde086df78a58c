"""Starts the sandbox where a partner is not configured, and points the settings at it."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from lola.domain.clock import Clock
from lola.errors import ConfigurationError
from lola.settings import Settings

if TYPE_CHECKING:
    from lola.sandbox.server import Sandbox


async def start_sandbox(
    settings: Settings, clock: Clock, stack: AsyncExitStack
) -> "tuple[Sandbox | None, Settings]":
    """Start it if it is needed; `stack` stops it. Raises ConfigurationError in production."""
    if not settings.needs_sandbox:
        return None, settings
    if settings.is_production:
        raise ConfigurationError("LOLA_ENV", "production does not start the sandbox")
    # A deployment with real partners never imports the sandbox.
    from lola.sandbox.credentials import SandboxCredentials
    from lola.sandbox.server import Sandbox

    sandbox = Sandbox(
        SandboxCredentials.from_settings(settings),
        clock,
        port=settings.sandbox_port,
        vault_port=settings.sandbox_vault_port,
    )
    await sandbox.start()
    stack.push_async_callback(sandbox.stop)
    overrides = sandbox.settings_overrides(settings)
    if "raas_base_url" in overrides:
        sandbox.payhub.hooks.urls = (f"{settings.public_url}/webhooks/raas",)
    overrides.setdefault("m2m_callback_url", f"{settings.public_url}/webhooks/m2m")
    if "request_money_base_url" in overrides:
        sandbox.report_requests_to(f"{settings.public_url}/webhooks/request-money")
    if not settings.widget_origins:
        overrides["widget_origins"] = (sandbox.url,)
    return sandbox, settings.model_copy(update=overrides)
