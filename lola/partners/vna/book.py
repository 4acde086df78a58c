"""The port between the server and the accounts: what a bank's own account system implements.

Amounts are whole minor units. Every method is atomic, may be repeated with the same arguments, and
raises BookUnavailableError when the outcome is unknown. The numbers of new things are made by the
caller, so that a repeat after a lost answer finds what the first attempt stored.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from lola.partners.vna.contract import CreditStatus, Reason

AccountState = Literal["open", "blocked", "blocked_by_law", "blocked_by_government", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person by keyed digests: who it is, and each thing that leads to the account."""

    person: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as it is now."""

    id: str
    currency: str
    state: AccountState
    person: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was authorised for an account within the window of the limits, in minor units."""

    count: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """An amount in minor units, with the rate at which it was sent, as text."""

    minor: int
    currency: str
    rate: str


Decide = Callable[[Account, Usage], Reason]
"""Returns why an amount must not reach an account; `Reason.NONE` allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationOrder:
    """`account` is the platform's; without one the receiver's aliases lead to the account."""

    id: str
    account: str
    receiver: Holder
    sum: Sum | None
    window_start: datetime
    decide: Decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """`account` is empty when there is none for the receiver."""

    id: str
    account: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditOrder:
    """`sum` may be None with an authorisation, which must not be older than `oldest`."""

    id: str
    account: str
    authorization: str
    sum: Sum | None
    is_async: bool
    window_start: datetime
    oldest: datetime | None
    decide: Decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The credit that an order led to, now or before."""

    id: str
    reason: Reason
    status: CreditStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """`id` is empty when nothing was reversed; `words` say why."""

    id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of an account's statement; a negative amount left the account."""

    id: str
    kind: Literal["credit", "reversal", "debit"]
    minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNote:
    """A record for the audit trail that was stored together with what it tells."""

    kind: str
    movement: str
    account: str
    minor: int
    currency: str


class AccountBook(Protocol):
    """Accounts and their money."""

    async def open_account(self, holder: Holder, currency: str) -> Account | None:
        """Return the holder's account, opened now or before.

        It is the holder's when an alias leads to it and the person is the same. None: an alias
        leads to another person's account, or the aliases to several.
        """
        ...

    async def account(self, account: str) -> Account | None:
        """Return an account."""
        ...

    async def account_of(self, alias: str) -> Account | None:
        """Return the account that an alias leads to."""
        ...

    async def set_state(self, account: str, state: AccountState) -> bool:
        """Block, close or open an account; False when there is none."""
        ...

    async def authorize(self, order: AuthorizationOrder) -> Authorization:
        """Decide about an amount and store the decision."""
        ...

    async def credit(self, order: CreditOrder) -> Credit:
        """Credit an account, or begin to; once per authorisation."""
        ...

    async def credit_status(self, account: str, credit: str) -> tuple[CreditStatus, str]:
        """Return the state of a credit and what it means in words."""
        ...

    async def reverse(self, reversal: str, account: str, credit: str) -> Reversal:
        """Take a whole credit back, once."""
        ...

    async def debit(self, movement: str, account: str, minor: int) -> bool:
        """Take money out for a payment of the bank's; False when the balance is too small."""
        ...

    async def balance(self, account: str) -> int:
        """Return the sum of an account's entries."""
        ...

    async def movements(self, account: str, limit: int = 20) -> Sequence[Movement]:
        """Return the newest movements of an account, newest first."""
        ...

    async def settle(self, limit: int = 100) -> int:
        """End credits that are in progress; return how many were."""
        ...

    async def relay_notes(self, append: Callable[[AuditNote], Awaitable[None]]) -> int:
        """Hand over the notes that are waiting; one is dropped when `append` returned for all."""
        ...

    async def faults(self) -> Sequence[str]:
        """Return what contradicts itself in the book, in words; empty when it is right."""
        ...

    async def close(self) -> None:
        """Release the connections."""
        ...
