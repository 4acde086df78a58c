"""`lola staff …`."""

import asyncio
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.table import Table

from lola.cli.store import open_trail, operator_name
from lola.console.staff import StaffAccount, StaffDirectory
from lola.domain.clock import system_clock
from lola.telemetry import names


def add_staff(name: str, password: str, role: str) -> None:
    """Add an account or enable it again."""
    asyncio.run(
        _change_staff(names.STAFF_ADDED, name, lambda it: it.add(name, password, role), create=True)
    )
    Console().print(f"{name} may sign in as {role}")


def list_staff() -> None:
    """Print all accounts."""
    accounts = asyncio.run(_list_staff())
    table = Table(title="Console staff")
    for column in ("name", "role", "active"):
        table.add_column(column)
    for account in accounts:
        table.add_row(account.name, account.role, "no" if account.disabled else "yes")
    Console().print(table)


def disable_staff(name: str) -> None:
    """Disable an account."""
    asyncio.run(_change_staff(names.STAFF_DISABLED, name, lambda it: it.disable(name)))
    Console().print(f"{name} may no longer sign in")


async def _list_staff() -> tuple[StaffAccount, ...]:
    async with open_trail() as opened:
        return await StaffDirectory(opened.store, system_clock).list()


async def _change_staff(
    kind: str,
    name: str,
    change: Callable[[StaffDirectory], Awaitable[object]],
    *,
    create: bool = False,
) -> None:
    """Change an account, and record who did it. The first one may come before the service."""
    async with open_trail(create=create) as opened:
        await change(StaffDirectory(opened.store, system_clock))
        facts = {"operator": operator_name(), "staff": name.strip().lower()}
        await opened.trail.append(kind, facts)
