"""`lola privacy …`: exports and erases what is stored about one sender."""

import asyncio
import json
import re
from pathlib import Path

import typer

from lola.app.privacy.erase import Eraser, Erasure
from lola.app.privacy.export import export_person
from lola.cli.store import open_trail, operator_name, write_private
from lola.domain.clock import system_clock
from lola.domain.messages import ConversationId, JsonObject
from lola.errors import ConfigurationError
from lola.telemetry import names
from lola.text import phone_numbers

_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,160}")


def number_of(phone: str) -> str:
    """Return the canonical form of a number, or WhatsApp's id of a sender who shows none, as it is.

    Raises ConfigurationError when it is neither.
    """
    number = phone_numbers.canonical(phone)
    if number is not None:
        return number
    if _USER_ID.fullmatch(phone):
        return phone
    raise ConfigurationError("--phone", "is not a telephone number, nor a user id like MX.4001…")


def export_data(out: Path, *, phone: str, conversation: str) -> None:
    """Write everything about a sender to a new file that only its owner can read."""
    if bool(phone) == bool(conversation):
        raise ConfigurationError("--phone", "or --conversation is required, and not both")
    if out.exists():
        raise ConfigurationError("--out", f"{out} exists")
    data = asyncio.run(_export(number_of(phone) if phone else "", conversation))
    write_private(out, json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    values = sum(len(kind["values"]) for kind in data["stored"])
    typer.echo(f"{out}: {values} values, {len(data['audit'])} audit records")


def erase_data(phone: str, *, force: str) -> None:
    """Erase a sender and print the report as JSON."""
    report = asyncio.run(_erase(number_of(phone), force))
    typer.echo(json.dumps(report.to_json(), indent=2))


async def _export(phone: str, conversation: str) -> JsonObject:
    async with open_trail() as opened:
        facts = {"operator": operator_name()}
        if phone:
            facts["person"] = opened.trail.lines.person(phone)
        about = ConversationId(conversation) if conversation else None
        await opened.trail.append(names.PRIVACY_EXPORTED, facts, conversation=about)
        return await export_person(
            opened.connections,
            opened.keys,
            opened.trail,
            now=system_clock(),
            phone=phone,
            conversation=conversation,
        )


async def _erase(phone: str, force: str) -> Erasure:
    async with open_trail() as opened:
        eraser = Eraser(opened.connections, opened.keys, opened.store, opened.trail)
        return await eraser.erase(phone, operator=operator_name(), force=force)
