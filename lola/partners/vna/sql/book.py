"""The reference implementation of the account book (reference/vna.md 6, 8).

Every method that changes an account locks its row first, so money of one account moves in one order
on every database; unique keys keep a credit and a reversal single even without the lock.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from lola.domain.clock import Clock
from lola.partners.vna.book import (
    Account,
    AccountState,
    AuditNote,
    Authorization,
    AuthorizationOrder,
    Credit,
    CreditOrder,
    Holder,
    Movement,
    Reversal,
)
from lola.partners.vna.contract import CreditStatus, Reason
from lola.partners.vna.sql import funds, queries
from lola.partners.vna.sql.check import faults_in
from lola.partners.vna.sql.engine import create_tables, run
from lola.partners.vna.sql.tables import (
    ACCOUNTS,
    ALIASES,
    AUTHORIZATIONS,
    ENTRIES,
    MOVEMENTS,
    NOTES,
)

_NUMBER_DIGITS = 12
_NOTES_AT_ONCE = 50


class SqlAccountBook:
    """An account book in a database. `open` it first, `close` it last."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def open(self) -> None:
        """Create the tables that are missing. Raises BookUnavailableError."""
        await create_tables(self._engine)

    async def close(self) -> None:
        """Release the connections."""
        await self._engine.dispose()

    async def open_account(self, holder: Holder, currency: str) -> Account | None:
        """Return the holder's account, opened now or before; None for somebody else's alias."""

        async def work(connection: AsyncConnection) -> Account | None:
            # Names and birth date alone are no proof: two people can have them in common.
            owners = await queries.accounts_of(connection, holder.aliases)
            if not owners:
                account = await self._insert_account(connection, holder, currency)
            else:
                found = await queries.locked_account(connection, owners.pop())
                if found is None or owners or found.person != holder.person:
                    return None
                account = found
            await self._add_aliases(connection, holder, account.id)
            return account

        return await run(self._engine, work)

    async def _insert_account(
        self, connection: AsyncConnection, holder: Holder, currency: str
    ) -> Account:
        number = f"{secrets.randbelow(10**_NUMBER_DIGITS):0{_NUMBER_DIGITS}}"
        account = Account(id=number, currency=currency, state="open", person=holder.person)
        row = {"id": number, "currency": currency, "state": "open", "person": holder.person}
        now = queries.milliseconds(self._clock())
        await connection.execute(insert(ACCOUNTS).values(**row, created_at=now))
        await queries.note(connection, "vna.account_opened", number, currency=currency)
        return account

    async def _add_aliases(self, connection: AsyncConnection, holder: Holder, account: str) -> None:
        query = select(ALIASES.c.alias).where(ALIASES.c.account_id == account)
        known = set((await connection.execute(query)).scalars())
        for alias in sorted(set(holder.aliases) - known):
            await connection.execute(insert(ALIASES).values(alias=alias, account_id=account))

    async def account(self, account: str) -> Account | None:
        """Return an account."""

        async def work(connection: AsyncConnection) -> Account | None:
            query = select(ACCOUNTS).where(ACCOUNTS.c.id == account)
            return queries.to_account((await connection.execute(query)).one_or_none())

        return await run(self._engine, work)

    async def account_of(self, alias: str) -> Account | None:
        """Return the account that an alias leads to."""

        async def work(connection: AsyncConnection) -> Account | None:
            query = select(ACCOUNTS).join(ALIASES).where(ALIASES.c.alias == alias)
            return queries.to_account((await connection.execute(query)).one_or_none())

        return await run(self._engine, work)

    async def set_state(self, account: str, state: AccountState) -> bool:
        """Block, close or open an account; False when there is none."""

        async def work(connection: AsyncConnection) -> bool:
            found = await queries.locked_account(connection, account)
            if found is None:
                return False
            change = update(ACCOUNTS).where(ACCOUNTS.c.id == account).values(state=state)
            await connection.execute(change)
            await queries.note(connection, f"vna.account_{state}", account)
            return True

        return await run(self._engine, work)

    async def authorize(self, order: AuthorizationOrder) -> Authorization:
        """Decide about an amount and store the decision."""

        async def work(connection: AsyncConnection) -> Authorization:
            stored = select(AUTHORIZATIONS.c.account_id, AUTHORIZATIONS.c.reason)
            stored = stored.where(AUTHORIZATIONS.c.id == order.id)
            if row := (await connection.execute(stored)).one_or_none():
                return Authorization(id=order.id, account=row[0], reason=Reason(row[1]))
            number = order.account
            if not number:
                owners = await queries.accounts_of(connection, order.receiver.aliases)
                number = owners.pop() if len(owners) == 1 else ""
            account = await queries.locked_account(connection, number) if number else None
            if account is None:
                return Authorization(id=order.id, account="", reason=Reason.INVALID_ACCOUNT)
            used = await queries.usage(connection, account.id, order.window_start)
            reason = order.decide(account, used)
            await funds.store_authorization(
                connection, order.id, account.id, order.sum, reason, self._clock()
            )
            return Authorization(id=order.id, account=account.id, reason=reason)

        return await run(self._engine, work)

    async def credit(self, order: CreditOrder) -> Credit:
        """Credit an account, or begin to; once per authorisation."""

        async def work(connection: AsyncConnection) -> Credit:
            return await funds.credit(connection, order, self._clock())

        return await run(self._engine, work)

    async def credit_status(self, account: str, credit: str) -> tuple[CreditStatus, str]:
        """Return the state of a credit and what it means in words."""

        async def work(connection: AsyncConnection) -> tuple[CreditStatus, str]:
            return await funds.status(connection, account, credit)

        return await run(self._engine, work)

    async def reverse(self, reversal: str, account: str, credit: str) -> Reversal:
        """Take a whole credit back, once."""

        async def work(connection: AsyncConnection) -> Reversal:
            return await funds.reverse(connection, reversal, account, credit, self._clock())

        return await run(self._engine, work)

    async def debit(self, movement: str, account: str, minor: int) -> bool:
        """Take money out for a payment of the bank's; False when the balance is too small."""

        async def work(connection: AsyncConnection) -> bool:
            return await funds.debit(connection, movement, account, minor, self._clock())

        return await run(self._engine, work)

    async def balance(self, account: str) -> int:
        """Return the sum of an account's entries."""

        async def work(connection: AsyncConnection) -> int:
            return await queries.balance(connection, account)

        return await run(self._engine, work)

    async def movements(self, account: str, limit: int = 20) -> Sequence[Movement]:
        """Return the newest movements of an account, newest first."""
        query = (
            select(MOVEMENTS, ENTRIES.c.minor.label("entry"))
            .join(ENTRIES, ENTRIES.c.movement_id == MOVEMENTS.c.id)
            .where(ENTRIES.c.ledger == queries.ledger_of(account))
            .order_by(MOVEMENTS.c.created_at.desc(), MOVEMENTS.c.id)
            .limit(limit)
        )

        async def work(connection: AsyncConnection) -> Sequence[Movement]:
            rows = (await connection.execute(query)).mappings()
            return tuple(
                Movement(
                    id=row["id"],
                    kind=row["kind"],
                    minor=row["entry"],
                    currency=row["currency"],
                    at=queries.instant(row["created_at"]),
                )
                for row in rows
            )

        return await run(self._engine, work)

    async def settle(self, limit: int = 100) -> int:
        """End credits that are in progress, each in a transaction of its own."""
        waiting = select(MOVEMENTS.c.id, MOVEMENTS.c.account_id)
        waiting = waiting.where(MOVEMENTS.c.status == "InProgress").limit(limit)

        async def find(connection: AsyncConnection) -> Sequence[tuple[str, str]]:
            return [(row[0], row[1]) for row in await connection.execute(waiting)]

        ended = 0
        for credit, account in await run(self._engine, find):

            async def work(
                connection: AsyncConnection, credit: str = credit, account: str = account
            ) -> bool:
                return await funds.settle(connection, credit, account)

            ended += await run(self._engine, work)
        return ended

    async def relay_notes(self, append: Callable[[AuditNote], Awaitable[None]]) -> int:
        """Hand over the notes that are waiting. After a failure they are handed over again."""
        oldest = select(NOTES).order_by(NOTES.c.seq).limit(_NOTES_AT_ONCE)
        oldest = oldest.with_for_update(skip_locked=True)

        async def work(connection: AsyncConnection) -> int:
            rows = (await connection.execute(oldest)).mappings().all()
            for row in rows:
                found = AuditNote(
                    kind=row["kind"],
                    movement=row["movement_id"],
                    account=row["account_id"],
                    minor=row["minor"],
                    currency=row["currency"],
                )
                await append(found)
            if rows:
                done = NOTES.c.seq.in_([row["seq"] for row in rows])
                await connection.execute(delete(NOTES).where(done))
            return len(rows)

        return await run(self._engine, work)

    async def faults(self) -> Sequence[str]:
        """Return what contradicts itself in the book, in words."""
        return await run(self._engine, faults_in)
