"""`lola models` and `lola models try`: what each model gets, when it ends, if it answers."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lola.agent.definitions import load_agents
from lola.domain.clock import system_clock
from lola.errors import ConfigurationError
from lola.models.choose import Models, where
from lola.models.families import (
    Family,
    ModelFacts,
    end_notice,
    family_table,
    find_family,
    find_model,
)
from lola.models.openai_client import is_compatible
from lola.models.trial import Trial, try_model
from lola.settings import VERTEX_HINT, Settings, load_settings
from lola.telemetry.logs import configure
from lola.telemetry.metrics import Metrics


def show_models() -> None:
    """Print the models of this deployment, the families, and every model with a known end."""
    settings = load_settings()
    console = Console()
    console.print(_configured(settings))
    console.print(_families())
    console.print(_known())
    table = family_table()
    console.print(f"As of {table.as_of}. Prices are list prices in USD per million tokens.")
    for name, source in table.sources.items():
        console.print(f"[dim]{name}: {source}[/dim]")
    for detail, hint in model_notices(_names(settings), settings, system_clock().date()):
        console.print(f"[yellow]{detail}[/yellow] ({hint})")


def try_models() -> bool:
    """Ask every configured model one turn with a tool; print a sentence each."""
    configure("critical")
    trials = asyncio.run(_try_all(load_settings()))
    console = Console(soft_wrap=True, highlight=False)
    for trial in trials:
        mark = "[green]ok[/green]" if trial.ok else "[red]failed[/red]"
        console.print(f"{mark} {trial.name} {escape(trial.said)}")
    return all(trial.ok for trial in trials)


def model_notices(
    names: Iterable[str], settings: Settings, today: date
) -> Iterator[tuple[str, str]]:
    """Yield what an operator should change about the models before it fails, each with a hint."""
    gemini = False
    for name in names:
        is_gemini = name.startswith("gemini:")
        gemini = gemini or is_gemini
        notice = end_notice(name, today, is_vertex=is_gemini and settings.uses_vertex)
        if notice:
            yield notice, "docs/models.md says how to move"
    if gemini and settings.uses_vertex and settings.google_cloud_location == "global":
        yield "Vertex AI may process in any region: GOOGLE_CLOUD_LOCATION is global", VERTEX_HINT
    is_left_open = settings.gemini_service == "auto" and not settings.uses_vertex
    if gemini and is_left_open and settings.google_cloud_project:
        yield (
            "GOOGLE_CLOUD_PROJECT is set and not used, GEMINI_API_KEY is",
            "say with GEMINI_SERVICE which one is meant: developer or vertex",
        )


def _names(settings: Settings) -> tuple[str, ...]:
    """Return every model that is configured: for all agents, for one, for shaping answers."""
    agents = load_agents(*settings.agents, formality=settings.formality).values()
    own = [name for definition in agents for name in definition.models or ()]
    enhancer = [settings.enhancer_model] if settings.enhancer_model else []
    return tuple(dict.fromkeys([*settings.model_names, *own, *enhancer]))


async def _try_all(settings: Settings) -> list[Trial]:
    models = Models(settings, Metrics())
    try:
        return [await _try(models, name, settings) for name in _names(settings)]
    finally:
        await models.close()


async def _try(models: Models, name: str, settings: Settings) -> Trial:
    try:
        model = models.get((name,))
    except ConfigurationError as error:
        return Trial(name=name, ok=False, said=f"cannot be asked: {error}")
    is_first = name in settings.model_names[:-1]
    seconds = settings.model_first_seconds if is_first else settings.model_seconds
    return await try_model(model, settings, seconds=seconds)


def _configured(settings: Settings) -> Table:
    columns = ("model", "processed by", "family", "interface", "a turn sends", "ends")
    table = _table("Configured models", *columns)
    for name in _names(settings):
        provider, _, model = name.partition(":")
        if not model:
            table.add_row(name, where(name, settings), *"----")
            continue
        is_elsewhere = provider == "openai" and is_compatible(settings.openai_base_url)
        family = find_family(provider, model, is_compatible=is_elsewhere)
        api: str = "chat" if is_elsewhere else family.api
        if provider == "openai" and settings.openai_api != "auto":
            api = settings.openai_api
        facts = find_model(name)
        end = facts.end(is_vertex=provider == "gemini" and settings.uses_vertex) if facts else None
        ends = str(end or "not announced") if facts else "not known"
        table.add_row(name, where(name, settings), family.title, api, _sends(family), ends)
    return table


def _families() -> Table:
    table = _table("Model families", "family", "interface", "a turn sends", "sources")
    for family in family_table().families:
        table.add_row(family.title, family.api, _sends(family), ", ".join(family.source))
    return table


def _known() -> Table:
    table = _table("Models", "model", "ends", "ends on Vertex", "successor", "in / out / cached")
    for facts in family_table().models:
        on_vertex = str(facts.vertex_ends or "-") if facts.name.startswith("gemini:") else ""
        table.add_row(
            facts.name, str(facts.ends or "-"), on_vertex, facts.successor or "-", _price(facts)
        )
    return table


def _sends(family: Family) -> str:
    sent = [
        f"reasoning effort {family.effort}" if family.effort else "",
        f"thinking level {family.thinking_level}" if family.thinking_level else "",
        "" if family.thinking_budget is None else f"thinking budget {family.thinking_budget}",
        "temperature" if family.sampling else "",
    ]
    return ", ".join(filter(None, sent)) or "no such parameter"


def _price(facts: ModelFacts) -> str:
    price = facts.price
    return f"{price.input} / {price.output} / {price.cached or '-'}" if price else "-"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
