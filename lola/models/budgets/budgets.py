"""Budgets per sender and day, in tokens and in money (docs/safety.md G12).

Before a turn asks a model, the most that its first request may take is reserved in one atomic step;
afterwards it is replaced by what the turn took. So concurrent turns cannot spend the same tokens,
a turn that crashed stays paid for, and no sender gets further than the budget and one turn. An
account's key is a digest: no telephone number is stored.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from hashlib import blake2b
from pathlib import Path

from lola.domain.turn import Turn
from lola.models.chat import Usage
from lola.models.measured import cost_of
from lola.models.meter import Meter
from lola.settings import Settings
from lola.state.connection import Connections
from lola.state.keys import Keys
from lola.state.script import Script

_HERE = Path(__file__).parent
_RESERVE = Script(_HERE / "reserve.lua")
_SETTLE = Script(_HERE / "settle.lua")
_TWO_DAYS = 2 * 24 * 60 * 60
_MICRO = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reservation:
    account: str
    turn: str


class Budgets:
    """The accounts of all senders. A limit of 0 is none. Raises StoreUnavailableError."""

    def __init__(self, connections: Connections, keys: Keys, settings: Settings) -> None:
        self._redis = connections.commands
        self._keys = keys
        self._settings = settings

    @asynccontextmanager
    async def spend(self, turn: Turn, name: str, most: Usage, meter: Meter) -> AsyncIterator[bool]:
        """Reserve `most` for a turn and yield whether there is that much; settle at the end.

        `name` is the turn's within its conversation, the same when it is repeated. What `meter`
        counts in between is settled, also when the turn fails. A turn that is cut off keeps its
        reservation, because requests that were on their way may be billed.
        """
        settings = self._settings
        if not (settings.sender_tokens_per_day or settings.sender_cost_per_day):
            yield True
            return
        reservation = self._reservation(turn, name)
        if not await self._reserve(reservation, most):
            yield False
            return
        usage, cost = meter.usage, meter.cost
        try:
            yield True
        except Exception:
            await self._settle(reservation, meter, usage, cost)
            raise
        await self._settle(reservation, meter, usage, cost)

    async def _reserve(self, reservation: _Reservation, most: Usage) -> bool:
        settings = self._settings
        prices = settings.model_prices.values()
        dearest = max((cost_of(most, price) for price in prices), default=Decimal(0))
        answer = await _RESERVE.run(
            self._redis,
            (reservation.account,),
            reservation.turn,
            most.total_tokens,
            _micros(dearest),
            settings.sender_tokens_per_day,
            _micros(settings.sender_cost_per_day),
            _TWO_DAYS,
        )
        return bool(answer)

    async def _settle(
        self, reservation: _Reservation, meter: Meter, usage: Usage, cost: Decimal | None
    ) -> None:
        await _SETTLE.run(
            self._redis,
            (reservation.account,),
            reservation.turn,
            meter.usage.total_tokens - usage.total_tokens,
            _micros((meter.cost or Decimal(0)) - (cost or Decimal(0))),
        )

    def _reservation(self, turn: Turn, name: str) -> _Reservation:
        """One account per telephone number where it is known, else per conversation."""
        who = blake2b(turn.account.encode(), digest_size=16).hexdigest()
        return _Reservation(
            account=self._keys.spending(who, turn.now.date().isoformat()),
            turn=f"{turn.conversation}:{name}",
        )


def _micros(cost: Decimal) -> int:
    """Return millionths, rounded up: scripts count in whole numbers."""
    return int((cost * _MICRO).to_integral_value(ROUND_UP))
