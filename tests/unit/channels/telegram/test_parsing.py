"""From an update to our own values (reference/channels.md 3.1 and 3.3)."""

import json
from datetime import UTC, datetime

import pytest

from channels.telegram import parsing
from lola.domain.messages import (
    ChoiceContent,
    ContactsContent,
    LocationContent,
    MediaContent,
    SharedContact,
    TextContent,
    UnsupportedContent,
)
from lola.errors import MalformedPayloadError

ANA = {"id": 555001, "is_bot": False, "first_name": "Ana", "language_code": "es"}
CHAT = {"id": 555001, "type": "private"}
OWN = {"phone_number": "5215512345678", "first_name": "Ana", "user_id": 555001}


def message(**content):
    return {"message_id": 12, "date": 1795000000, "from": ANA, "chat": CHAT, **content}


def membership(status, **changes):
    bot = {"id": 42, "is_bot": True, "first_name": "Sol"}
    return {
        "from": ANA,
        "chat": CHAT,
        "date": 1795000000,
        "new_chat_member": {"user": bot, "status": status},
        **changes,
    }


def parse(redact, update_id=700001, **event):
    body = json.dumps({"update_id": update_id, **event}).encode()
    return parsing.parse(body, "42", redact)


def only(redact, **content):
    (inbound,) = parse(redact, message=message(**content)).messages
    return inbound


def test_a_text_is_taken_with_its_sender(redact):
    """The address is the user's id on this bot; the update's id is what duplicates share."""
    inbound = only(redact, text="hola")
    assert (inbound.id, inbound.content) == ("700001", TextContent(text="hola"))
    assert (inbound.address.channel, inbound.address.account) == ("telegram", "42")
    assert (inbound.address.sender, inbound.address.phone) == ("555001", None)
    assert inbound.sent_at == datetime.fromtimestamp(1795000000, UTC)
    assert inbound.profile_name == "Ana"


@pytest.mark.parametrize(
    ("language", "words"), [("es", "Hola"), ("en-US", "Hello"), ("", "Hola"), (None, "Hola")]
)
@pytest.mark.parametrize("text", ["/start", "/start q8f2"])
def test_opening_the_bot_says_hello(redact, text, language, words):
    """The word that the app sends by itself is a greeting in the app's language."""
    person = {**ANA, "language_code": language}
    assert only(redact, text=text, **{"from": person}).content == TextContent(text=words)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"photo": [{"file_id": "S"}, {"file_id": "F", "file_size": 9}], "caption": "c"},
            MediaContent(media="image", caption="c", file="F", size=9),
        ),
        ({"voice": {"file_id": "F"}}, MediaContent(media="audio", file="F")),
        ({"video_note": {"file_id": "F"}}, MediaContent(media="video", file="F")),
        (
            {"animation": {"file_id": "F"}, "document": {"file_id": "F"}},
            MediaContent(media="video", file="F"),
        ),
        ({"document": {"file_id": "F"}}, MediaContent(media="document", file="F")),
        ({"sticker": {"file_id": "F"}}, MediaContent(media="sticker", file="F")),
        (
            {"location": {"latitude": 19.4, "longitude": -99.1}},
            LocationContent(latitude=19.4, longitude=-99.1),
        ),
        (
            {"venue": {"title": "OXXO", "location": {"latitude": 1, "longitude": 2}}},
            LocationContent(latitude=1.0, longitude=2.0, name="OXXO"),
        ),
        ({"location": {"latitude": 999, "longitude": 0}}, UnsupportedContent(kind="location")),
        ({"dice": {"emoji": "🎲", "value": 3}}, UnsupportedContent(kind="dice")),
        ({}, UnsupportedContent(kind="unknown")),
    ],
)
def test_every_kind_of_message_has_a_content(redact, content, expected):
    """Files are named and never fetched; what is not known says so."""
    assert only(redact, **content).content == expected


def test_a_tap_brings_the_buttons_data_and_title(redact):
    """The title is looked up in the message's own keyboard, since a tap tells the data only."""
    markup = {"inline_keyboard": [[{"text": "No", "callback_data": "q:no"}],
                                  [{"text": "Sí", "callback_data": "q:ok"}]]}  # fmt: skip
    query = {"id": "4382bfdw", "from": ANA, "message": message(text="¿?"), "data": "q:ok"}
    query["message"]["reply_markup"] = markup
    (inbound,) = parse(redact, callback_query=query).messages
    assert inbound.content == ChoiceContent(id="q:ok", title="Sí")
    assert inbound.sent_at is None


def test_a_tap_on_a_message_that_is_gone_still_counts(redact):
    """An inaccessible message holds neither text nor keyboard (date 0)."""
    query = {
        "id": "1",
        "from": ANA,
        "message": {"message_id": 2, "date": 0, "chat": CHAT},
        "data": "q:ok",
    }
    (inbound,) = parse(redact, callback_query=query).messages
    assert inbound.content == ChoiceContent(id="q:ok", title="q:ok")


