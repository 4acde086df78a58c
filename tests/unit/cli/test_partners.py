"""What operators are told about the partners: the calls of a key, and the table of the tests."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lola.cli.doctor import raas_calls
from lola.cli.main import app
from lola.partners.payhub.scopes import ROUTE_SCOPES, scopes_in
from lola.sandbox.payhub.keys import make_key

ROOT = Path(__file__).parents[3]


def test_the_calls_of_a_key_are_said() -> None:
    """A full key may make all, a basic one lacks some, and of a silent one nothing is known."""
    everything = len(ROUTE_SCOPES)
    full = raas_calls(frozenset({"partner_full"}))
    assert full == f"partner_full: {everything} of {everything} calls"
    basic = raas_calls(scopes_in(make_key("home", ["partner"])))
    assert "corridors" in basic.partition(", not ")[2]
    assert "request_money" not in basic.partition(", not ")[2]
    assert raas_calls(scopes_in("an opaque key")).endswith("RAAS_PROFILE may")


@pytest.mark.parametrize("key", ["", "a.b", "a.!!!.c", "a.bnVsbA.c", "a.eyJzY29wZXMiOjd9.c"])
def test_a_key_that_is_no_token_says_nothing(key: str) -> None:
    """Whatever a tenant's key looks like, reading it never fails."""
    assert scopes_in(key) is None


def test_the_table_of_the_checklists() -> None:
    """It lists every system and what has no test, and fails outside of a checkout."""
    shown = CliRunner().invoke(app, ["partners", "coverage", "--folder", str(ROOT)])
    assert shown.exit_code == 0
    assert "RaaS Partner API" in shown.output
    assert "M2M Partner API" in shown.output
    outside = CliRunner().invoke(app, ["partners", "coverage", "--folder", "/nowhere"])
    assert outside.exit_code != 0
