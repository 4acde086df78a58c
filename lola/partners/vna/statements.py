"""What a sender may see of the own account in a chat: balance and newest movements, read only."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from lola.domain.transfer import Money
from lola.errors import BookUnavailableError, PartnerUnavailableError
from lola.partners.currency import minor_unit
from lola.partners.vna.book import AccountBook
from lola.partners.vna.identity import Identities

_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One movement; a negative amount left the account."""

    at: datetime
    kind: Literal["credit", "reversal", "debit"]
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account as its holder sees it; `ending` are the number's last four digits."""

    ending: str
    is_open: bool
    balance: Money
    lines: tuple[StatementLine, ...]


class Statements(Protocol):
    """Reads statements. Raises PartnerUnavailableError."""

    async def of_phone(self, phone: str) -> Statement | None:
        """Return the statement of the account that a verified telephone number leads to."""
        ...


class BookStatements:
    """Statements of an account book."""

    def __init__(self, book: AccountBook, identities: Identities) -> None:
        self._book = book
        self._identities = identities

    async def of_phone(self, phone: str) -> Statement | None:
        """Return the statement, or None without an account."""
        try:
            account = await self._book.account_of(self._identities.phone(phone))
            if account is None:
                return None
            minor = await self._book.balance(account.id)
            movements = await self._book.movements(account.id, _LINES)
        except BookUnavailableError:
            raise PartnerUnavailableError("vna", "the account book is not available") from None
        unit, currency = minor_unit(account.currency), account.currency
        return Statement(
            ending=account.id[-4:],
            is_open=account.state == "open",
            balance=_money(minor, unit, currency),
            lines=tuple(
                StatementLine(at=item.at, kind=item.kind, amount=_money(item.minor, unit, currency))
                for item in movements
            ),
        )


def _money(minor: int, unit: Decimal, currency: str) -> Money:
    return Money(amount=minor * unit, currency=currency)
