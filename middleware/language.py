"""Language: decided once per turn for all agents, and kept in the session.

An explicit wish wins and stays. Otherwise the text decides when it is clear; a short text never
changes it. The default is the deployment's.
"""

from typing import Self

from lola.conversation.pipeline import Stage
from lola.domain.messages import TextContent
from lola.domain.turn import Answer, Turn
from lola.safety.input.cards import PLACEHOLDER
from lola.services import Services
from lola.text.language import detect, explicit_wish

FEW = 2


class LanguageMiddleware(Stage):
    """Puts the language of the answer into turn and session."""

    name = "Language"
    summary = "es or en for this turn; kept in the session"

    def __init__(self, default: str) -> None:
        self._default = default

    @classmethod
    def build(cls, services: Services) -> Self:
        """Build the stage."""
        return cls(services.settings.default_language)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Decide. Only what the sender typed counts; the titles of our own buttons do not."""
        typed = "\n".join(
            # The words of a placeholder are ours, not the sender's.
            PLACEHOLDER.sub(" ", message.content.text)
            for message in turn.inbound
            if isinstance(message.content, TextContent)
        )
        session = turn.session
        wish = explicit_wish(typed)
        if wish:
            session = session.evolve(language=wish, language_fixed=True)
        elif not session.language_fixed and (found := detect(typed)):
            # A borrowed "ok thanks" or "gracias" is courtesy, not a change of language.
            is_courtesy = bool(session.language) and len(typed.split()) <= FEW
            session = session if is_courtesy else session.evolve(language=found)
        return turn.evolve(session=session, language=session.language or self._default)
