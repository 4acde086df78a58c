"""`lola doctor`: every setting and every outside system, with a hint for each failure."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lola.app import Service, load
from lola.app.loading import sender_wording
from lola.app.vna import open_book
from lola.channel.templates import MessageTemplates
from lola.cli.message_templates import connectors_of, rows_of
from lola.cli.models import model_notices
from lola.cli.store import open_store
from lola.delivery.templates import TemplateBook
from lola.domain.clock import system_clock
from lola.errors import ConfigurationError, LolaError, ModelError, PartnerRefusedError
from lola.gateway.forwarded import last_seen
from lola.models.chat import ChatModel
from lola.models.choose import where
from lola.models.trial import try_model
from lola.partners.m2m import M2MClient
from lola.partners.payhub.scopes import ROUTE_SCOPES, routes_of
from lola.partners.request_money.client import PROBE
from lola.settings import RISKS, Settings, load_settings
from lola.state.embedded import EmbeddedValkey
from lola.state.kept_events import KeptEvent, KeptEvents
from lola.state.keys import Keys
from lola.state.store import StateStore
from lola.telemetry.logs import configure

UNKNOWN_NUMBER = "+15550000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check. `detail` says what was found, or what went wrong; a warning fails nothing."""

    name: str
    ok: bool
    detail: str
    hint: str = ""
    is_warning: bool = False


def run_doctor() -> bool:
    """Run all checks, print them and return whether all passed."""
    configure("critical")
    source = "lola.toml and environment" if Path("lola.toml").exists() else "environment"
    findings = asyncio.run(_examine(source))
    table = Table(title="Lola doctor")
    for column in ("check", "", "detail", "hint"):
        table.add_column(column)
    for finding in findings:
        mark = "[green]ok[/green]" if finding.ok else "[red]failed[/red]"
        if finding.is_warning:
            mark = "[yellow]soon[/yellow]"
        table.add_row(finding.name, mark, finding.detail, finding.hint)
    Console().print(table)
    return all(finding.ok for finding in findings)


async def _examine(source: str) -> list[Finding]:
    try:
        settings = load_settings()
    except LolaError as error:
        return [_failed("settings", error)]
    findings = [Finding(name="settings", ok=True, detail=f"{settings.lola_env}, from {source}")]
    findings += await _noted(settings)
    findings += _allowed(settings)
    findings += _documents(settings)
    findings += await account_book(settings)
    with tempfile.TemporaryDirectory(prefix="lola-doctor-") as folder:
        # Any free port and data of its own, so that a running service is not disturbed.
        probe = settings.model_copy(
            update={
                "host": "127.0.0.1",
                "port": 0,
                "lola_data": Path(folder),
                "sandbox_port": 0,
                "sandbox_url": settings.sandbox_origin,
                "sandbox_vault_port": 0,
                # A second upkeep could hand audit notes to the trail of this probe.
                "vna": False,
            }
        )
        try:
            async with Service(probe) as service:
                findings.extend([await _try(name, check) for name, check in _checks(service)])
                names = [model.name for model in service.models.each()]
                findings += [
                    Finding(name="model", ok=True, is_warning=True, detail=detail, hint=hint)
                    for detail, hint in model_notices(names, settings, service.clock().date())
                ]
        except LolaError as error:
            findings.append(_failed("start", error))
    return findings


def _allowed(settings: Settings) -> list[Finding]:
    return [
        Finding(
            name="allow unsafe",
            ok=True,
            is_warning=True,
            detail=f"{shortcut}: {RISKS[shortcut]}",
            hint="take it out of ALLOW_UNSAFE before customers write",
        )
        for shortcut in settings.allow_unsafe
    ]


def _documents(settings: Settings) -> list[Finding]:
    """Say what the folder of documents and the index of this deployment are like."""
    try:
        examine = load("RETRIEVER", f"{settings.retriever.partition('.')[0]}.commands.examine")
    except ConfigurationError:
        return []  # a bank's own retriever need not have commands
    return [
        Finding(
            name="documents",
            ok=True,
            is_warning=notice.is_warning,
            detail=notice.detail,
            hint=notice.hint,
        )
        for notice in examine(settings)
    ]


async def account_book(settings: Settings) -> list[Finding]:
    """Say whether the VNA account book can be read; nothing while VNA is off."""
    if not settings.vna:
        return []

    async def read() -> str:
        book = await open_book(settings, system_clock)
        try:
            await book.account("0")
        finally:
            await book.close()
        where_ = "PostgreSQL" if settings.vna_database_url.get_secret_value() else "an SQLite file"
        return f"{where_} answers; `lola vna check` proves the entries"

    return [await _try("vna", read)]


async def _noted(settings: Settings) -> list[Finding]:
    """Say what the running service noted for operators; a machine that never ran it has nothing."""
    if not (settings.redis_url or EmbeddedValkey.has_data(settings.lola_data)):
        return []
    try:
        async with open_store() as (_, connections):
            keys, life = Keys(settings.project_name), timedelta(hours=settings.session_ttl_hours)
            store = StateStore(connections.commands, keys, system_clock, life)
            kept = await KeptEvents(connections.commands, keys, system_clock).all()
            book = TemplateBook(connections, keys, MessageTemplates(sender_wording(settings)))
            return [
                *await _proxies(settings, store),
                _kept_events(kept),
                *await _templates(settings, book),
            ]
    except LolaError as error:
        return [_failed("notes", error)]


