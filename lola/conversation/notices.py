"""What code answers to messages that never reach a model: files, places, unknown kinds, card data.

The refusal of files is the router's job in the documented product (reference/lola.md 6); every
kind of message gets an honest sentence, and a reaction gets silence.
"""

from lola.conversation.result import TurnResult, said, silence
from lola.domain.messages import (
    LocationContent,
    MediaContent,
    ReactionContent,
    TextMessage,
    UnsupportedContent,
)
from lola.domain.turn import Turn
from lola.text.wording import Wording


def notice_for(turn: Turn, wording: Wording) -> TurnResult | None:
    """Answer the notice that this burst calls for, or None when an agent should see it."""
    if any(message.redacted for message in turn.inbound):
        return _notice(turn, wording, "notices.card_data")
    if turn.text:
        return None
    match turn.last.content:
        case MediaContent(media="audio"):
            return _notice(turn, wording, "notices.audio")
        case MediaContent():
            return _notice(turn, wording, "notices.text_only")
        case UnsupportedContent(kind="edited"):
            return _notice(turn, wording, "notices.edited")
        case LocationContent() | UnsupportedContent():
            return _notice(turn, wording, "notices.unsupported")
        case ReactionContent():
            return silence(turn, "reaction")
        case _:
            return None


def _notice(turn: Turn, wording: Wording, key: str) -> TurnResult:
    return said(turn, "notice", TextMessage(content=wording(key, turn.language)))
