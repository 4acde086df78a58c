"""Prices of the sandbox: what a transfer costs and how much arrives.

All figures are exact decimals in the minor unit of their currency.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

from lola.partners.currency import minor_unit
from lola.sandbox.payhub.sample_data import COUNTRIES, FEES, MAXIMUM, MINIMUM, SOURCE_CURRENCY


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The figures of one transfer. `fee` is in the source currency, on top of `send`."""

    send: Decimal
    receive: Decimal
    rate: Decimal
    fee: Decimal
    currency: str

    @property
    def is_within_limits(self) -> bool:
        """Return whether the corridor accepts the amount."""
        return MINIMUM <= self.send <= MAXIMUM


def price_transfer(
    country: str, payout_type: str, amount: Decimal, *, is_sender_amount: bool
) -> Price:
    """Price a transfer in either direction. Raises KeyError for what the corridor does not offer.

    For an amount to be received, the amount sent is rounded up: the recipient gets every cent.
    """
    destination = COUNTRIES[country]
    if payout_type not in destination.types:
        raise KeyError(payout_type)
    if is_sender_amount:
        send = amount
        unit = minor_unit(destination.currency)
        receive = (amount * destination.rate).quantize(unit, ROUND_HALF_UP)
    else:
        receive = amount
        send = (amount / destination.rate).quantize(minor_unit(SOURCE_CURRENCY), ROUND_UP)
    return Price(
        send=send,
        receive=receive,
        rate=destination.rate,
        fee=FEES[payout_type],
        currency=destination.currency,
    )
