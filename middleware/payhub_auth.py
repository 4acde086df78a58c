"""PayhubAuth: looks the sender up by canonical number, afresh for every turn.

It never drops a message: every failure ends in a fallback agent (reference/lola.md 8, 13). Two
settings say what a clear "no such sender" means, and what a message without a number means. The
identity is valid for this turn only.
"""

from typing import Self

import structlog

from lola.conversation.pipeline import Stage
from lola.domain.identity import UNAVAILABLE, UNKNOWN, Identity
from lola.domain.turn import Answer, Turn
from lola.errors import PartnerError
from lola.partners.remittances import IdentityService
from lola.services import Services
from lola.settings import Settings
from lola.telemetry import names
from lola.text.phone_numbers import canonical

log = structlog.get_logger(__name__)


class PayhubAuthMiddleware(Stage):
    """Puts the identity of this turn into it."""

    name = "PayhubAuth"
    summary = "identity by canonical phone number; never drops a message"
    protects = "what a sender may do follows from who the bank says they are, for every turn"
    ahead_of = frozenset({"Compliance", "Decision", "Renewal"})

    def __init__(self, identity: IdentityService, settings: Settings) -> None:
        self._identity = identity
        self._not_found = UNAVAILABLE if settings.identity_not_found == "unavailable" else UNKNOWN
        self._no_phone = (
            UNAVAILABLE if settings.identity_without_phone == "unavailable" else UNKNOWN
        )

    @classmethod
    def build(cls, services: Services) -> Self:
        """Build the stage."""
        return cls(services.identity, services.settings)

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Look the sender up."""
        phone = canonical(turn.phone) if turn.phone else None
        if phone is None:
            return turn.evolve(identity=self._no_phone)
        try:
            user = await self._identity.find_sender(phone)
        except PartnerError as error:
            log.warning(names.PARTNER_UNAVAILABLE, partner=error.partner, code=error.code)
            return turn.evolve(identity=UNAVAILABLE, phone=phone)
        identity = Identity(status="identified", user=user) if user else self._not_found
        return turn.evolve(identity=identity, phone=phone)
