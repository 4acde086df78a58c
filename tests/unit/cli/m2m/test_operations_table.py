"""The table of docs/m2m.md that says where each of the partner's operations is used is true."""

import inspect
import re

import pytest

from lola.console.partner_api import ROUTES as CONSOLE
from lola.console.roles import LEAST, NEEDS
from lola.partners.m2m import ROUTES
from lola.partners.m2m.api import M2MApi
from tests.unit.cli.m2m.commands import COMMANDS, words_of
from tests.unit.cli.m2m.documented import ROOT, TABLE, rows_below

METHODS = {
    name: {one for one in ROUTES if f'"{one}"' in inspect.getsource(method)}
    for name, method in inspect.getmembers(M2MApi, inspect.isfunction)
    if not name.startswith("_")
}
"""Public method of the client → the operations that it asks for."""


def test_every_method_of_the_client_has_a_row():
    """All 22 operations, each reached by a method and used somewhere."""
    assert all(METHODS.values())
    assert set().union(*METHODS.values()) == set(ROUTES) == set(TABLE)
    assert len(TABLE) == 22
    unused = [
        row for row in TABLE.values() if {row.conversation, row.command, row.console} == {"-"}
    ]
    assert unused == []


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.operation)
def test_the_module_of_the_conversation_asks_it(row):
    """The named module calls the method."""
    if row.conversation == "-":
        assert row.command != "-"
        return
    assert f".{row.operation}(" in (ROOT / row.conversation).read_text()


@pytest.mark.parametrize(
    "row", [row for row in TABLE.values() if row.command != "-"], ids=lambda row: row.operation
)
def test_the_command_asks_the_partner_for_it(lola, partner, ids, row):
    """Seen by the partner itself, and by no other operation than the command needs."""
    assert row.command in COMMANDS
    assert lola(*words_of(row.command, ids)).exit_code == 0
    assert partner.recorder.asked[-1] == row.operation


def test_the_consoles_table_is_the_one_that_decides():
    """Name, request and role of every route, as the code has them."""
    documented = {(name, request, role) for name, request, role, _ in rows_below("## The console")}
    coded = set()
    for route in CONSOLE:
        path = re.sub(r"^conversations/\{[^/]+\}", "SENDER", route.path)
        path = re.sub(r"\{id[^/]*\}", "ID", path)
        query = "?link=&status=" if route.name == "deliveries" else ""
        coded.add(
            (route.name, f"{route.method} {path}{query}", LEAST[NEEDS[f"api_m2m_{route.name}"]])
        )
    assert documented == coded
    named = {row.console for row in TABLE.values()} - {"-"}
    assert named == {route.name for route in CONSOLE}
