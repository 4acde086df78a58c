"""Parts of a card number, sealed values and their opening, through a running service."""

import pytest

from lola.domain.clock import system_clock
from lola.domain.messages import Address
from lola.state.audit import AuditLines, AuditTrail
from lola.state.connection import connect
from lola.state.embedded import EmbeddedValkey
from lola.state.keys import Keys
from tests.e2e.planted import store_dump
from tests.e2e.process import PHONE_NUMBER_ID, Running

pytestmark = [pytest.mark.e2e]
NUMBER, CURP = "+15550104902", "HEGG560427MVZRRL04"
FIRST, SECOND = "4012 8888", "8888 1881"
VAULT = {"VAULT_SECRET": "v" * 40}
REASON = "dispute 4711 of the sender"


async def test_parts_are_removed_and_the_vault_is_opened_with_a_reason(tmp_path) -> None:
    """Two halves in two turns leave no half in the store; `lola vault open` shows what the vault
    has, and the audit trail says who opened it and why.
    """
    conversation = Address(
        channel="whatsapp", account=PHONE_NUMBER_ID, sender=NUMBER.lstrip("+")
    ).conversation
    async with Running(tmp_path, **VAULT) as lola:
        sender = lola.whatsapp(NUMBER)
        await sender.say(f"anota {FIRST}")
        assert "borré los datos de tarjeta" in await sender.say(SECOND)
        assert "número de identificación" in await sender.say(f"mi CURP es {CURP}")
        arguments = ("vault", "open", "--conversation", conversation, "--turn", "3")
        assert CURP in await lola.command(*arguments, "--reason", REASON, **VAULT)

        server = EmbeddedValkey(tmp_path / "data")
        connections = connect(await server.start())
        stored = await store_dump(connections.commands)
        newest = await AuditTrail(connections, Keys("lola"), system_clock, AuditLines("")).newest()
        await connections.close()
        await server.stop()
    (opened,) = (record.body for record in newest if record.kind == "vault.opened")
    assert (opened["reason"], opened["values"]) == (REASON, 1)
    assert "[card part ••••]" in stored
    for value in (FIRST, SECOND, CURP):
        assert value not in stored
        assert value not in lola.logs()
