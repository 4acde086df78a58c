"""Proves a book by its entries: nothing lost, nothing doubled, everything balanced."""

from collections.abc import Sequence

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lola.partners.vna.sql.tables import ACCOUNTS, ENTRIES, MOVEMENTS

_OWN = "account:" + MOVEMENTS.c.account_id


def _unbalanced() -> Select[tuple[str]]:
    return (
        select(ENTRIES.c.movement_id)
        .group_by(ENTRIES.c.movement_id)
        .having((func.sum(ENTRIES.c.minor) != 0) | (func.count() != 2))
    )


def _wrongly_posted() -> Select[tuple[str]]:
    """Return movements whose account does not have exactly what they say."""
    sign = case((MOVEMENTS.c.kind == "credit", 1), else_=-1)
    cancelled = MOVEMENTS.alias()
    is_cancelling = (
        select(cancelled.c.id)
        .where(cancelled.c.id == MOVEMENTS.c.reverses, cancelled.c.status == "Failed")
        .exists()
    )
    due = case(
        ((MOVEMENTS.c.status == "Approved") & ~is_cancelling, MOVEMENTS.c.minor * sign), else_=0
    )
    posted = (
        select(func.coalesce(func.sum(ENTRIES.c.minor), 0))
        .where(ENTRIES.c.movement_id == MOVEMENTS.c.id, ENTRIES.c.ledger == _OWN)
        .scalar_subquery()
    )
    return select(MOVEMENTS.c.id).where(due != posted)


def _repeated(key: str) -> Select[tuple[str]]:
    column = MOVEMENTS.c[key]
    return select(column).where(column.is_not(None)).group_by(column).having(func.count() > 1)


def _overdrawn() -> Select[tuple[str]]:
    total = func.coalesce(func.sum(ENTRIES.c.minor), 0)
    return (
        select(ACCOUNTS.c.id)
        .join(ENTRIES, ENTRIES.c.ledger == "account:" + ACCOUNTS.c.id)
        .group_by(ACCOUNTS.c.id)
        .having(total < 0)
    )


async def faults_in(connection: AsyncConnection) -> Sequence[str]:
    """Return what contradicts itself, one sentence each."""
    questions = {
        "the entries of {} do not balance": _unbalanced(),
        "{} is posted otherwise than it says": _wrongly_posted(),
        "authorisation {} has several credits": _repeated("authorization_id"),
        "credit {} has several reversals": _repeated("reverses"),
        "account {} is overdrawn": _overdrawn(),
    }
    return [
        words.format(found)
        for words, query in questions.items()
        for found in (await connection.execute(query)).scalars()
    ]
