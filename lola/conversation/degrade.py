"""What a sender gets when the guards refuse a model's replies (docs/safety.md G13).

A refused reply becomes a fixed frame. Two in a session put the sender before a menu: until they
choose, only texts and buttons written by code are sent. Four call a person. The state is in the
session; nothing of the refused words is kept.
"""

from typing import Literal

from lola.conversation.handoff import ASK
from lola.domain.messages import ButtonsMessage, ChoiceContent, Option
from lola.domain.session import Session
from lola.domain.turn import Turn
from lola.text.wording import Wording

Mode = Literal["free", "menu", "person"]
MENU_AFTER = 2
PERSON_AFTER = 4
REASON = "guard"
"""Why a person is called, for staff."""
_CHOICES = (("menu:quote", "menu.quote"), ("menu:status", "menu.status"), (ASK, "people.ask"))


def after_hit(session: Session) -> tuple[Session, Mode]:
    """Count a reply that was refused twice; return the session and what the sender gets."""
    hits = session.guard_hits + 1
    if hits >= PERSON_AFTER:
        # Who comes back from a person starts afresh.
        return session.evolve(guard_hits=0, is_menu_only=False), "person"
    is_menu = hits >= MENU_AFTER
    return session.evolve(guard_hits=hits, is_menu_only=is_menu), "menu" if is_menu else "free"


def after_reply(turn: Turn) -> tuple[Session, Mode]:
    """Return the session and the mode of a turn whose reply passed the guards."""
    session = turn.session
    if not session.is_menu_only:
        return session, "free"
    if any(isinstance(message.content, ChoiceContent) for message in turn.inbound):
        return session.evolve(is_menu_only=False), "free"
    return session, "menu"


def menu(wording: Wording, language: str) -> ButtonsMessage:
    """Return the menu: a sentence and buttons whose titles are read like any text."""
    options = tuple(Option(id=key, title=wording(title, language)) for key, title in _CHOICES)
    return ButtonsMessage(content=wording("menu.choose", language), options=options)
