"""Decides whether an amount may reach an account. Pure: the account book asks it under a lock.

Every value of NonAuthorizedReason has its rule here or comes from the bank's own screen
(reference/vna.md 5.4, 6.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from lola.partners.currency import minor_unit
from lola.partners.vna.book import Account, AccountState, Holder, Sum, Usage
from lola.partners.vna.contract import Address, PersonalData, Reason

LARGEST_MINOR: Final = 10**15
"""Far below what BIGINT and the exact integers of a JSON number hold."""
LARGEST_RATE: Final = Decimal(10) ** 9
_OLDEST_YEARS: Final = 130

STATE_REASONS: Mapping[AccountState, Reason] = MappingProxyType(
    {
        "open": Reason.NONE,
        "blocked": Reason.ACCOUNT_BLOCKED,
        "blocked_by_law": Reason.ACCOUNT_BLOCKED_BY_LAW,
        "blocked_by_government": Reason.ACCOUNT_BLOCKED_BY_GOVERNMENT,
        "closed": Reason.INVALID_ACCOUNT,
    }
)
"""What the state of an account forbids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An amount on its way to an account, as the platform sent it."""

    amount: Decimal
    currency: str
    rate: Decimal
    sender: PersonalData | None = None
    receiver: PersonalData | None = None
    holder: Holder | None = None

    @property
    def sum(self) -> Sum | None:
        """The amount in minor units; None when it is no amount of its currency."""
        unit = minor_unit(self.currency)
        if not 0 < self.amount <= LARGEST_MINOR * unit or self.amount % unit:
            return None
        rate = format(self.rate.normalize(), "f")
        return Sum(minor=int(self.amount / unit), currency=self.currency, rate=rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The bank's limits. Amounts are by currency; a currency that is not named has no limit."""

    currencies: frozenset[str]
    max_amount: Mapping[str, Decimal]
    max_total: Mapping[str, Decimal]
    max_count: int
    window: timedelta
    minimum_age: int

    def reason(self, transfer: Transfer, account: Account, usage: Usage, today: date) -> Reason:
        """Return why not, or `Reason.NONE`. The state of the account comes first."""
        found = STATE_REASONS[account.state]
        if found is Reason.NONE:
            found = self._of_amount(transfer, account)
        if found is Reason.NONE:
            found = self._of_people(transfer, account, today)
        return self._of_limits(transfer, usage) if found is Reason.NONE else found

    def _of_amount(self, transfer: Transfer, account: Account) -> Reason:
        if transfer.currency not in self.currencies:
            return Reason.INVALID_CURRENCY
        if transfer.currency != account.currency:
            return Reason.NON_MATCHING_CURRENCY_ACCOUNT
        if transfer.sum is None:
            return Reason.INVALID_AMOUNT
        if not 0 < transfer.rate <= LARGEST_RATE:
            return Reason.INVALID_EXCHANGE_RATE
        return Reason.NONE

    def _of_people(self, transfer: Transfer, account: Account, today: date) -> Reason:
        sender, receiver, holder = transfer.sender, transfer.receiver, transfer.holder
        if sender and not self.is_credible(sender, today):
            return Reason.INVALID_SENDER_DATA
        if receiver and not self.is_credible(receiver, today):
            return Reason.INVALID_DESTINATION_DATA
        if holder and holder.person != account.person:
            return Reason.INVALID_DESTINATION_DATA
        if any(_contradicts_itself(person.address) for person in (sender, receiver) if person):
            return Reason.INVALID_PARAMETER
        return Reason.NONE

    def _of_limits(self, transfer: Transfer, usage: Usage) -> Reason:
        currency, amount = transfer.currency, transfer.amount
        if currency in self.max_amount and amount > self.max_amount[currency]:
            return Reason.BY_AMOUNT_LIMIT
        if self.max_count and usage.count >= self.max_count:
            return Reason.BY_VELOCITY
        total = usage.total * minor_unit(currency) + amount
        if currency in self.max_total and total > self.max_total[currency]:
            return Reason.BY_ACCUMULATE_AMOUNT_LIMIT
        return Reason.NONE

    def is_credible(self, person: PersonalData, today: date) -> bool:
        """Return whether somebody has a name and an age at which they may hold an account."""
        names = (person.first_name, person.last_name)
        if not all(name.strip() for name in names):
            return False
        born = person.birth_date
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return self.minimum_age <= age <= _OLDEST_YEARS


def _contradicts_itself(address: Address) -> bool:
    """Return whether the state is one of another country: ISO 3166-2 begins with the country."""
    country, dash, _ = address.state_code.partition("-")
    return bool(dash) and country.upper() != address.country_code.upper()
