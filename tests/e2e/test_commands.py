"""Slash commands and PhoneFaker, for testers on a development deployment."""

import re

import pytest

from tests.e2e.process import Running

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_info_tells_what_a_tester_needs_and_no_secret(lola: Running) -> None:
    """Route, identity, language and model; no number and no key."""
    sender = lola.whatsapp("+15550106001")
    told = await sender.say("/info")
    for fact in ("Ruta: onboarding", "Identidad: unknown", "Modelo: offline"):
        assert fact in told
    assert "15550106001" not in told


async def test_new_starts_afresh(lola: Running) -> None:
    """Draft and memory are deleted (reference/lola.md 10)."""
    sender = lola.whatsapp("+15550106002")
    await sender.say("quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    await sender.tap("OXXO")
    assert "empezamos de nuevo" in await sender.say("/new")
    assert "Rosa" not in await sender.say("sí, confirmo")
    assert sender.links == []


async def test_payers_lists_every_country(lola: Running) -> None:
    """A diagnostic over the corridors."""
    told = await lola.whatsapp("+15550106003").say("/payers")
    assert re.search(r"^MX: .*OXXO", told, re.MULTILINE)


async def test_an_unknown_command_names_the_known_ones(lola: Running) -> None:
    """And never reaches a model."""
    assert "/info" in await lola.whatsapp("+15550106004").say("/state")


async def test_phone_faker_makes_a_tester_somebody_else(lola: Running) -> None:
    """`/phone` sets the number that identity is looked up with; `/new` takes a random one."""
    sender = lola.whatsapp("+15550106005")
    assert "+15550100002" in await sender.say("/phone +1 555 010 0002")
    assert "Ruta: blocked" in await sender.say("/info")
    await sender.say("/new")
    assert "Ruta: onboarding" in await sender.say("/info")
    assert "No entiendo ese número" in await sender.say("/phone abc")


async def test_commands_can_be_switched_off(tmp_path) -> None:
    """With ACTIVE_COMMANDS=false every command gets the documented notice."""
    async with Running(tmp_path, ACTIVE_COMMANDS="false", DEFAULT_LANGUAGE="en") as lola:
        assert await lola.whatsapp("+15550106006").say("/info") == "Commands are disabled"
