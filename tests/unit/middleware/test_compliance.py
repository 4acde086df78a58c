"""Compliance: what each identity may do in a turn."""

import pytest

from lola.domain.identity import UNAVAILABLE, UNKNOWN
from middleware.compliance import ComplianceMiddleware, actions_for
from tests.support import identified, turn

LINKS = ("verify", "add_card")
MONEY = ("quote", "transfer", "saved_data")


@pytest.mark.parametrize(
    ("identity", "may", "may_not"),
    [
        (UNAVAILABLE, set(), {"quote", "transfer", "status", "person", "saved_data"}),
        (UNKNOWN, {"quote", "transfer", "person", "register"}, {"saved_data", "status", *LINKS}),
        (identified(is_blocked=True), {"status", "person"}, {*MONEY, "register", *LINKS}),
        (identified(verdict="pending"), {"status", "person", "verify"}, {*MONEY, "add_card"}),
        (identified(verdict="new word"), {"status", "person"}, {"quote", "transfer"}),
        (identified(), {*MONEY, "status", "person", "add_card"}, {"register", "verify"}),
    ],
)
def test_the_table_of_actions(identity, may: set[str], may_not: set[str]) -> None:
    """Only a passed verdict without a block opens saved data; blocked senders see their status."""
    actions = actions_for(identity)
    assert may <= actions
    assert not may_not & actions


async def test_the_stage_puts_them_into_the_turn() -> None:
    """Whatever stood there before is replaced."""
    before = turn(identity=UNAVAILABLE, allowed_actions=frozenset({"transfer"}))
    assert (await ComplianceMiddleware().incoming(before)).allowed_actions == frozenset()
