"""`lola pipeline`, `lola agents` and `lola openapi`: the service as it is, without starting it."""

import json
from functools import partial

from rich.console import Console
from rich.table import Table

from lola.agent.definitions import AgentDefinition, load_agents
from lola.agent.tools import Tool, load_tools
from lola.app import load
from lola.console.openapi import document
from lola.conversation.order import Entry, arrange
from lola.conversation.pipeline import KINDS
from lola.settings import load_settings
from lola.text.languages import LANGUAGES

PIPELINE_TITLE = "Incoming runs top to bottom, outgoing bottom to top"


def show_pipeline(*, as_json: bool = False) -> None:
    """Print every stage that a turn passes, in order: a table, plain lines, or JSON."""
    entries = arrange(load_settings().middleware, partial(load, "MIDDLEWARE"))
    console = Console()
    if as_json:
        rows = [_row(position, entry) for position, entry in enumerate(entries, start=1)]
        print(json.dumps(rows, ensure_ascii=False, indent=2))  # noqa: T201 - for other programs
    elif console.is_terminal:
        console.print(_table(entries))
    else:
        print("\n".join(_lines(entries)))  # noqa: T201 - one stage a line, whatever its length


def show_openapi() -> None:
    """Print the OpenAPI document of the console's JSON API."""
    print(json.dumps(document(), ensure_ascii=False, indent=2))  # noqa: T201 - for other programs


def _row(position: int, entry: Entry) -> dict[str, object]:
    return {
        "position": position,
        "name": entry.name,
        "setting": entry.setting,
        "built_in": entry.is_built_in,
        "sees": _sees(entry),
        "removable": not entry.protects,
        "protects": entry.protects,
        "summary": entry.stage.summary,
    }


def _table(entries: tuple[Entry, ...]) -> Table:
    table = Table(title=PIPELINE_TITLE, caption="A bold stage cannot be removed.")
    table.add_column("#", justify="right")
    table.add_column("stage", no_wrap=True)
    table.add_column("sees", no_wrap=True)
    table.add_column("what it does, and what it protects", overflow="fold")
    for position, entry in enumerate(entries, start=1):
        name = f"[bold]{entry.name}[/bold]" if entry.protects else entry.name
        about = entry.stage.summary
        if entry.protects:
            about += f"\n[dim]cannot be removed: {entry.protects}[/dim]"
        table.add_row(str(position), name, "\n".join(_sees(entry)), about)
    return table


def _lines(entries: tuple[Entry, ...]) -> list[str]:
    rows = [
        (
            f"{position:>2}",
            entry.name,
            ",".join(_sees(entry)),
            "fixed" if entry.protects else "removable",
            entry.stage.summary,
        )
        for position, entry in enumerate(entries, start=1)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _sees(entry: Entry) -> list[str]:
    return [kind for kind in KINDS if kind in entry.sees]


def show_agents() -> None:
    """Print each agent with its model, knowledge and tools."""
    settings = load_settings()
    toolbox = load_tools(settings.tools)
    table = Table(title="Agents", show_lines=True)
    # An agent's name stays on one line; on a narrow terminal the conditions of a tool are wrapped.
    table.add_column("agent", overflow="fold", width=22)
    table.add_column("tools and when each exists", overflow="fold")
    for name, definition in load_agents(*settings.agents, formality=settings.formality).items():
        facts = (
            f"[bold]{name}[/bold]",
            definition.description,
            "\n".join(definition.models or settings.model_names),
            "approved knowledge" if definition.knowledge else "no knowledge",
            _versions(definition),
        )
        tools = "\n".join(map(_describe, toolbox.select(definition.tools)))
        table.add_row("\n".join(facts), tools or "none")
    Console().print(table)


def _versions(definition: AgentDefinition) -> str:
    """Return the prompts' versions, and the digest that every record names."""
    versions = (f"{language} {definition.prompt(language).version}" for language in LANGUAGES)
    return f"[dim]{', '.join(versions)}\n{definition.digest}[/dim]"


def _describe(tool: Tool) -> str:
    conditions = ", ".join(condition.__name__ for condition in tool.requires)
    conditions = conditions or "always"
    return f"{tool.name:<22} [dim]{conditions}[/dim]"
