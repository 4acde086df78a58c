"""Asking for a number, and saying thank you (`lola.conversation.stages.phone_proof`)."""

from dataclasses import replace

import pytest

from lola.conversation.stages.phone_proof import PhoneProofStage
from lola.domain.messages import SHARE_NUMBER, Address, ContactsContent, SharedContact
from lola.domain.session import Session
from lola.domain.turn import Turn
from lola.settings import Settings
from lola.text.wording import Wording
from tests.support import NOW, inbound, turn

STRANGER = Address(channel="telegram", account="42", sender="555001")
KNOWN = replace(STRANGER, phone="+525512345678")
CARD = ContactsContent(contacts=(SharedContact(name="Ana", phones=("525512345678",)),), is_own=True)


@pytest.fixture
def numbers():
    return PhoneProofStage(Wording(), Settings(), {"telegram": True, "app": False})


def asking(content="hola", address=STRANGER, phone=None, session=None):
    return turn(
        inbound(content, address=address),
        session=session or Session(address=address, started_at=NOW),
        phone=phone,
    )


async def test_a_stranger_is_asked_with_the_button(numbers):
    """They learn who asks, why, and how to prove it."""
    result = await numbers.incoming(asking())
    (message,) = result.messages
    assert [(option.id, option.title) for option in message.options] == [
        (SHARE_NUMBER, "Compartir mi número")
    ]
    assert "Remesas Sol" in message.content


async def test_without_a_button_the_sender_is_told_where_to_share_it(numbers):
    """A channel that may not show a number, and has nothing to tap for it."""
    address = Address(channel="app", account="42", sender="MX.4001")
    first = await numbers.incoming(asking(address=address))
    again = await numbers.incoming(asking(address=address, session=first.turn.session))
    texts = [result.messages[0] for result in (first, again)]
    assert [text.type for text in texts] == ["text", "text"]
    assert all("información del chat" in text.content for text in texts)
    assert texts[0] != texts[1]


async def test_the_second_time_the_text_is_another(numbers):
    """Writing a number does not prove it, and a person is offered."""
    first = await numbers.incoming(asking())
    again = await numbers.incoming(asking("+52 55 1234 5678", session=first.turn.session))
    assert again.messages[0].content != first.messages[0].content
    assert "persona" in again.messages[0].content


async def test_a_proved_number_is_thanked_once(numbers):
    """Later the same card is a card like any other, such as a recipient's."""
    result = await numbers.incoming(asking(CARD, KNOWN, KNOWN.phone))
    assert "78" in result.messages[0].content
    assert "525512345678" not in result.messages[0].content
    later = asking(CARD, KNOWN, KNOWN.phone, result.turn.session)
    assert isinstance(await numbers.incoming(later), Turn)


async def test_the_card_of_another_person_proves_nothing(numbers):
    """A sender whose number is known shares a recipient: the card goes on to the agent."""
    card = replace(CARD, is_own=False)
    assert isinstance(await numbers.incoming(asking(card, KNOWN, KNOWN.phone)), Turn)


@pytest.mark.parametrize("phone", [KNOWN.phone, "+15550100001"])
async def test_a_sender_whose_number_is_known_is_left_alone(numbers, phone):
    """Proved earlier in the session, or lent by the tester's PhoneFaker."""
    assert isinstance(await numbers.incoming(asking("hola", STRANGER, phone)), Turn)


async def test_other_channels_are_left_alone(numbers):
    """Where no button proves a number, no sender is asked for one."""
    sms = Address(channel="sms", account="+1", sender="x")
    assert isinstance(await numbers.incoming(asking("hola", sms)), Turn)
