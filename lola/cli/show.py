"""`lola pipeline` and `lola agents`: the service as configured, without starting it."""

from rich.console import Console
from rich.table import Table

from lola.agent.definitions import AgentDefinition, load_agents
from lola.agent.tools import Tool, load_tools
from lola.app import load
from lola.settings import load_settings
from lola.text.languages import LANGUAGES


def show_pipeline() -> None:
    """Print the chain in order of execution."""
    settings = load_settings()
    table = Table(title="Incoming runs top to bottom, outgoing bottom to top")
    table.add_column("#", justify="right")
    table.add_column("stage", no_wrap=True)
    table.add_column("what it does", overflow="fold")
    for position, dotted in enumerate(settings.middleware, start=1):
        stage = load("MIDDLEWARE", dotted)
        table.add_row(str(position), stage.name, f"{stage.summary}\n[dim]{dotted}[/dim]")
    Console().print(table)


def show_agents() -> None:
    """Print each agent with its model, knowledge and tools."""
    settings = load_settings()
    toolbox = load_tools(settings.tools)
    table = Table(title="Agents", show_lines=True)
    table.add_column("agent", overflow="fold")
    table.add_column("tools and when each exists", no_wrap=True)
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
    """The prompts' versions, and the digest that stands in every record."""
    versions = (f"{language} {definition.prompt(language).version}" for language in LANGUAGES)
    return f"[dim]{', '.join(versions)}\n{definition.digest}[/dim]"


def _describe(tool: Tool) -> str:
    conditions = ", ".join(condition.__name__ for condition in tool.requires)
    conditions = conditions or "always"
    return f"{tool.name:<22} [dim]{conditions}[/dim]"
