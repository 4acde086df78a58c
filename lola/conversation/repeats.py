"""Sends a message once more that its provider took and could not deliver for now.

It goes again after a pause, unless the sender has written meanwhile: then they were answered
already. When it fails a second time, a person is called.
"""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from lola.conversation.deadlines import timer
from lola.conversation.deferred import reply_from
from lola.conversation.handoff import Handoff
from lola.conversation.result import TurnResult, no_reply
from lola.domain.events import DELIVERY_REPEAT
from lola.domain.messages import EventContent, MessageId, Outbound, outbound_to_json
from lola.domain.turn import Turn

MAX_REPEATED = 5


def repeat(turn: Turn, event: EventContent, handoff: Handoff, route: str) -> TurnResult:
    """Wait with the message, send it when its time has come, or call a person."""
    reply, reason = reply_from(event.data["reply"]), str(event.data["reason"])
    name, heard = _name(turn, reply.message), _heard(turn)
    if "heard" not in event.data:
        if name in turn.session.repeated:
            return handoff.unreachable(turn, reason)
        at = turn.now + timedelta(seconds=float(event.data["seconds"]))
        data = event.data | {"heard": heard}
        timer_id = MessageId(f"{DELIVERY_REPEAT}:{event.data['row']}:due")
        later = timer(turn, timer_id, DELIVERY_REPEAT, at, data)
        return replace(no_reply(turn, route), later=(later,))
    if event.data["heard"] != heard:
        return no_reply(turn, route)
    repeated = (*turn.session.repeated, name)[-MAX_REPEATED:]
    return TurnResult(
        turn=turn.evolve(session=turn.session.evolve(repeated=repeated)),
        route=route,
        messages=(reply.message,),
        author=reply.author,
        money=reply.money,
        valid_until=reply.valid_until,
    )


def _heard(turn: Turn) -> str:
    """Return when the sender last wrote, as text."""
    return turn.session.heard_at.isoformat() if turn.session.heard_at else ""


def _name(turn: Turn, message: Outbound) -> str:
    """Return what tells a message from others, for as long as the sender does not write."""
    text = json.dumps(outbound_to_json(message), sort_keys=True)
    return sha256(f"{_heard(turn)} {text}".encode()).hexdigest()[:16]
