"""Asking for a number, and saying thank you (`lola.conversation.phone_proof`)."""

from dataclasses import replace

import pytest

from lola.conversation.phone_proof import PhoneProof
from lola.domain.messages import SHARE_NUMBER, Address, ContactsContent, SharedContact
from lola.domain.session import Session
from lola.settings import Settings
from lola.text.wording import Wording
from tests.support import NOW, inbound, turn

STRANGER = Address(channel="telegram", account="42", sender="555001")
KNOWN = replace(STRANGER, phone="+525512345678")
CARD = ContactsContent(contacts=(SharedContact(name="Ana", phones=("525512345678",)),))


@pytest.fixture
def numbers():
    return PhoneProof(Wording(), Settings(), {"telegram"})


def asking(content="hola", address=STRANGER, phone=None, session=None):
    return turn(
        inbound(content, address=address),
        session=session or Session(address=address, started_at=NOW),
        phone=phone,
    )


def test_a_stranger_is_asked_with_the_button(numbers):
    """Whatever they write first, they learn who asks, why, and how to answer."""
    outcome = numbers.handle(asking())
    (message,) = outcome.messages
    assert [(option.id, option.title) for option in message.options] == [
        (SHARE_NUMBER, "Compartir mi número")
    ]
    assert "Remesas Sol" in message.content


def test_the_second_time_the_words_are_others(numbers):
    """Writing a number does not prove it, and a person is offered."""
    first = numbers.handle(asking())
    again = numbers.handle(asking("+52 55 1234 5678", session=first.turn.session))
    assert again.messages[0].content != first.messages[0].content
    assert "persona" in again.messages[0].content


def test_a_proved_number_is_thanked_once(numbers):
    """Later the same card is a card like any other, such as a recipient's."""
    outcome = numbers.handle(asking(CARD, KNOWN, KNOWN.phone))
    assert "78" in outcome.messages[0].content
    assert "525512345678" not in outcome.messages[0].content
    later = asking(CARD, KNOWN, KNOWN.phone, outcome.turn.session)
    assert numbers.handle(later) is None


@pytest.mark.parametrize("phone", [KNOWN.phone, "+15550100001"])
def test_whose_number_is_known_is_left_alone(numbers, phone):
    """Proved earlier in the session, or lent by the tester's PhoneFaker."""
    assert numbers.handle(asking("hola", STRANGER, phone)) is None


def test_other_channels_are_left_alone(numbers):
    """Where no button proves a number, nobody is asked for one."""
    sms = Address(channel="sms", account="+1", sender="x")
    assert numbers.handle(asking("hola", sms)) is None
