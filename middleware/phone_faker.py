"""PhoneFaker: lets testers act as another sender. Development only (reference/lola.md 8).

The substitute number is kept in a Redis hash by conversation. `/phone +1…` sets one; `/new` takes a
random one, so that every new session meets an unknown sender. The service refuses to start with
this stage in production.
"""

import secrets
from typing import Self

from lola.conversation.pipeline import Stage
from lola.domain.messages import TextMessage
from lola.domain.turn import Answer, Turn
from lola.services import Services
from lola.state.store import StateStore
from lola.text.phone_numbers import canonical
from lola.text.wording import Wording

HASH = "phone_faker"


class PhoneFakerMiddleware(Stage):
    """Overrides the number that identity is looked up with."""

    name = "PhoneFaker"
    summary = "development: act as another number (/phone, /new)"

    def __init__(self, store: StateStore, wording: Wording, *, enabled: bool) -> None:
        self._store = store
        self._wording = wording
        self._enabled = enabled

    @classmethod
    def build(cls, services: Services) -> Self:
        """Build the stage."""
        settings = services.settings
        enabled = settings.phone_faker and not settings.is_production
        return cls(services.store, services.wording, enabled=enabled)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Set, or apply, the substitute number."""
        if not self._enabled:
            return turn
        command, _, argument = turn.text.partition(" ")
        if command == "/phone":
            return await self._set(turn, argument)
        if command == "/new" and await self._faked(turn):
            random_number = f"+1555{secrets.randbelow(10**7):07d}"
            await self._store.set_hash_field(HASH, turn.conversation, random_number)
        phone = await self._faked(turn)
        return turn.evolve(phone=phone) if phone else turn

    async def _set(self, turn: Turn, argument: str) -> Answer:
        phone = canonical(argument)
        if phone is None:
            text = self._wording("phone_faker.phone_bad", turn.language)
        else:
            await self._store.set_hash_field(HASH, turn.conversation, phone)
            text = self._wording("phone_faker.phone_set", turn.language, phone=phone)
        return Answer(turn=turn, messages=(TextMessage(content=text),), route="command")

    async def _faked(self, turn: Turn) -> str | None:
        return await self._store.get_hash_field(HASH, turn.conversation)
