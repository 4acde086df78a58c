"""Compliance: turns identity and verdict into the actions that are allowed in this turn.

Tools whose action is missing here do not exist for the model, whatever an agent's folder lists. It
decides nothing itself; the verdict is the bank's (reference/lola.md 14).
"""

from lola.conversation.pipeline import Stage
from lola.domain.identity import Identity
from lola.domain.turn import Answer, Turn

EVERY_SENDER = frozenset({"information", "person"})
ONBOARDING = EVERY_SENDER | {"quote", "transfer", "register"}
VERIFIED = EVERY_SENDER | {"quote", "transfer", "saved_data", "status", "add_card"}
STATUS_ONLY = frozenset({"person", "status"})
UNVERIFIED = STATUS_ONLY | {"verify"}


class ComplianceMiddleware(Stage):
    """Puts the allowed actions into the turn."""

    name = "Compliance"
    summary = "blocked, verdict and the actions allowed now"
    protects = "a blocked or unverified sender can do nothing with money"
    ahead_of = frozenset({"Decision", "Renewal"})

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Set `allowed_actions`."""
        return turn.evolve(allowed_actions=actions_for(turn.identity))


def actions_for(identity: Identity) -> frozenset[str]:
    """Return the actions that an identity allows; none while identity is unavailable."""
    if identity.status == "unavailable":
        return frozenset()
    if identity.user is None:
        return ONBOARDING
    if identity.user.is_blocked:
        return STATUS_ONLY
    return VERIFIED if identity.user.is_verified else UNVERIFIED
