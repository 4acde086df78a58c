"""What the approved documents are searched for in a turn: the sender's own words, and the topic.

A tap, a shared contact or a place is no question. The topic is what the sender wrote before and the
open transfer's country and payout method: `¿y en efectivo?` goes on from it.
"""

from collections.abc import Sequence

from lola.domain.messages import MediaContent, TextContent
from lola.domain.turn import Turn, spoken
from lola.models.chat import ModelMessage, UserMessage
from lola.safety.input.hygiene import clean
from lola.text.countries import country_name


def question_of(turn: Turn) -> str:
    """Return what the sender wrote in this burst; empty when nothing was written."""
    written = (
        spoken(message)
        for message in turn.inbound
        if isinstance(message.content, TextContent | MediaContent)
    )
    return clean("\n".join(part for part in written if part))


def topic_of(turn: Turn, history: Sequence[ModelMessage]) -> str:
    """Return the words of the open topic; empty at the start of a conversation."""
    said = [message.text for message in history if isinstance(message, UserMessage)]
    draft = turn.session.draft
    open_transfer = (
        (country_name(draft.terms.country, turn.language), str(draft.terms.payout_method))
        if draft
        else ()
    )
    return "\n".join((*said[-1:], *open_transfer)).replace("_", " ")


def corridor_of(turn: Turn) -> str:
    """Return the country of the open transfer, as a code; empty without one."""
    return turn.session.draft.terms.country if turn.session.draft else ""
