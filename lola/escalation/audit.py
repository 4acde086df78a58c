"""The names of the audit events of staff actions.

An event says who did what to which conversation and when. It never holds a message text, a
telephone number or the name of a sender.
"""

from typing import Final

TAKEN_OVER: Final = "escalation.taken_over"
TAKE_OVER_REFUSED: Final = "escalation.take_over_refused"
REPLIED: Final = "escalation.replied"
REPLY_REFUSED: Final = "escalation.reply_refused"
HANDED_BACK: Final = "escalation.handed_back"
OWNER_SET_BY_HELP_DESK: Final = "escalation.seated_outside"
UNKNOWN_CONVERSATION: Final = "escalation.outside_unknown"
HAND_BACK_REFUSED: Final = "escalation.hand_back_refused"
