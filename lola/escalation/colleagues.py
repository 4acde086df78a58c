"""The takeover by a colleague who writes to a sender with the provider's own app, on a telephone.

Their message has reached the sender already. The bot is silent from then on, until the
conversation is handed back in the console or the colleague was quiet for the set time.
"""

from datetime import datetime, timedelta
from typing import Final

from lola.delivery.model import Ownership
from lola.domain.messages import ConversationId
from lola.escalation import transitions
from lola.escalation.ports import OwnershipPort

APP: Final = "provider app"
"""The owner's name: the provider does not tell who of the staff wrote."""
_TRIES: Final = 5
_ROUNDED: Final = timedelta(seconds=1)


def taken_over(
    current: Ownership, sent_at: datetime, now: datetime, patience: timedelta
) -> Ownership | None:
    """Return the ownership after a colleague's message; None when it changes nothing.

    A message that comes late, after the conversation was handed back or after `patience` (zero: no
    end), is no takeover any more.
    """
    if current.owner == "human" or (patience and now - sent_at >= patience):
        return None
    if current.owner == "bot" and current.since and sent_at + _ROUNDED <= current.since:
        return None
    return transitions.taken(current, now, APP)


def is_over(
    current: Ownership, quiet_since: datetime | None, now: datetime, patience: timedelta
) -> bool:
    """Return whether the bot may speak again, because the colleague was quiet for `patience`."""
    is_theirs = current.owner == "human" and current.staff == APP
    return is_theirs and quiet_since is not None and now - quiet_since >= patience


async def take_over(
    owners: OwnershipPort,
    conversation: ConversationId,
    *,
    sent_at: datetime,
    now: datetime,
    patience: timedelta,
) -> bool:
    """Silence the bot at once, also in a turn in progress; return whether the owner changed.

    Raises StoreUnavailableError.
    """
    for _ in range(_TRIES):
        current = await owners.get(conversation)
        after = taken_over(current, sent_at, now, patience)
        if after is None:
            return False
        if await owners.set_owner(conversation, after, current.epoch) is not None:
            return True
    return False
