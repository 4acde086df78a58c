"""`lola pipeline` and `lola agents`: the service as configured, without starting it."""

from rich.console import Console
from rich.table import Table

from lola.app import load
from lola.definitions import load_agents
from lola.settings import load_settings
from lola.tools import Tool, load_tools


def show_pipeline() -> None:
    """Print the chain in order of execution."""
    settings = load_settings()
    table = Table(title="Incoming runs top to bottom, outgoing bottom to top")
    for column in ("#", "stage", "what it does", "loaded from"):
        table.add_column(column)
    for position, dotted in enumerate(settings.middleware, start=1):
        stage = load("MIDDLEWARE", dotted)
        table.add_row(str(position), stage.name, stage.summary, dotted)
    Console().print(table)


def show_agents() -> None:
    """Print each agent with its model, knowledge and tools."""
    settings = load_settings()
    toolbox = load_tools(settings.tools)
    table = Table(title="Agents", show_lines=True)
    for column in ("agent", "serves", "model", "knowledge", "tools", "version"):
        table.add_column(column)
    for name, definition in load_agents(settings.agents).items():
        tools = toolbox.select(definition.tools)
        table.add_row(
            name,
            definition.description,
            definition.model or settings.model_name,
            "yes" if definition.knowledge else "no",
            "\n".join(map(_describe, tools)) or "none",
            definition.version,
        )
    Console().print(table)


def _describe(tool: Tool) -> str:
    conditions = ", ".join(condition.__name__ for condition in tool.requires)
    return f"{tool.name} [dim]({conditions})[/dim]" if conditions else tool.name
