"""Names of the audit events of staff actions, in one place.

An event says who did what to which conversation and when. It never holds what anybody wrote, a
telephone number or a name of a sender.
"""

from typing import Final

TAKEN_OVER: Final = "escalation.taken_over"
TAKE_OVER_REFUSED: Final = "escalation.take_over_refused"
REPLIED: Final = "escalation.replied"
REPLY_REFUSED: Final = "escalation.reply_refused"
HANDED_BACK: Final = "escalation.handed_back"
SEATED_OUTSIDE: Final = "escalation.seated_outside"
OUTSIDE_UNKNOWN: Final = "escalation.outside_unknown"
HAND_BACK_REFUSED: Final = "escalation.hand_back_refused"
