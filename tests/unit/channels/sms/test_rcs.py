"""RCS through Twilio: who a sender is, and what a message carries and bills (`channels.sms`)."""

from urllib.parse import urlencode

import pytest

from channels.sms import parsing, senders
from channels.sms.accounts import Account, Accounts
from channels.sms.rcs import Suggestions, billed
from channels.sms.senders import NO_RCS, Rcs
from lola.channel.contract import RawRequest
from lola.domain.messages import (
    ButtonsMessage,
    ChoiceContent,
    LinkMessage,
    LinkTarget,
    Option,
    SelectMessage,
    TextMessage,
)
from lola.safety.input.redaction import redact
from lola.sandbox.twilio.rules import SUGGESTED

SID = "AC" + "0" * 32
ACCOUNTS = Accounts(Account(sid=SID, tokens=("t",)))
OURS = Rcs(sender="rcs:bank_agent", number="+15550100002")
PHONE = "+15550104477"


def parsed(*, rcs=OURS, **fields):
    form = {"AccountSid": SID, "MessageSid": "SM1", "NumMedia": "0", "Body": "hola", **fields}
    body = urlencode(form).encode()
    request = RawRequest(method="POST", path="/webhooks/sms", headers={}, body=body, query={})
    return parsing.parse(request, ACCOUNTS, redact, rcs=rcs)


def test_the_person_is_the_same_as_on_sms():
    """Conversation and consent are those of the telephone line, whichever way it wrote."""
    from lola.consent.store import sender_of

    (by_rcs,) = parsed(From=f"rcs:{PHONE}", To=OURS.sender).messages
    (by_sms,) = parsed(From=PHONE, To=OURS.number).messages
    assert by_rcs.conversation == by_sms.conversation
    assert sender_of(by_rcs.address) == sender_of(by_sms.address)
    assert by_rcs.address.phone == by_sms.address.phone == PHONE
    assert [senders.is_rcs(one.address) for one in (by_rcs, by_sms)] == [True, False]


def test_a_tap_is_a_choice_and_stop_is_the_carriers():
    """A suggestion comes back with its id; the carrier's words count as on SMS."""
    tapped = parsed(
        From=f"rcs:{PHONE}", To=OURS.sender, Body="Sí", ButtonPayload="q:ok", ButtonText="Sí"
    )
    assert tapped.messages[0].content == ChoiceContent(id="q:ok", title="Sí")
    stop = parsed(From=f"rcs:{PHONE}", To=OURS.sender, Body="STOP")
    assert stop.messages[0].carrier == "stop"


@pytest.mark.parametrize(
    ("fields", "rcs"),
    [
        ({"From": f"rcs:{PHONE}", "To": "rcs:other_agent"}, OURS),
        ({"From": f"rcs:{PHONE}", "To": OURS.sender}, NO_RCS),
        ({"From": f"rcs:{PHONE}", "To": OURS.number}, OURS),
        ({"From": PHONE, "To": OURS.sender}, OURS),
        ({"From": "rcs:somebody", "To": OURS.sender}, OURS),
    ],
)
def test_what_is_not_for_our_sender_is_dropped(fields, rcs):
    """Another agent, RCS that is off, and an address that is no telephone line get an alert."""
    found = parsed(rcs=rcs, **fields)
    assert (found.messages, found.alerts) == ((), (parsing.OTHER_RCS,))


OPTIONS = tuple(Option(id=f"o:{n}", title=f"Opción {n}") for n in range(1, 5))


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        (ButtonsMessage(content="¿Sí?", options=OPTIONS[:2]), "buttons_2"),
        (SelectMessage(content="¿?", options=OPTIONS, list_title="l", button="Ver"), "list_4"),
        (
            LinkMessage(content="Aquí", links=(LinkTarget(text="Abrir", url="https://b.mx/l/1"),)),
            "link",
        ),
    ],
)
def test_choices_and_links_are_suggestions(message, shape):
    """Each shape with a template uses it; without one the text says it all."""
    (content,) = Suggestions(SUGGESTED, "https://b.mx").contents(message, PHONE)
    assert content.sid == SUGGESTED[shape]
    assert content.variables["1"] == message.content
    (plain,) = Suggestions({}, "https://b.mx").contents(message, PHONE)
    assert not plain.sid
    assert message.content in plain.body


def test_what_a_message_bills():
    """In the US by 160 bytes of UTF-8 (reference/surprises.md 5.3), elsewhere by the message."""
    assert billed("a" * 160, PHONE) == 1
    assert billed("a" * 161, PHONE) == 2
    assert billed("ñ" * 81, PHONE) == 2
    assert billed("ñ" * 81, "+525512345678") == 1
    (content,) = Suggestions({}, "").contents(TextMessage(content="ñ" * 200), PHONE)
    assert content.segments == 3
