"""`lola vault open`: shows what was taken out of a sender's message, where the bank keeps a vault.

Each opening is written to the audit trail first, with who asked and why.
"""

import asyncio
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from lola.app.seals import vault_sealer
from lola.cli.store import open_trail, operator_name
from lola.domain.messages import ConversationId, JsonObject
from lola.errors import ConfigurationError, TokenError
from lola.safety.input.redaction import redact_stored
from lola.telemetry import names

MOST_TURNS = 200
SHORTEST_REASON = 10


def open_vault(conversation: str, turn: str, reason: str) -> None:
    """Print the sealed values of one turn. Raises ConfigurationError, LolaError for no store."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ConfigurationError("--reason", f"says why, in {SHORTEST_REASON} characters or more")
    found = asyncio.run(_open(ConversationId(conversation), turn, reason.strip()))
    table = Table(title=f"Turn {turn} of {conversation}")
    table.add_column("kind")
    table.add_column("value")
    for kind, value in found:
        table.add_row(kind, value)
    Console().print(table)


async def _open(conversation: ConversationId, turn: str, reason: str) -> list[tuple[str, str]]:
    async with open_trail() as opened:
        sealer = vault_sealer(opened.settings)
        if sealer is None:
            raise ConfigurationError("VAULT_SECRET", "is not set: nothing was sealed")
        history = (await opened.store.read(conversation, limit=MOST_TURNS)).history
        sealed = _sealed_of(history, turn)
        facts = {
            "turn": turn,
            "operator": operator_name(),
            "reason": redact_stored(reason),
            "values": len(sealed),
        }
        await opened.trail.append(names.VAULT_OPENED, facts, conversation=conversation)
        return [(str(one["kind"]), _opened(sealer.open, str(one["token"]))) for one in sealed]


def _sealed_of(history: tuple[JsonObject, ...], turn: str) -> list[JsonObject]:
    return [
        value
        for record in history
        if record["turn"] == turn
        for item in record["inbound"]
        for value in item.get("sealed", ())
    ]


def _opened(open_token: Callable[[str], bytes], token: str) -> str:
    try:
        return open_token(token).decode()
    except TokenError:
        return "(sealed with a key that is no longer in VAULT_SECRET)"
