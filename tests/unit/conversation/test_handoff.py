"""Calling a person for what the conversation itself cannot handle (`lola.conversation.handoff`)."""

import pytest

from lola.conversation.handoff import Handoff
from lola.text.wording import Wording
from tests.support import HUMAN, WAITING, turn

HANDOFF = Handoff(Wording())


def test_a_message_that_cannot_be_handled_calls_a_person() -> None:
    """Poison ends in an apology and the queue, never in silence (docs/delivery.md)."""
    result = HANDOFF.broken(turn("hola"), "LOLA-500")
    assert result.messages
    assert result.escalate is not None
    assert (result.escalate.owner, result.escalate.reason) == ("waiting", "LOLA-500")


@pytest.mark.parametrize("ownership", [WAITING, HUMAN])
def test_a_person_who_was_called_already_is_not_called_again(ownership) -> None:
    """The apology still goes out; the queue stays as it is."""
    result = HANDOFF.broken(turn("hola", ownership=ownership), "LOLA-500")
    assert result.messages
    assert result.escalate is None
