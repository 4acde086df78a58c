"""Statements of the account book that several of its methods use. Each runs in a transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Row, case, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lola.partners.vna.book import Account, Usage
from lola.partners.vna.contract import Reason
from lola.partners.vna.sql.tables import (
    ACCOUNTS,
    ALIASES,
    AUTHORIZATIONS,
    ENTRIES,
    MOVEMENTS,
    NOTES,
)


def milliseconds(at: datetime) -> int:
    """Return an aware instant as the tables store it."""
    return int(at.timestamp() * 1000)


def instant(stored: int) -> datetime:
    """Undo `milliseconds`."""
    return datetime.fromtimestamp(stored / 1000, UTC)


def ledger_of(account: str) -> str:
    """Return the name of an account's side in the entries."""
    return f"account:{account}"


def settlement(currency: str) -> str:
    """Return the name of the other side: what the platform owes, or is owed, in a currency."""
    return f"settlement:{currency}"


async def locked_account(connection: AsyncConnection, account: str) -> Account | None:
    """Return an account that no other transaction changes until this one ends."""
    query = select(ACCOUNTS).where(ACCOUNTS.c.id == account).with_for_update()
    return to_account((await connection.execute(query)).one_or_none())


def to_account(row: Row[tuple[object, ...]] | None) -> Account | None:
    """Read a row of the accounts."""
    if row is None:
        return None
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name
    return Account(
        id=found["id"], currency=found["currency"], state=found["state"], person=found["person"]
    )


async def accounts_of(connection: AsyncConnection, aliases: Sequence[str]) -> set[str]:
    """Return the accounts that any of the aliases leads to."""
    query = select(ALIASES.c.account_id).where(ALIASES.c.alias.in_(aliases))
    return set((await connection.execute(query)).scalars())


async def usage(connection: AsyncConnection, account: str, since: datetime) -> Usage:
    """Return what was authorised for an account, less what was reversed or failed since."""
    ended = MOVEMENTS.c.status == "Failed"
    reversals = MOVEMENTS.alias()
    is_undone = select(reversals.c.id).where(reversals.c.reverses == MOVEMENTS.c.id).exists()
    counts = (ended | is_undone).is_not(True)
    query = (
        select(func.count(), func.coalesce(func.sum(case((counts, AUTHORIZATIONS.c.minor))), 0))
        .select_from(
            AUTHORIZATIONS.outerjoin(MOVEMENTS, MOVEMENTS.c.authorization_id == AUTHORIZATIONS.c.id)
        )
        .where(
            AUTHORIZATIONS.c.account_id == account,
            AUTHORIZATIONS.c.reason == Reason.NONE.value,
            AUTHORIZATIONS.c.created_at > milliseconds(since),
        )
    )
    count, total = (await connection.execute(query)).one()
    return Usage(count=int(count), total=int(total))


async def balance(connection: AsyncConnection, account: str) -> int:
    """Return the sum of an account's entries; PostgreSQL gives a Decimal."""
    query = select(func.coalesce(func.sum(ENTRIES.c.minor), 0)).where(
        ENTRIES.c.ledger == ledger_of(account)
    )
    return int((await connection.execute(query)).scalar_one())


async def post(
    connection: AsyncConnection, movement: str, account: str, minor: int, currency: str
) -> None:
    """Write both entries of a movement; a negative amount leaves the account."""
    rows = (
        {"movement_id": movement, "ledger": ledger_of(account), "minor": minor},
        {"movement_id": movement, "ledger": settlement(currency), "minor": -minor},
    )
    for row in rows:
        await connection.execute(insert(ENTRIES).values(row))


async def note(
    connection: AsyncConnection,
    kind: str,
    account: str,
    *,
    movement: str = "",
    minor: int = 0,
    currency: str = "",
) -> None:
    """Store a record for the audit trail."""
    row = {
        "kind": kind,
        "movement_id": movement,
        "account_id": account,
        "minor": minor,
        "currency": currency,
    }
    await connection.execute(insert(NOTES).values(row))
