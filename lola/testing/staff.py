"""A staff member who takes a conversation over, replies and hands it back, as the console does."""

from lola.app import Service
from lola.domain.messages import ConversationId
from lola.escalation.staff_actions import HandedBack, Queued, StaffActions, Taken
from lola.testing.simulated_sender import HarnessError


class Staff:
    """One staff member. Every method raises HarnessError when the service refuses it."""

    def __init__(self, service: Service, name: str) -> None:
        self.name = name
        self._actions = StaffActions(
            service.inbox,
            service.state.ownership,
            service.store,
            service.clock,
            is_opted_out=service.consent.is_opted_out,
            trail=service.state.audit_trail,
            screen=service.check.staff,
        )

    async def take_over(self, conversation: ConversationId) -> None:
        """Take the conversation over; the bot no longer replies."""
        result = await self._actions.take_over(conversation, self.name)
        if not isinstance(result, Taken):
            raise HarnessError(f"the service refused the takeover: {result}")

    async def reply(self, conversation: ConversationId, text: str) -> None:
        """Write to the sender."""
        result = await self._actions.reply(conversation, self.name, text)
        if not isinstance(result, Queued):
            raise HarnessError(f"the service refused the reply: {result}")

    async def hand_back(self, conversation: ConversationId) -> None:
        """Give the conversation back to the bot."""
        result = await self._actions.hand_back(conversation, self.name)
        if not isinstance(result, HandedBack):
            raise HarnessError(f"the service refused the hand-back: {result}")
