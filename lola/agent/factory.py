"""Builds agents from their files, with models, tools, documents and the output guard.

Called at the start, and in a thread when files change: nothing here may touch the event loop.
"""

from dataclasses import dataclass

from lola.agent.definitions import load_agents
from lola.agent.loop import Agent
from lola.agent.tools import Toolbox
from lola.domain.passages import Retriever
from lola.models.choose import Models
from lola.safety.output.guard import OutputGuard
from lola.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFactory:
    """What all agents of a deployment share, and how they are built."""

    services: Services
    models: Models
    toolbox: Toolbox
    retriever: Retriever | None
    guard: OutputGuard
    canary: str

    def build_all(self) -> dict[str, Agent]:
        """Build every agent from its files. Raises ConfigurationError that names what is wrong."""
        settings = self.services.settings
        return {
            name: Agent(
                definition,
                model=self.models.get(definition.models),
                tools=self.toolbox.select(definition.tools),
                retriever=self.retriever,
                guard=self.guard,
                canary=self.canary,
                services=self.services,
            )
            for name, definition in load_agents(
                *settings.agents, formality=settings.formality
            ).items()
        }
