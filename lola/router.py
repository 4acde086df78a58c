"""LogicRouter: identity and compliance in, the name of exactly one agent out. No model takes part.

The documented tree (reference/lola.md 4), evaluated afresh for every turn.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

from lola.errors import ConfigurationError
from lola.identity import Identity

SERVICE_UNAVAILABLE = "service_unavailable"
ONBOARDING = "onboarding"
BLOCKED = "blocked"
PENDING_CIP = "pending_cip"
SENDER_HOME = "sender_home"
ROUTES = (ONBOARDING, SENDER_HOME, BLOCKED, PENDING_CIP, SERVICE_UNAVAILABLE)

AgentT = TypeVar("AgentT")


def select(identity: Identity) -> str:
    """Walk the documented tree and answer a route."""
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
    """Maps routes to agents; refuses to be built while one of the five is missing."""

    def __init__(self, agents: Mapping[str, AgentT]) -> None:
        if missing := [route for route in ROUTES if route not in agents]:
            raise ConfigurationError("AGENTS", f"no agent folder named {', '.join(missing)}")
        self._agents = dict(agents)

    def route(self, identity: Identity) -> tuple[str, AgentT]:
        """Answer the route and its agent."""
        name = select(identity)
        return name, self._agents[name]

    def agent(self, name: str) -> AgentT:
        """Answer the agent of a route."""
        return self._agents[name]
