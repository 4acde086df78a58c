"""Finds out that a machine answers our automatic replies: the same texts again and again.

Only the committed history is read, so nothing has to be counted anywhere. A tap on an option is
always a person's.
"""

from collections import deque
from collections.abc import Iterable

from lola.domain.messages import ChoiceContent
from lola.domain.turn import Turn, spoken
from lola.text.folding import fold

REMEMBERED = 8
"""Newest different texts of each side that a repetition is looked for in."""
_LONGEST = 200


def automatic_replies(turn: Turn) -> int:
    """Return how many replies went out since the sender last wrote something new.

    0 when this turn's messages are new, or hold a tap. A text that repeats one of ours is not new.
    """
    if any(isinstance(message.content, ChoiceContent) for message in turn.inbound):
        return 0
    theirs: deque[str] = deque(maxlen=REMEMBERED)
    ours: deque[str] = deque(maxlen=REMEMBERED)
    replies = 0
    for record in turn.work.history:
        heard = [line for line in record["inbound"] if line["kind"] != "event"]
        if heard:
            is_tap = any(line["kind"] == "choice" for line in heard)
            if not _repeat((line["text"] for line in heard), theirs, ours) or is_tap:
                replies = 0
        replies += bool(record["outbound"]) and record["author"] != "staff"
        _learn((message["content"] for message in record["outbound"]), ours)
    return replies if _repeat(map(spoken, turn.inbound), theirs, ours) else 0


def _repeat(texts: Iterable[str], theirs: deque[str], ours: deque[str]) -> bool:
    """Return whether each of the sender's texts is known; the new ones become known."""
    return not [text for text in _learn(texts, theirs) if text not in ours]


def _learn(texts: Iterable[str], known: deque[str]) -> list[str]:
    """Add the texts that are not known yet; return them."""
    new = [text for text in (fold(text[:_LONGEST]) for text in texts) if text not in known]
    known.extend(new)
    return new
