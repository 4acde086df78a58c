"""The sender's decision about what waits for their yes (`lola.conversation.stages.decision`)."""

import pytest

from lola.conversation.stages.decision import DecisionStage
from lola.domain.turn import Answer, Turn
from lola.money.approvals import options_for
from lola.text.wording import Wording
from tests.support import draft, tap, turn

CONFIRM, MODIFY, CANCEL = (option.id for option in options_for(draft().approval, Wording(), "es"))


def deciding(option_id: str, **changes) -> Turn:
    about = turn(tap(option_id), **changes)
    return about.evolve(session=about.session.evolve(draft=draft()))


@pytest.fixture
def stage(money) -> DecisionStage:
    return DecisionStage(money)


async def test_a_confirmation_is_in_the_session_before_an_agent_runs(stage) -> None:
    """The agent goes on from there; nothing is said yet."""
    result = await stage.incoming(deciding(CONFIRM))
    assert isinstance(result, Turn)
    assert result.session.draft.is_confirmed()


async def test_a_change_is_left_to_the_agent(stage) -> None:
    """The draft stays as it was, and unconfirmed."""
    result = await stage.incoming(deciding(MODIFY))
    assert isinstance(result, Turn)
    assert result.session.draft == draft()


async def test_a_cancellation_is_carried_out_and_said_by_code(stage) -> None:
    """No model is asked whether to cancel."""
    result = await stage.incoming(deciding(CANCEL))
    assert isinstance(result, Answer)
    assert (result.route, result.turn.session.draft) == ("money", None)


async def test_a_sender_who_may_not_transfer_confirms_nothing(stage) -> None:
    """Blocked meanwhile, or identity is not known now: the draft stays unconfirmed."""
    about = deciding(CONFIRM, allowed_actions=frozenset({"person"}))
    assert await stage.incoming(about) is about


async def test_other_messages_pass(stage) -> None:
    """What decides nothing is not touched."""
    about = turn("¿cuánto cuesta?")
    assert await stage.incoming(about) is about
