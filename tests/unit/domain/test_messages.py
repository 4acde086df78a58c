"""The values that come in and go out: documented limits hold by construction, JSON is lossless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.domain.messages import (
    Address,
    ButtonsMessage,
    ContactsContent,
    EventContent,
    LinkMessage,
    LinkTarget,
    LocationContent,
    MediaContent,
    Option,
    SelectMessage,
    SharedContact,
    TextMessage,
    inbound_from_json,
    inbound_to_json,
    outbound_from_json,
    outbound_to_json,
)
from lola.errors import MessageLimitError
from tests.support import inbound, tap


def options(count: int) -> tuple[Option, ...]:
    return tuple(Option(id=str(number), title=f"option {number}") for number in range(count))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: TextMessage(content="x" * 1025), id="content over 1024"),
        pytest.param(lambda: TextMessage(content="  "), id="empty content"),
        pytest.param(lambda: Option(id="a", title="x" * 21), id="option title over 20"),
        pytest.param(lambda: Option(id="a", title="a\nb"), id="option with a line break"),
        pytest.param(lambda: ButtonsMessage(content="x", options=options(4)), id="four buttons"),
        pytest.param(lambda: ButtonsMessage(content="x", options=()), id="no button"),
        pytest.param(
            lambda: ButtonsMessage(content="x", options=options(1) * 2), id="the same option twice"
        ),
        pytest.param(
            lambda: SelectMessage(content="x", options=options(11), list_title="t", button="b"),
            id="eleven rows",
        ),
        pytest.param(
            lambda: SelectMessage(content="x", options=options(4), list_title="t" * 25, button="b"),
            id="list title over 24",
        ),
        pytest.param(
            lambda: SelectMessage(content="x", options=options(4), list_title="t", button="b" * 21),
            id="list button over 20",
        ),
        pytest.param(lambda: LinkMessage(content="x", links=()), id="link message without link"),
        pytest.param(lambda: LinkTarget(text="go", url="javascript:alert(1)"), id="other scheme"),
        pytest.param(lambda: LinkTarget(text="x" * 21, url="https://a.example"), id="link text"),
    ],
)
def test_a_message_beyond_a_documented_limit_cannot_be_made(make) -> None:
    """Every limit of reference/lola.md 7 is refused by the constructor."""
    with pytest.raises(MessageLimitError):
        make()


@pytest.mark.parametrize(
    "message",
    [
        TextMessage(content="¿Qué tal?"),
        ButtonsMessage(content="Elige", options=options(3)),
        SelectMessage(content="Elige", options=options(10), list_title="Bancos", button="Ver"),
        LinkMessage(content="Abre", links=(LinkTarget(text="Ir", url="https://a.example/x"),)),
    ],
)
def test_outgoing_messages_survive_json(message) -> None:
    """The stored form of each of the four shapes gives back an equal message."""
    assert outbound_from_json(outbound_to_json(message)) == message


@pytest.mark.parametrize(
    "message",
    [
        inbound("hola", redacted=("card",), profile_name="Ana"),
        tap("confirm:1", "Confirmar"),
        inbound(ContactsContent(contacts=(SharedContact(name="Rosa", phones=("+52",)),))),
        inbound(LocationContent(latitude=17.0, longitude=-96.5)),
        inbound(MediaContent(media="image", caption="mi INE")),
        inbound(EventContent(name="m2m.link.opened", data={"ticket": "tk_1"})),
    ],
)
def test_incoming_messages_survive_json(message) -> None:
    """The mailbox's form of every kind gives back an equal message."""
    assert inbound_from_json(inbound_to_json(message)) == message


def test_a_conversation_id_holds_no_telephone_number() -> None:
    """Keys and logs carry the conversation id, so it must not contain the address."""
    address = Address(channel="whatsapp", account="700", sender="15550104477")
    assert "15550104477" not in address.conversation
    assert address.conversation.startswith("whatsapp-")


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_two_senders_never_share_a_conversation(one, other, account, channel) -> None:
    """Distinct senders of one account get distinct conversations."""
    first = Address(channel=channel, account=account, sender=one)
    second = Address(channel=channel, account=account, sender=other)
    assert (first.conversation == second.conversation) == (one == other)
