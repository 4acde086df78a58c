"""The payout methods that the M2M partner allows, so that no other one is put before a sender.

The partner's profile says which (reference/m2m.md 5.6, 9.2). The answer is kept for some minutes.
While it is not known, every method counts as allowed: the partner checks the link again.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from lola.domain.clock import Clock
from lola.domain.transfer import PayoutMethod
from lola.errors import PartnerError, PartnerRefusedError
from lola.partners.m2m import M2MClient
from lola.partners.remittances import Corridor
from lola.telemetry import names

KNOWN_FOR = timedelta(minutes=5)
ASKED_AGAIN_AFTER = timedelta(seconds=30)
LONGEST_SECONDS = 3.0
"""A sender waits for the answer, so an outage of the partner must not take a whole time limit."""

log = structlog.get_logger(__name__)


class Payouts:
    """The methods of one partner account. `types` is our payout method → the partner's type."""

    def __init__(
        self, client: M2MClient, clock: Clock, *, types: Mapping[PayoutMethod, str]
    ) -> None:
        self._client = client
        self._clock = clock
        self._types = types
        self._allowed: frozenset[str] = frozenset()
        self._next_look: datetime | None = None

    def type_of(self, method: PayoutMethod) -> str:
        """Return the partner's name of a payout method."""
        return self._types.get(method, method)

    async def served(self, corridors: Iterable[Corridor]) -> tuple[Corridor, ...]:
        """Return the corridors with the allowed payout methods; one without any is left out."""
        kept = [
            replace(corridor, payout_methods=await self.allowed(corridor.payout_methods))
            for corridor in corridors
        ]
        return tuple(corridor for corridor in kept if corridor.payout_methods)

    async def allowed(self, methods: Iterable[PayoutMethod]) -> tuple[PayoutMethod, ...]:
        """Return those of the methods that the partner allows, in their order."""
        if self._next_look is None or self._clock() >= self._next_look:
            await self._look()
        return tuple(
            method
            for method in methods
            if not self._allowed or self.type_of(method) in self._allowed
        )

    async def _look(self) -> None:
        self._next_look = self._clock() + ASKED_AGAIN_AFTER
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                profile = await self._client.profile()
        except PartnerRefusedError as error:
            # An account or a route that cannot be read now cannot be read in a moment either.
            self._next_look = self._clock() + KNOWN_FOR
            log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", code=error.code)
        except PartnerError as error:
            log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", code=error.code)
        except TimeoutError:
            log.warning(names.PARTNER_UNAVAILABLE, partner="m2m", code="timeout")
        else:
            self._allowed = frozenset(profile.settings.allowed_payment_methods)
            self._next_look = self._clock() + KNOWN_FOR
