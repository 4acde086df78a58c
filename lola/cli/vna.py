"""`lola vna …`: the account book of the VNA server, and the platform that calls it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

import typer

from lola.app.local_secrets import with_local_secrets
from lola.app.vna import open_book
from lola.domain.clock import system_clock
from lola.errors import StaffActionError
from lola.partners.currency import minor_unit
from lola.partners.vna.book import AccountBook, AccountState
from lola.partners.vna.openapi import document
from lola.settings import load_settings, secrets_in

Result = TypeVar("Result")

vna = typer.Typer(no_args_is_help=True, help="The VNA partner server's account book.")

Number = Annotated[str, typer.Argument(help="The account's number.")]


@vna.command("openapi")
def print_document() -> None:
    """Print the OpenAPI document of the server."""
    typer.echo(json.dumps(document(load_settings().vna_path), indent=2, ensure_ascii=False))


@vna.command("check")
def check_book() -> None:
    """Prove the book by its entries; exits with 1 when something contradicts itself."""

    async def check(book: AccountBook) -> tuple[str, ...]:
        return tuple(await book.faults())

    found = _with_book(check)
    for fault in found:
        typer.echo(fault)
    if found:
        raise typer.Exit(1)
    typer.echo("the book is right")


@vna.command("show")
def show_account(number: Number) -> None:
    """Print an account, its balance and its newest movements."""

    async def show(book: AccountBook) -> None:
        account = await book.account(number)
        if account is None:
            raise _unknown(number)
        unit = minor_unit(account.currency)
        balance = await book.balance(number) * unit
        typer.echo(f"{number}  {account.state}  {balance} {account.currency}")
        for item in await book.movements(number):
            typer.echo(f"{item.at:%Y-%m-%d %H:%M}  {item.kind:<8}  {item.minor * unit}  {item.id}")

    _with_book(show)


@vna.command("state")
def change_state(number: Number, state: AccountState) -> None:
    """Block, close or open an account; the audit trail gets a record."""

    async def change(book: AccountBook) -> bool:
        return await book.set_state(number, state)

    if not _with_book(change):
        raise _unknown(number)
    typer.echo(f"{number} is {state.replace('_', ' ')}")


@vna.command("try")
def try_server(
    url: Annotated[str, typer.Argument(help="The base address, such as …/vna.")],
    amount: Annotated[str, typer.Option(help="Cents make trouble: docs/vna.md.")] = "100",
    sender: Annotated[int, typer.Option(min=0, max=2)] = 0,
    receiver: Annotated[int, typer.Option(min=0, max=1)] = 0,
    mode: Annotated[
        Literal["Dynamic", "OnDemand"], typer.Option(help="How accounts are created.")
    ] = "Dynamic",
    credit: Annotated[
        Literal["Sync", "Async"], typer.Option(help="When a credit is final.")
    ] = "Sync",
) -> None:
    """Play the platform: one remittance, with VNA_SECRET, and what came of it."""
    from lola.sandbox.vna.people import RECEIVERS, SENDERS, UNDERAGE
    from lola.sandbox.vna.platform import PlatformSettings, Remittance, remit_once

    secret = secrets_in(load_settings().vna_secret)
    result = asyncio.run(
        remit_once(
            url,
            {"Authorization": f"Bearer {secret[0] if secret else ''}"},
            PlatformSettings(
                account_creation=mode,
                credit_response_type=credit,
                credit_status_query_repetitions_in_minutes=0.1,
            ),
            Remittance(
                sender=(*SENDERS, UNDERAGE)[sender],
                receiver=RECEIVERS[receiver],
                amount=Decimal(amount),
            ),
        )
    )
    typer.echo(" → ".join(result.calls))
    typer.echo(f"{result.outcome} {result.words}".rstrip())
    for words in filter(None, (result.display_name, result.credit, result.url)):
        typer.echo(words)


def _with_book(work: Callable[[AccountBook], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        book = await open_book(with_local_secrets(load_settings()), system_clock)
        try:
            return await work(book)
        finally:
            await book.close()

    return asyncio.run(run())


def _unknown(number: str) -> StaffActionError:
    return StaffActionError("unknown_account", f"there is no account {number}")
