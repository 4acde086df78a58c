"""How money moves: authorisation, credit, settlement, reversal, debit. All within a transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Insert, RowMapping, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from lola.partners.vna.book import Account, Credit, CreditOrder, Reversal, Sum
from lola.partners.vna.contract import CreditStatus, Reason
from lola.partners.vna.rules import STATE_REASONS
from lola.partners.vna.sql import queries
from lola.partners.vna.sql.tables import AUTHORIZATIONS, MOVEMENTS


async def store_authorization(
    connection: AsyncConnection,
    authorization: str,
    account: str,
    amount: Sum | None,
    reason: Reason,
    at: datetime,
) -> None:
    """Store a decision about an amount."""
    row = {
        "id": authorization,
        "account_id": account,
        "minor": amount.minor if amount else None,
        "currency": amount.currency if amount else None,
        "rate": amount.rate if amount else None,
        "reason": reason.value,
        "created_at": queries.milliseconds(at),
    }
    await connection.execute(insert(AUTHORIZATIONS).values(row))


async def credit(connection: AsyncConnection, order: CreditOrder, at: datetime) -> Credit:
    """Credit an account, or begin to. What was stored for the order before is returned again."""
    account = await queries.locked_account(connection, order.account)
    if account is None:
        return _refused(order, Reason.INVALID_ACCOUNT)
    if order.authorization:
        authorized = await _authorization(connection, order)
        reason = _why_not(order, authorized)
    else:
        if stored := await _movement(connection, MOVEMENTS.c.id == order.id):
            return _credit_of(stored)
        authorized, reason = await _authorize_now(connection, order, account, at)
    if reason is not Reason.NONE or authorized is None:
        return _refused(order, reason)
    by_authorization = MOVEMENTS.c.authorization_id == authorized["id"]
    if stored := await _movement(connection, by_authorization):
        return _credit_of(stored)
    if _is_too_old(authorized, order):
        return _refused(order, Reason.NOT_PREVIOUSLY_VALIDATED)
    return await _store_credit(connection, order, account, authorized, at)


async def _store_credit(
    connection: AsyncConnection,
    order: CreditOrder,
    account: Account,
    authorized: RowMapping,
    at: datetime,
) -> Credit:
    reason = STATE_REASONS[account.state]
    status: CreditStatus = "InProgress" if order.is_async else "Approved"
    if reason is not Reason.NONE:
        status = "Failed"
    row = {
        "id": order.id,
        "kind": "credit",
        "account_id": account.id,
        "authorization_id": authorized["id"],
        "minor": authorized["minor"],
        "currency": authorized["currency"],
        "status": status,
        "reason": reason.value,
        "created_at": queries.milliseconds(at),
    }
    if not await _insert_once(connection, row):
        found = await _movement(connection, MOVEMENTS.c.authorization_id == authorized["id"])
        return _credit_of(found) if found else _refused(order, Reason.INVALID_REFERENCE_ID)
    minor, currency = int(authorized["minor"]), str(authorized["currency"])
    if status == "Approved":
        await queries.post(connection, order.id, account.id, minor, currency)
    await _note(connection, f"vna.credit_{status.lower()}", row)
    return Credit(id=order.id, reason=reason, status=status)


async def settle(connection: AsyncConnection, credit_id: str, account_id: str) -> bool:
    """End a credit that is in progress: approved, or failed when the account is blocked by now."""
    account = await queries.locked_account(connection, account_id)
    found = await _movement(connection, MOVEMENTS.c.id == credit_id)
    if account is None or found is None or found["status"] != "InProgress":
        return False
    reason = STATE_REASONS[account.state]
    status = "Approved" if reason is Reason.NONE else "Failed"
    await _end(connection, credit_id, status, reason)
    if status == "Approved":
        await queries.post(connection, credit_id, account_id, found["minor"], found["currency"])
    await _note(connection, f"vna.credit_{status.lower()}", found)
    return True


async def status(
    connection: AsyncConnection, account: str, credit_id: str
) -> tuple[CreditStatus, str]:
    """Return the state of a credit and what it means in words."""
    found = await _credit(connection, account, credit_id)
    if found is None:
        return "Failed", "This account has no credit with this number."
    state: CreditStatus = found["status"]
    if await _movement(connection, MOVEMENTS.c.reverses == credit_id):
        return state, "The credit was reversed."
    reason = found["reason"]
    return state, "" if reason == Reason.NONE.value else f"The credit was refused: {reason}."


async def reverse(
    connection: AsyncConnection, reversal: str, account_id: str, credit_id: str, at: datetime
) -> Reversal:
    """Take a whole credit back. One in progress is cancelled; spent money is not taken back."""
    account = await queries.locked_account(connection, account_id)
    found = await _credit(connection, account_id, credit_id) if account else None
    if account is None or found is None:
        return Reversal(id="", words="This account has no credit with this number.")
    if before := await _movement(connection, MOVEMENTS.c.reverses == credit_id):
        return Reversal(id=before["id"], words="The credit is reversed.")
    if found["status"] == "Failed":
        return Reversal(id="", words="The credit failed, so there is nothing to reverse.")
    was_posted = found["status"] == "Approved"
    if was_posted and await queries.balance(connection, account_id) < found["minor"]:
        return Reversal(id="", words="The balance is smaller than the credit.")
    row = {
        "id": reversal,
        "kind": "reversal",
        "account_id": account_id,
        "reverses": credit_id,
        "minor": found["minor"],
        "currency": found["currency"],
        "status": "Approved",
        "reason": Reason.NONE.value,
        "created_at": queries.milliseconds(at),
    }
    await connection.execute(insert(MOVEMENTS).values(row))
    if was_posted:
        minor = -int(found["minor"])
        await queries.post(connection, reversal, account_id, minor, found["currency"])
    else:
        await _end(connection, credit_id, "Failed", Reason.NONE)
    await _note(connection, "vna.credit_reversed", row)
    return Reversal(id=reversal, words="The credit is reversed.")


async def debit(
    connection: AsyncConnection, movement: str, account_id: str, minor: int, at: datetime
) -> bool:
    """Take money out; False when the balance is too small or there is no such account."""
    account = await queries.locked_account(connection, account_id)
    if account is None or minor <= 0:
        return False
    if await _movement(connection, MOVEMENTS.c.id == movement):
        return True
    if await queries.balance(connection, account_id) < minor:
        return False
    row = {
        "id": movement,
        "kind": "debit",
        "account_id": account_id,
        "minor": minor,
        "currency": account.currency,
        "status": "Approved",
        "reason": Reason.NONE.value,
        "created_at": queries.milliseconds(at),
    }
    await connection.execute(insert(MOVEMENTS).values(row))
    await queries.post(connection, movement, account_id, -minor, account.currency)
    await _note(connection, "vna.debit", row)
    return True


async def _authorization(connection: AsyncConnection, order: CreditOrder) -> RowMapping | None:
    query = select(AUTHORIZATIONS).where(AUTHORIZATIONS.c.id == order.authorization)
    return (await connection.execute(query)).mappings().one_or_none()


async def _authorize_now(
    connection: AsyncConnection, order: CreditOrder, account: Account, at: datetime
) -> tuple[RowMapping | None, Reason]:
    """Decide about a credit without an authorisation, under the same limits."""
    used = await queries.usage(connection, account.id, order.window_start)
    reason = order.decide(account, used)
    if reason is not Reason.NONE:
        return None, reason
    own = f"{order.id}-own"
    await store_authorization(connection, own, account.id, order.sum, reason, at)
    query = select(AUTHORIZATIONS).where(AUTHORIZATIONS.c.id == own)
    return (await connection.execute(query)).mappings().one(), reason


def _why_not(order: CreditOrder, authorized: RowMapping | None) -> Reason:
    """Return what an order has against its authorisation (reference/vna.md 8)."""
    if authorized is None or authorized["account_id"] != order.account:
        return Reason.INVALID_REFERENCE_ID
    if authorized["reason"] != Reason.NONE.value:
        return Reason.NOT_PREVIOUSLY_VALIDATED
    if order.sum is None:
        return Reason.NONE
    if order.sum.currency != authorized["currency"]:
        return Reason.INVALID_CURRENCY
    if order.sum.minor != authorized["minor"]:
        return Reason.INVALID_AMOUNT
    if order.sum.rate != authorized["rate"]:
        return Reason.INVALID_EXCHANGE_RATE
    return Reason.NONE


def _is_too_old(authorized: RowMapping, order: CreditOrder) -> bool:
    oldest = order.oldest
    return oldest is not None and authorized["created_at"] < queries.milliseconds(oldest)


async def _credit(connection: AsyncConnection, account: str, credit_id: str) -> RowMapping | None:
    found = await _movement(connection, MOVEMENTS.c.id == credit_id)
    is_one = found is not None and found["kind"] == "credit" and found["account_id"] == account
    return found if is_one else None


async def _movement(connection: AsyncConnection, condition: Any) -> RowMapping | None:
    query = select(MOVEMENTS).where(condition)
    return (await connection.execute(query)).mappings().one_or_none()


async def _insert_once(connection: AsyncConnection, row: dict[str, Any]) -> bool:
    """Insert a movement; False when there is one for the same id or authorisation.

    The row count of an INSERT differs between drivers, a returned row does not (surprises 9).
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Insert = (
        dialect.insert(MOVEMENTS).values(row).on_conflict_do_nothing().returning(MOVEMENTS.c.id)
    )
    return (await connection.execute(statement)).one_or_none() is not None


async def _end(
    connection: AsyncConnection, credit_id: str, status_now: str, reason: Reason
) -> None:
    change = update(MOVEMENTS).where(MOVEMENTS.c.id == credit_id)
    await connection.execute(change.values(status=status_now, reason=reason.value))


async def _note(connection: AsyncConnection, kind: str, row: RowMapping | dict[str, Any]) -> None:
    await queries.note(
        connection,
        kind,
        row["account_id"],
        movement=row["id"],
        minor=row["minor"],
        currency=row["currency"],
    )


def _credit_of(row: RowMapping) -> Credit:
    return Credit(id=row["id"], reason=Reason(row["reason"]), status=row["status"])


def _refused(order: CreditOrder, reason: Reason) -> Credit:
    return Credit(id=order.id, reason=reason, status="Failed")
