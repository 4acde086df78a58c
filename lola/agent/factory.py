"""Builds agents from their files, with models, tools, documents and the output guard.

Called at the start, and in a thread when files change: nothing here may touch the event loop.
"""

from dataclasses import dataclass

from lola.agent.definitions import AgentDefinition, load_agents
from lola.agent.loop import Agent
from lola.agent.tools import Toolbox
from lola.domain.passages import Retriever
from lola.errors import ConfigurationError
from lola.models.chat import ChatModel
from lola.models.choose import OFFLINE, Models
from lola.safety.output.guard import OutputGuard
from lola.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFactory:
    """What all agents of a deployment share, and how they are built.

    `offline_refused` says why no agent may name the offline model; empty when one may.
    """

    services: Services
    models: Models
    toolbox: Toolbox
    retriever: Retriever | None
    guard: OutputGuard
    canary: str
    offline_refused: str = ""

    def build_all(self) -> dict[str, Agent]:
        """Build every agent from its files. Raises ConfigurationError that names what is wrong."""
        settings = self.services.settings
        return {
            name: Agent(
                definition,
                model=self._model(definition),
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

    def _model(self, definition: AgentDefinition) -> ChatModel:
        if self.offline_refused and OFFLINE in definition.models:
            raise ConfigurationError(
                f"{definition.name}/agent.toml model",
                self.offline_refused,
                hint="take offline out of it; or name offline_model in ALLOW_UNSAFE"
                " (docs/settings.md)",
            )
        return self.models.get(definition.models)
