"""`lola knowledge …` and `lola staff …`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from lola.app import load
from lola.cli.store import open_trail, operator_name
from lola.console.staff import StaffAccount, StaffDirectory
from lola.domain.clock import system_clock
from lola.settings import Settings, load_settings
from lola.telemetry import names
from lola.telemetry.logs import configure


def build_knowledge() -> None:
    """Build the index with a progress bar and print what is in it."""
    settings = load_settings()
    configure()
    with Progress() as bar:
        task = bar.add_task("documents", total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        report = asyncio.run(_knowledge_commands(settings).build_index(settings, advance))
    table = Table(title="Knowledge base")
    for column in ("documents", "passages", "languages", "folder"):
        table.add_column(column)
    table.add_row(
        str(report.documents), str(report.passages), ", ".join(report.languages), str(report.folder)
    )
    Console().print(table)


def ask_knowledge(question: str, language: str) -> None:
    """Print the passages for a question, or that there are none."""
    settings = load_settings()
    configure()
    passages = asyncio.run(_knowledge_commands(settings).ask(settings, question, language))
    if not passages:
        Console().print("not sure: no approved passage answers this question")
        return
    table = Table(show_lines=True)
    for column in ("id", "score", "heading", "text"):
        table.add_column(column)
    for passage in passages:
        table.add_row(passage.id, f"{passage.score:.2f}", passage.heading, passage.text)
    Console().print(table)


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


def _knowledge_commands(settings: Settings) -> Any:
    return load("RETRIEVER", f"{settings.retriever.partition('.')[0]}.commands")


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
