"""One turn of one conversation: leased messages in, effects to commit out."""

from lola.conversation.engine import TurnEngine

__all__ = ["TurnEngine"]