async def _proxies(settings: Settings, store: StateStore) -> list[Finding]:
    """Warn when the running service gets forwarded headers and trusts no proxy."""
    if settings.trusted_proxies or not (seen := await last_seen(store)):
        return []
    return [
        Finding(
            name="proxies",
            ok=True,
            is_warning=True,
            detail=f"forwarded headers arrive ({seen[:16]}), and TRUSTED_PROXIES is empty",
            hint="set it to your proxies' addresses; else all callers share one limit",
        )
    ]


async def _templates(settings: Settings, book: TemplateBook) -> list[Finding]:
    """Warn of channels whose news after 24 hours waits, because a template is not approved."""
    findings = []
    async with AsyncExitStack() as stack:
        for connector in await connectors_of(settings, stack):
            rows = await rows_of(book, [connector.name])
            good = sum(row.is_usable for row in rows)
            others = Counter(row.status for row in rows if not row.is_usable)
            listed = "".join(f", {count} {status}" for status, count in others.most_common())
            findings.append(
                Finding(
                    name="templates",
                    ok=True,
                    is_warning=bool(others),
                    detail=f"{connector.name}: {good} of {len(rows)} usable{listed}",
                    hint="lola templates check; without them news after 24 hours waits"
                    if others
                    else "",
                )
            )
    return findings


def _checks(service: Service) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
    settings = service.settings
    stand_in = " (sandbox)" if service.sandbox else ""

    async def redis() -> str:
        await service.store.ping()
        return "answers" if settings.redis_url else "embedded Valkey answers"

    async def payhub() -> str:
        await service.services.identity.find_sender(UNKNOWN_NUMBER)
        corridors = await service.services.remittances.corridors()
        return f"{len(corridors)} corridors{stand_in}"

    async def m2m() -> str:
        async for _ in service.m2m.list_links(visibility="active"):
            break
        return f"answers{stand_in}"

    async def events() -> str:
        return await _m2m_events(service.m2m, settings)

    async def stages() -> str:
        return f"{service.pipeline!r}"

    async def knowledge() -> str:
        if service.retriever is None:
            return "switched off"
        await service.retriever.ready()
        return "index opens"

    async def address() -> str:
        return settings.public_url

    return [
        ("redis", redis),
        ("payhub", payhub),
        ("payhub key", partial(_raas_key, service)),
        ("m2m", m2m),
        ("m2m webhooks", events),
        ("request money", partial(_request_money, service)),
        *(("model", partial(_answers, model, service)) for model in service.models.each()),
        ("knowledge", knowledge),
        ("pipeline", stages),
        *((connector.name, connector.check) for connector in service.channels),
        ("public address", address),
    ]


async def _raas_key(service: Service) -> str:
    return raas_calls(service.partners.raas.scopes)


def raas_calls(scopes: frozenset[str] | None) -> str:
    """Say which calls of the bank's backend a key may make, by the scopes that we know."""
    if scopes is None:
        return "the key does not say its scopes; RAAS_PROFILE may"
    may, may_not = routes_of(scopes)
    said = f"{', '.join(sorted(scopes)) or 'no scope'}: {len(may)} of {len(ROUTE_SCOPES)} calls"
    return f"{said}, not {', '.join(may_not)}" if may_not else said


async def _request_money(service: Service) -> str:
    """Ask for a reference that is never made: key and address are proved, nothing is created."""
    if service.services.money_requests is None:
        return "switched off"
    await service.services.money_requests.client.find(PROBE)
    return f"answers{' (sandbox)' if service.sandbox else ''}"


async def _m2m_events(client: M2MClient, settings: Settings) -> str:
    """Say where the partner reports to; nowhere means that no sender hears of their money."""
    if settings.m2m_callback_url:
        return f"each link names {settings.m2m_callback_url}"
    try:
        config = await client.get_webhook_config()
    except PartnerRefusedError as error:
        if error.status != 404:
            raise
        raise ConfigurationError(
            "M2M_ROUTES",
            "get_webhook_config is not there",
            hint="the route is inferred; docs/m2m.md says how to correct it",
        ) from None
    if not config.webhook_url:
        raise ConfigurationError(
            "M2M_CALLBACK_URL",
            "the partner reports nowhere",
            hint=f"set it, or the portal's webhook address, to {settings.public_url}/webhooks/m2m",
        )
    return f"the partner account names {config.webhook_url}"


def _kept_events(kept: Sequence[KeptEvent]) -> Finding:
    """Say how many events of partners wait for their ticket or for a person; some are a warning."""
    if not kept:
        return Finding(name="kept events", ok=True, detail="none")
    reasons = Counter(event.reason for event in kept)
    listed = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    names = sorted({str(event.body["event"]) for event in kept})
    return Finding(
        name="kept events",
        ok=True,
        is_warning=True,
        detail=f"{len(kept)} wait ({listed}): {', '.join(names[:5])}",
        hint="docs/m2m.md says what they are; the partner's delivery log has their content",
    )


async def _answers(model: ChatModel, service: Service) -> str:
    """Ask as a turn asks, each model by itself, so that none hides another's trouble."""
    seconds = service.models.seconds_for(model)
    trial = await try_model(model, service.settings, seconds=seconds)
    if not trial.ok:
        raise ModelError(f"{trial.name} {trial.said}", hint="lola models try")
    return f"{trial.name} {trial.said}, on {where(trial.name, service.settings)}"


async def _try(name: str, check: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(name=name, ok=True, detail=await check())
    except LolaError as error:
        return _failed(name, error)


def _failed(name: str, error: LolaError) -> Finding:
    return Finding(name=name, ok=False, detail=f"[{error.code}] {error.args[0]}", hint=error.hint)
