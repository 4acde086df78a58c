"""`lola consent …`: shows whether a sender may be written to, as the outbox decides it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from lola.app import load
from lola.cli.privacy import number_of
from lola.cli.store import open_store
from lola.consent import Consent, ConsentStore
from lola.consent.store import Change
from lola.domain.clock import system_clock
from lola.domain.messages import Address
from lola.state.keys import Keys
from lola.state.persons import Persons
from lola.text import phone_numbers

T = TypeVar("T")


def show_consent(phone: str, channel: str) -> None:
    """Print the consent of a number on each channel."""
    found: dict[str, Consent] = asyncio.run(_of_each(phone, channel, ConsentStore.get))
    table = Table(title=f"Consent of {phone_numbers.mask(phone)}")
    for column in ("channel", "may be written to", "since", "how"):
        table.add_column(column)
    for name, consent in found.items():
        since = f"{consent.since:%Y-%m-%d %H:%M:%S} UTC" if consent.since else ""
        table.add_row(name, "yes" if consent.state == "in" else "NO", since, consent.how)
    Console().print(table)


def show_changes(phone: str, channel: str) -> None:
    """Print the log of a number on each channel, oldest first."""
    found: dict[str, tuple[Change, ...]] = asyncio.run(
        _of_each(phone, channel, ConsentStore.changes)
    )
    table = Table(title=f"Changes of consent of {phone_numbers.mask(phone)}")
    for column in ("channel", "at", "opted", "how", "conversation"):
        table.add_column(column)
    for name, changes in found.items():
        for change in changes:
            at = f"{change.at:%Y-%m-%d %H:%M:%S} UTC"
            table.add_row(name, at, change.state, change.how, change.conversation)
    Console().print(table)


async def _of_each(
    phone: str, channel: str, look: Callable[[ConsentStore, Address], Awaitable[T]]
) -> dict[str, T]:
    number = number_of(phone)
    async with open_store() as (settings, connections):
        names = (channel,) if channel else [load("CHANNELS", n).name for n in settings.channels]
        keys = Keys(settings.project_name)
        store = ConsentStore(connections, keys, system_clock)
        persons = Persons(connections, keys, system_clock)
        return {
            name: await look(store, await persons.known(_address(name, number))) for name in names
        }


def _address(channel: str, number: str) -> Address:
    """Return the address of a number or user id on a channel; the account does not matter."""
    if number.startswith("+"):
        return Address(channel=channel, account="", sender=number, phone=number)
    return Address(channel=channel, account="", sender=number, user_id=number)
