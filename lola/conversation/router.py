"""LogicRouter: chooses exactly one agent by identity and compliance. No model takes part.

The documented tree (reference/lola.md 4), evaluated afresh for every turn. A bank may choose among
agents of its own for senders who may use the full service; the other routes are not its to change.
"""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import structlog

from lola.domain.identity import Identity
from lola.domain.turn import Turn
from lola.errors import ConfigurationError
from lola.telemetry import names

SERVICE_UNAVAILABLE = "service_unavailable"
ONBOARDING = "onboarding"
BLOCKED = "blocked"
PENDING_CIP = "pending_cip"
SENDER_HOME = "sender_home"
ROUTES = (ONBOARDING, SENDER_HOME, BLOCKED, PENDING_CIP, SERVICE_UNAVAILABLE)
OPEN_ROUTES = frozenset({ONBOARDING, SENDER_HOME})

AgentT = TypeVar("AgentT")
Selector = Callable[[Turn, str], str]
"""A bank's own choice: gets the turn and the documented route, returns an agent's name."""

log = structlog.get_logger(__name__)


def select(identity: Identity) -> str:
    """Return the route of the documented tree."""
    if identity.status == "unavailable":
        return SERVICE_UNAVAILABLE
    if identity.user is None:
        return ONBOARDING
    if identity.user.is_blocked:
        return BLOCKED
    if identity.user.verdict != "passed":
        return PENDING_CIP
    return SENDER_HOME


class LogicRouter(Generic[AgentT]):
    """Maps routes to agents; refuses a set of agents without one of the five."""

    def __init__(self, agents: Mapping[str, AgentT], selector: Selector | None = None) -> None:
        self._agents: Mapping[str, AgentT] = {}
        self._selector = selector
        self.use(agents)

    def use(self, agents: Mapping[str, AgentT]) -> None:
        """Use these agents from now on. Raises ConfigurationError, and keeps the old ones.

        One assignment: a turn that has its agent already goes on with that one.
        """
        if missing := [route for route in ROUTES if route not in agents]:
            raise ConfigurationError("AGENTS", f"no agent folder named {', '.join(missing)}")
        self._agents = dict(agents)

    def route(self, turn: Turn) -> tuple[str, AgentT]:
        """Return the name of the agent for this turn, and the agent."""
        agents, name = self._agents, select(turn.identity)
        if self._selector is not None and name in OPEN_ROUTES:
            chosen = self._selector(turn, name)
            if chosen in agents:
                name = chosen
            else:
                log.error(names.AGENT_UNKNOWN, route=name, trace_id=turn.trace_id)
        return name, agents[name]

    def agent(self, name: str) -> AgentT:
        """Return the agent of a route."""
        return self._agents[name]

    def agents(self) -> tuple[AgentT, ...]:
        """Return every agent."""
        return tuple(self._agents.values())
