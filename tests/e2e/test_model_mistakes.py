"""Typical mistakes of a model over both vendors' wires; `make test-mistakes` plays them all."""

from collections.abc import Sequence

import pytest

from tests.mistakes.broken import BROKEN
from tests.mistakes.mistakes import MISTAKES
from tests.mistakes.play import Conversation, play, transfers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SPANISH = "Más dinero de último momento"
ENGLISH = "Make it 180"
NAMES = tuple(MISTAKES)


def broken_rules(played: Sequence[Conversation]) -> list[tuple[str, str, str]]:
    return [(one.mistake, found.rule, found.what) for one in played for found in one.violations]


@pytest.mark.parametrize(("wire", "first"), [("gemini", 0), ("openai", 1)])
async def test_money_invariants_hold_whatever_mistake_a_model_makes(wire: str, first: int) -> None:
    """Every second mistake on this wire and the others on the other one, each made once."""
    scenarios = transfers(SPANISH if wire == "gemini" else ENGLISH)
    played = await play(wire, NAMES[first::2], scenarios, times=1)
    assert broken_rules(played) == []
    assert [one.mistake for one in played if not one.made] == []
    assert sum(one.reached for one in played) >= len(played) / 2


@pytest.mark.parametrize("name", list(BROKEN))
async def test_a_service_without_one_of_its_guards_breaks_an_invariant(name: str) -> None:
    """The checks find what they are for."""
    design = BROKEN[name]
    played = await play(
        "openai", [design.mistake], transfers(ENGLISH), times=2, broken=design.apply
    )
    assert {rule for _, rule, _ in broken_rules(played)} >= design.rules
