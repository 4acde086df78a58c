"""A selection of simulated senders on the running service; `make personas` plays all of them."""

from pathlib import Path

import pytest

from lola.testing.harness import Harness
from lola.testing.personas.persona import load_personas
from lola.testing.personas.playing import play

pytestmark = [pytest.mark.e2e]

DATA = Path(__file__).parents[1] / "data" / "personas"
CHOSEN = {
    "own": ("m02", "m03", "m05", "m10"),
    "first": ("a03", "a11", "a15", "a17", "a37", "a39"),
}


@pytest.mark.timeout(300)
async def test_chosen_senders_reach_their_goal(lola_harness: Harness) -> None:
    """Corrections, slips, names and places of all kinds; nothing wrong is said."""
    personas = [
        persona
        for name, ids in CHOSEN.items()
        for persona in load_personas(DATA / f"{name}.jsonl")
        if persona.id in ids
    ]
    played = [await play(lola_harness, persona) for persona in personas]
    assert [one.persona.id for one in played if not one.reached] == []
    assert [one.wrong + one.unconfirmed + one.unlike for one in played] == [[] for _ in played]
