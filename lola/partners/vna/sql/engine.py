"""Opens the database, and runs a unit of work as often as it takes.

Errors are told apart by their SQLSTATE, and each attempt is a transaction of its own that is rolled
back as a whole (reference/surprises.md 9).
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from lola.errors import BookUnavailableError
from lola.partners.vna.sql.tables import METADATA

Result = TypeVar("Result")

ATTEMPTS: Final = 8
_BUSY_SECONDS: Final = 20
_STATEMENT_SECONDS: Final = 10
_POOL_SECONDS: Final = 10
_SCHEMA_LOCK: Final = 0x6C6F6C61
_WITHOUT_CONNECTION = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
"""What comes from a connection that cannot be opened: drivers raise it without SQLAlchemy."""
_AGAIN = frozenset({"23505", "40001", "40P01", "55P03"})
"""A row that another transaction stored first, a conflict, a deadlock, a lock that took too long:
a new attempt sees what the other one stored."""


def open_engine(url: str, file: Path, *, connections: int = 10) -> AsyncEngine:
    """Return an engine for a PostgreSQL address, or for the SQLite file when there is none."""
    if url:
        return _postgresql(make_url(url), connections)
    return _sqlite(file)


def _postgresql(url: URL, connections: int) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        # A server's default may be another one, above which equal credits fail with 40001.
        isolation_level="READ COMMITTED",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"timeout": _POOL_SECONDS, "command_timeout": _STATEMENT_SECONDS},
    )


def _sqlite(file: Path) -> AsyncEngine:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(file)),
        hide_parameters=True,
        connect_args={"timeout": _BUSY_SECONDS},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        # The driver begins no transaction by itself; `begin` below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A read that is followed by a write would lose the write of another in between.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def create_tables(engine: AsyncEngine) -> None:
    """Create what is missing; processes that start at once wait for each other."""

    async def create(connection: AsyncConnection) -> None:
        if connection.dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:key)").bindparams(key=_SCHEMA_LOCK)
            await connection.execute(lock)
        await connection.run_sync(METADATA.create_all)

    await run(engine, create)


async def run(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
    """Run `work` in a transaction, again after a conflict. Raises BookUnavailableError.

    `work` must find what an earlier attempt stored, because a COMMIT can be lost after it counted.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with engine.begin() as connection:
                return await work(connection)
        except DBAPIError as error:
            if attempt == ATTEMPTS or not _is_passing(error):
                raise BookUnavailableError(_code(error)) from None
        except _WITHOUT_CONNECTION as error:
            if attempt == ATTEMPTS:
                raise BookUnavailableError(type(error).__name__) from None
        await asyncio.sleep(0.005 * attempt**2)
    raise AssertionError("the last attempt returns or raises")


def _code(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or type(error.orig).__name__)


def _is_passing(error: DBAPIError) -> bool:
    """Return whether another attempt may succeed."""
    cause = error.orig.__cause__ if error.orig is not None else None
    for one in (error.orig, cause):
        if isinstance(one, sqlite3.Error):
            code = getattr(one, "sqlite_errorcode", 0) & 0xFF
            return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT}
    code = _code(error)
    lost = error.connection_invalidated or isinstance(error, InterfaceError)
    return code in _AGAIN or lost or code[:2] in {"08", "57"}
