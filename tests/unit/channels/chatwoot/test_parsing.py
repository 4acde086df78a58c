"""From an event to our own values (reference/channels.md 4.4 and 4.7)."""

import json
from datetime import UTC, datetime

import pytest

from channels.chatwoot import parsing
from lola.channel.contract import StaffAction, Status
from lola.domain.messages import (
    Address,
    ChoiceContent,
    ConversationId,
    MediaContent,
    TextContent,
    UnsupportedContent,
)
from lola.errors import MalformedPayloadError
from tests.unit.channels.chatwoot.events import (
    LUIS,
    MIRRORED,
    changed,
    conversation,
    message,
    said,
)

OWN = Address(channel="chatwoot", account="1", sender="77").conversation
MIRROR = ConversationId("whatsapp-0123456789abcdef01234567")


def parse(redact, event):
    return parsing.parse(json.dumps(event).encode(), "1", redact)


def test_a_senders_words_are_taken(redact):
    """A reply goes to the conversation's number; WhatsApp states the telephone number."""
    (inbound,) = parse(redact, message()).messages
    assert (inbound.id, inbound.content) == ("9001", TextContent(text="necesito ayuda"))
    assert inbound.address == Address(
        channel="chatwoot", account="1", sender="77", phone="+525512345678"
    )
    assert (inbound.profile_name, inbound.redacted) == ("Ana", ())
    assert inbound.sent_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize("channel", ["Channel::WebWidget", "Channel::Api", "Channel::Email", None])
def test_a_number_that_anybody_could_have_typed_proves_nothing(redact, channel):
    """A visitor's form is no carrier: only the carrier's own address tells a number."""
    event = message(conversation=conversation(channel=channel))
    (inbound,) = parse(redact, event).messages
    assert inbound.address.phone is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"attachments": [{"file_type": "image"}], "content": "recibo"},
            MediaContent(media="image", caption="recibo"),
        ),
        ({"attachments": [{"file_type": "file"}], "content": None}, MediaContent(media="document")),
        ({"content": None}, UnsupportedContent(kind="empty")),
        ({"content": "4" * 16}, TextContent(text="[card]")),
    ],
)
def test_every_kind_has_a_content(redact, changes, expected):
    """Files are named and never fetched, and card data stops here."""
    (inbound,) = parse(redact, message(**changes)).messages
    assert inbound.content == expected


def test_a_choice_comes_as_an_update(redact):
    """The web widget answers a list by changing the message that asked."""
    chosen = {"submitted_values": [{"title": "Sí", "value": "q:ok"}]}
    event = message(event="message_updated", content_attributes=chosen)
    (inbound,) = parse(redact, event).messages
    assert inbound.content == ChoiceContent(id="q:ok", title="Sí")
    assert inbound.id == "9001:choice"
    assert parse(redact, message(event="message_updated")).messages == ()


@pytest.mark.parametrize(
    "event",
    [
        message(private=True),
        said(private=True),
        said(sender={"id": 1, "type": "agent_bot"}),
        said(event="message_updated"),
        message(message_type="template"),
        message(message_type="activity"),
        message(conversation=MIRRORED),
        {"event": "contact_updated", "id": 1},
        {"event": "conversation_typing_on", "id": 77},
        {"no": "event"},
    ],
)
def test_what_must_go_no_further_goes_no_further(redact, event):
    """Notes, other bots, templates, echoes of the mirror and unknown events are dropped."""
    parsed = parse(redact, event)
    assert (parsed.messages, parsed.statuses, parsed.staff, parsed.alerts) == ((), (), (), ())


@pytest.mark.parametrize("where", ["source_id", "content_attributes"])
def test_our_own_words_are_a_delivery_report(redact, where):
    """Whatever is left of our id names the outbox row, and no loop begins."""
    ours = "lola:3-abc" if where == "source_id" else {"lola_id": "lola:3-abc"}
    for word in ("sent", "delivered", "read", "failed"):
        parsed = parse(redact, said(**{where: ours}, status=word, event="message_updated"))
        assert parsed.statuses == (Status(provider_id="9001", status=word, reference="3-abc"),)
        assert (parsed.messages, parsed.staff) == ((), ())


def test_a_colleague_who_writes_has_taken_over(redact):
    """In an inbox of Chatwoot's own the reply has reached the sender already."""
    assert parse(redact, said()).staff == (
        StaffAction(
            conversation=OWN, thread="77", kind="reply", id="chatwoot:9001", staff="Luis"
        ),
    )  # fmt: skip


def test_a_colleagues_words_in_a_mirror_are_passed_on(redact):
    """A mirror's reply is ours to send; a provider's id does not mean that we wrote it."""
    (action,) = parse(redact, said(conversation=MIRRORED, source_id="wamid.1")).staff
    assert (action.conversation, action.kind, action.text) == (MIRROR, "reply", "le ayudo")


@pytest.mark.parametrize(
    ("event", "kind", "staff"),
    [
        (changed("assignee_id", meta={"assignee": LUIS}), "took", "Luis"),
        (changed("assignee_id", meta={"assignee": {"id": 2}}), "took", "Chatwoot"),
        (changed("assignee_id", meta={"assignee": {"id": 1, "type": "agent_bot"}}), "changed", ""),
        (changed("assignee_id"), "changed", ""),
        (changed("labels", meta={"assignee": LUIS}), "changed", ""),
        ({"event": "conversation_status_changed", "id": 77, "status": "open"}, "changed", ""),
        ({"event": "conversation_resolved", "id": 77}, "changed", ""),
    ],
)
def test_a_change_is_told(redact, event, kind, staff):
    """An assignment silences the bot at once; anything else is a reason to look."""
    (action,) = parse(redact, event).staff
    assert (action.conversation, action.kind, action.staff) == (OWN, kind, staff)


@pytest.mark.parametrize(
    ("event", "alert"),
    [
        (message(id=None), parsing.NO_IDENTITY),
        (message(conversation={}), parsing.NO_IDENTITY),
        ({"event": "conversation_updated"}, parsing.NO_IDENTITY),
        (message(account={"id": 9}), parsing.OTHER_ACCOUNT),
    ],
)
def test_what_cannot_be_placed_is_an_alert(redact, event, alert):
    """Nothing is stored under a made-up id, or for another account."""
    parsed = parse(redact, event)
    assert (parsed.messages, parsed.staff, parsed.alerts) == ((), (), (alert,))


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{"])
def test_an_unreadable_body_is_malformed(redact, body):
    """Answered 200 and kept (reference/channels.md 0.3)."""
    with pytest.raises(MalformedPayloadError):
        parsing.parse(body, "1", redact)