def test_an_edit_is_not_read_as_new_words(redact):
    """A message that was answered already is not changed later."""
    (inbound,) = parse(redact, edited_message=message(text="mejor 300")).messages
    assert inbound.content == UnsupportedContent(kind="edited")


@pytest.mark.parametrize(("status", "wish"), [("kicked", "stop"), ("member", "start")])
def test_blocking_the_bot_is_a_wish_that_telegram_keeps_to(redact, status, wish):
    """A private chat's block and its end are consent, like a carrier's STOP (reference/channels.md
    3.1).
    """
    (inbound,) = parse(redact, my_chat_member=membership(status)).messages
    assert (inbound.carrier, inbound.address.sender) == (wish, "555001")
    assert inbound.content == UnsupportedContent(kind="my_chat_member")


@pytest.mark.parametrize(
    "event",
    [
        {"message": message(text="x", chat={"id": -100123, "type": "supergroup"})},
        {"message": message(text="x", chat={"id": -5, "type": "group"})},
        {"message": message(text="x", chat={"id": 555002, "type": "private"})},
        {"message": message(text="x", **{"from": {**ANA, "is_bot": True}})},
        {"callback_query": {"id": "1", "from": ANA, "inline_message_id": "7", "data": "x"}},
        {"my_chat_member": {"from": ANA, "chat": CHAT, "date": 1}},
        {"my_chat_member": membership("restricted")},
        {"my_chat_member": membership(["kicked"])},
        {"my_chat_member": membership("kicked", chat={"id": -100123, "type": "supergroup"})},
        {"channel_post": message(text="x")},
        {"poll": {"id": "1"}},
    ],
)
def test_what_is_not_a_private_word_of_a_person_is_dropped(redact, event):
    """Groups, channels, bots and unknown updates are heard and nothing more."""
    parsed = parse(redact, **event)
    assert (parsed.messages, parsed.alerts) == ((), ())


@pytest.mark.parametrize(
    "body", [{}, {"update_id": "7"}, {"update_id": True}, {"update_id": 1, "message": {"chat": 1}}]
)
def test_an_update_without_identity_is_an_alert(redact, body):
    """Nothing is stored under a made-up id."""
    assert parsing.parse(json.dumps(body).encode(), "42", redact).alerts == (parsing.NO_IDENTITY,)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{", b'{"update_id": NaN}'])
def test_an_unreadable_body_is_malformed(redact, body):
    """Telegram would repeat it for a day, so it is answered 200 and kept (reference/channels.md
    0.3).
    """
    with pytest.raises(MalformedPayloadError):
        parsing.parse(body, "42", redact)


def test_ones_own_contact_proves_the_number(redact):
    """All conditions hold: private chat, own user id, first-hand, a telephone line."""
    inbound = only(redact, contact=OWN)
    assert inbound.address.phone == "+525512345678"
    card = SharedContact(name="Ana", phones=("5215512345678",))
    assert inbound.content == ContactsContent(contacts=(card,), is_own=True)


@pytest.mark.parametrize(
    "content",
    [
        {"contact": {**OWN, "user_id": 555002}},
        {"contact": {"phone_number": "5215512345678", "first_name": "Ana"}},
        {"contact": {**OWN, "user_id": "555001"}},
        {"contact": OWN, "forward_origin": {"type": "user", "sender_user": ANA, "date": 1}},
        {"contact": OWN, "forward_date": 1794000000},
        {"contact": {**OWN, "phone_number": "+88801234567"}},
        {"contact": {**OWN, "phone_number": "no number"}},
        {"contact": {**OWN, "phone_number": None}},
        {"text": "+5215512345678"},
    ],
    ids=[
        "somebody else's", "no owner", "owner as a string", "forwarded", "forwarded, old style",
        "anonymous number", "not a number", "no number", "only written",
    ],
)  # fmt: skip
def test_nothing_else_proves_a_number(redact, content):
    """A card from the address book would let a stranger in (reference/channels.md 3.3)."""
    assert only(redact, **content).address.phone is None


def test_a_group_cannot_prove_a_number(redact):
    """An own contact outside a private chat is not even a message."""
    group = {"id": -5, "type": "group"}
    assert parse(redact, message=message(contact=OWN, chat=group)).messages == ()


def test_card_data_stops_at_the_door(redact):
    """Texts, captions and titles are redacted before they leave the parser."""
    for content in ({"text": "4" * 16}, {"photo": [{}], "caption": "4" * 16}):
        inbound = only(redact, **content)
        assert "4" * 16 not in repr(inbound)
        assert inbound.redacted == ("card",)


def test_the_tap_to_answer_is_found(redact):
    """Only a tap has an id to acknowledge; an unreadable body has none."""
    query = {"id": "4382bfdw", "from": ANA, "data": "x"}
    body = json.dumps({"update_id": 1, "callback_query": query}).encode()
    assert parsing.callback_query_id(body) == "4382bfdw"
    assert parsing.callback_query_id(b'{"update_id": 1}') == ""
