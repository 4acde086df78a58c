"""Taps on older summaries (`lola.conversation.stages.stale_tap`)."""

import pytest

from lola.conversation.stages.stale_tap import StaleTapStage
from lola.domain.turn import Answer
from lola.money.confirmation import options_for
from lola.text.wording import Wording
from tests.support import draft, tap, turn

STALE = StaleTapStage(Wording())
CONFIRM, MODIFY, _ = (option.id for option in options_for(draft(), Wording(), "es"))


@pytest.mark.parametrize(
    "about",
    [
        turn(tap(CONFIRM), allowed_actions=frozenset({"person"})),
        turn(tap(CONFIRM), tap(MODIFY)),
        turn("sí", tap("draft:confirm:dr_1")),
    ],
)
async def test_a_tap_that_decided_nothing_is_said_to_be_old(about) -> None:
    """A sender who may not transfer now, a burst that contradicts itself, a broken id."""
    result = await STALE.incoming(about)
    assert isinstance(result, Answer)
    assert result.route == "money"
    assert result.messages


@pytest.mark.parametrize("option_id", [CONFIRM, MODIFY])
async def test_a_tap_that_was_carried_out_goes_on_to_the_agent(option_id) -> None:
    """MoneyDecision left the words to it."""
    about = turn(tap(option_id))
    about = about.evolve(session=about.session.evolve(draft=draft()))
    assert await STALE.incoming(about) is about


@pytest.mark.parametrize("message", ["hola", tap("payer:oxxo", "OXXO")])
async def test_other_messages_pass(message) -> None:
    """Only buttons of a summary are meant."""
    about = turn(message)
    assert await STALE.incoming(about) is about
