"""Kills a process between any two statements of the account book, and sums what is left.

`make test-book` runs 200 kills on SQLite and 200 on PostgreSQL; the suite runs a few. Each round is
one account: a child opens it, credits it twice with one authorisation, reverses, debits, and
credits it later, until it is killed with SIGKILL. The parent then sums the entries, repeats the
round as a platform would that got no answer, and sums again.
"""

import argparse
import asyncio
import itertools
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, func, select

from lola.partners.vna.book import AuthorizationOrder, CreditOrder, Holder, Sum
from lola.partners.vna.contract import Reason
from lola.partners.vna.sql.book import SqlAccountBook
from lola.partners.vna.sql.engine import open_engine, run
from lola.partners.vna.sql.tables import ENTRIES
from tests.contract.vna import postgres

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CREDIT = Sum(minor=10_000, currency="USD", rate="1")
LATER = Sum(minor=500, currency="USD", rate="1")
DEBIT = 2_500
KILLED = -signal.SIGKILL


@dataclass(kw_only=True)
class Report:
    """How many processes were killed, at how many different points, and what was wrong then."""

    kills: int = 0
    points: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def book_at(url: str, file: Path, at_point: Callable[[], None] | None = None) -> SqlAccountBook:
    """Return a book; `at_point` is called before each statement and each COMMIT."""
    engine = open_engine(url, file, connections=2)
    if at_point:
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *_: at_point())
        event.listen(engine.sync_engine, "commit", lambda _: at_point())
    return SqlAccountBook(engine, lambda: NOW)


async def play(book: SqlAccountBook, round_: int, attempt: int) -> tuple[str, int]:
    """Run a round; returns the account and the balance that it must have afterwards."""
    holder = Holder(person=f"person {round_}", aliases=(f"phone {round_}", f"email {round_}"))
    account = await book.open_account(holder, "USD")
    assert account is not None
    first = await credit(book, account.id, holder, f"A{round_}", CREDIT, f"C{round_}.{attempt}")
    again = await credit(book, account.id, holder, f"A{round_}", CREDIT, f"X{round_}.{attempt}")
    assert first == again
    expected = CREDIT.minor + LATER.minor
    if round_ % 2:
        reversal = await book.reverse(f"R{round_}.{attempt}", account.id, first)
        assert reversal == await book.reverse(f"S{round_}.{attempt}", account.id, first)
        expected -= CREDIT.minor
    else:
        assert await book.debit(f"D{round_}", account.id, DEBIT)
        expected -= DEBIT
    await credit(
        book, account.id, holder, f"B{round_}", LATER, f"L{round_}.{attempt}", is_async=True
    )
    await book.settle()
    return account.id, expected


async def credit(
    book: SqlAccountBook,
    account: str,
    holder: Holder,
    authorization: str,
    amount: Sum,
    number: str,
    *,
    is_async: bool = False,
) -> str:
    """Authorise and credit; returns the credit's number, the first one's if it is a repeat."""
    window = NOW - timedelta(hours=24)
    authorized = await book.authorize(
        AuthorizationOrder(
            id=authorization,
            account=account,
            receiver=holder,
            sum=amount,
            window_start=window,
            decide=lambda *_: Reason.NONE,
        )
    )
    assert authorized.reason is Reason.NONE
    done = await book.credit(
        CreditOrder(
            id=number,
            account=account,
            authorization=authorization,
            sum=None,
            is_async=is_async,
            window_start=window,
            oldest=None,
            decide=lambda *_: Reason.NONE,
        )
    )
    assert done.reason is Reason.NONE
    return done.id


def child(url: str, file: Path, round_: int, die_at: int) -> None:
    """Run a round in this process until it is killed."""
    count = itertools.count(1)

    def at_point() -> None:
        if next(count) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    async def work() -> None:
        book = book_at(url, file, at_point)
        await play(book, round_, 1)
        at_point()
        await book.close()

    asyncio.run(work())


def count_points(url: str, file: Path, round_: int) -> int:
    """Return at how many points of a round a process can be killed."""
    count = itertools.count()

    async def work() -> None:
        book = book_at(url, file, lambda: next(count))
        await play(book, round_, 1)
        await book.close()

    asyncio.run(work())
    return next(count) + 1


async def create(url: str, file: Path) -> None:
    """Create the tables."""
    book = book_at(url, file)
    await book.open()
    await book.close()


async def verify(url: str, file: Path, round_: int) -> list[str]:
    """Sum the entries, repeat the round, and sum again; returns what is wrong."""
    book = book_at(url, file)
    try:
        found = list(await book.faults())
        account, expected = await play(book, round_, 2)
        found += await book.faults()
        balance = await book.balance(account)
        if balance != expected:
            found.append(f"round {round_}: the balance is {balance} instead of {expected}")
        if total := await everything(book):
            found.append(f"round {round_}: all entries sum to {total}")
        return found
    finally:
        await book.close()


async def everything(book: SqlAccountBook) -> int:
    """Return the sum of every entry."""

    async def work(connection) -> int:
        total = select(func.coalesce(func.sum(ENTRIES.c.minor), 0))
        return int((await connection.execute(total)).scalar_one())

    return await run(book._engine, work)


def kill_often(url: str, file: Path, kills: int) -> Report:
    """Kill so many processes, spread over all points of a round."""
    report = Report()
    asyncio.run(create(url, file))
    # Rounds with an even number differ from the others.
    points = [count_points(url, file, 10**6 + parity) for parity in (0, 1)]
    for round_ in range(kills):
        # With few kills the points are still spread over the whole round.
        die_at = round_ * 11 % points[round_ % 2] + 1
        process = os.fork()
        if process == 0:
            try:
                child(url, file, round_, die_at)
            finally:
                os._exit(0)
        _, status = os.waitpid(process, 0)
        if os.waitstatus_to_exitcode(status) == KILLED:
            report.kills += 1
            report.points.add(die_at)
        report.faults += asyncio.run(verify(url, file, round_))
    return report


def main() -> None:
    """Run the kills on a fresh database and print the report; exits with 1 after a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--url", default="", help="a PostgreSQL address; default: one of each")
    parser.add_argument("--only", choices=("sqlite", "postgresql", "url"), default="")
    given = parser.parse_args()
    is_right = True
    with tempfile.TemporaryDirectory(prefix="lola-kills-") as folder:
        file = Path(folder) / "vna.db"
        if given.only in {"", "sqlite"}:
            is_right &= _print("sqlite", kill_often("", file, given.kills), given.kills)
        if given.only == "url":
            is_right &= _print("url", kill_often(given.url, file, given.kills), given.kills)
        if given.only in {"", "postgresql"}:
            programs = postgres.binaries()
            assert programs, "PostgreSQL is not installed"
            with postgres.server(programs) as url:
                is_right &= _print("postgresql", kill_often(url, file, given.kills), given.kills)
    sys.exit(0 if is_right else 1)


def _print(name: str, report: Report, wanted: int) -> bool:
    print(f"{name}: {report.kills} kills at {len(report.points)} points")  # noqa: T201
    for fault in report.faults:
        print(f"  {fault}")  # noqa: T201
    return not report.faults and report.kills == wanted


if __name__ == "__main__":
    main()
