"""Enrichment: small facts that help an agent, as data beside the conversation.

Only what the bank knows about the sender is added. The profile name that a channel reports is the
sender's own text, and is not.
"""

from lola.conversation.pipeline import Stage
from lola.domain.turn import Answer, Turn


class EnrichmentMiddleware(Stage):
    """Adds the sender's country and whether this is their first message."""

    name = "Enrichment"
    summary = "the sender's country and whether they are new here, as data"

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Add the facts to the turn's notes."""
        user = turn.identity.user
        facts = {
            "profile_country": user.country if user else "",
            "first_turn": turn.session.started_at == turn.now,
        }
        return turn.evolve(notes={**turn.notes, **facts})
