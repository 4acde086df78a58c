"""Runs the turns of conversations: from leased messages to the effects that are committed."""

from lola.conversation.engine import TurnEngine

__all__ = ["TurnEngine"]
