"""From Meta's webhook to our values (`channels.whatsapp.parsing`)."""

import json
from datetime import UTC, datetime

import aiohttp
import pytest

from channels.allowed import allow_list
from channels.whatsapp import parsing
from channels.whatsapp.connector import WhatsAppConnector
from channels.whatsapp.parsing import Rules
from lola.channel.contract import RawRequest, Status
from lola.domain.clock import system_clock
from lola.domain.events import SENDER_CHANGED
from lola.domain.messages import (
    ChoiceContent,
    ContactsContent,
    EventContent,
    LocationContent,
    MediaContent,
    ReactionContent,
    SharedContact,
    TextContent,
    UnsupportedContent,
)
from lola.errors import ConfigurationError, MalformedPayloadError
from lola.settings import Settings

ACCOUNT = "700800900"
SENDER = "5215512345678"
TEXT = {"type": "text", "text": {"body": "hola"}}


def message(content, **changes):
    return {"from": SENDER, "id": "wamid.1", "timestamp": "1795000000"} | content | changes


def value(*messages, **changes):
    return {"metadata": {"phone_number_id": ACCOUNT}, "messages": list(messages)} | changes


def body(*values):
    changes = [{"field": "messages", "value": item} for item in values]
    payload = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}
    return json.dumps(payload).encode()


@pytest.fixture
def parse(redact):
    def parse_(*values):
        return parsing.parse(body(*values), Rules(redact=redact))

    return parse_


HOLA = TextContent(text="hola")
CONTENTS = [
    (TEXT, HOLA),
    ({"type": "text", "text": {"body": ""}}, TextContent(text="")),
    (
        {
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": {"id": "q:ok", "title": "Sí"}},
        },
        ChoiceContent(id="q:ok", title="Sí"),
    ),
    (
        {
            "type": "interactive",
            "interactive": {
                "type": "list_reply",
                "list_reply": {"id": "bank:012", "title": "BBVA", "description": "MX"},
            },
        },
        ChoiceContent(id="bank:012", title="BBVA"),
    ),
    (
        {
            "type": "interactive",
            "interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}},
        },
        UnsupportedContent(kind="nfm_reply"),
    ),
    (
        {"type": "button", "button": {"payload": "RESUME", "text": "Seguir"}},
        ChoiceContent(id="RESUME", title="Seguir"),
    ),
    (
        {
            "type": "contacts",
            "contacts": [
                {
                    "name": {"formatted_name": "Eva"},
                    "phones": [{"phone": "+52 55 1234 5678"}, {"wa_id": "5215512345678"}, {}],
                },
                {},
            ],
        },
        ContactsContent(
            contacts=(
                SharedContact(name="Eva", phones=("+52 55 1234 5678", "5215512345678")),
                SharedContact(name=""),
            )
        ),
    ),
    (
        {"type": "location", "location": {"latitude": "17.06", "longitude": -96.7, "name": "Casa"}},
        LocationContent(latitude=17.06, longitude=-96.7, name="Casa"),
    ),
    (
        {"type": "reaction", "reaction": {"message_id": "wamid.O", "emoji": "👍"}},
        ReactionContent(emoji="👍", message_id="wamid.O"),
    ),
    (
        {"type": "reaction", "reaction": {"message_id": "wamid.O"}},
        ReactionContent(emoji="", message_id="wamid.O"),
    ),
    (
        {"type": "image", "image": {"id": "3", "caption": "mi INE"}},
        MediaContent(media="image", caption="mi INE", file="3"),
    ),
    ({"type": "video"}, MediaContent(media="video")),
    ({"type": "audio", "audio": {"id": "3", "voice": True}}, MediaContent(media="audio", file="3")),
    (
        {"type": "document", "document": {"filename": "a.pdf"}},
        MediaContent(media="document", name="a.pdf"),
    ),
    ({"type": "sticker", "sticker": {"id": "3"}}, MediaContent(media="sticker", file="3")),
    (
        {"type": "system", "system": {"type": "user_changed_number", "wa_id": "5215587654321"}},
        EventContent(
            name=SENDER_CHANGED, data={"change": "user_changed_number", "phone": "+525587654321"}
        ),
    ),
    (
        {"type": "edit", "edit": {"original_message_id": "w", "message": TEXT}},
        TextContent(text="hola"),
    ),
    ({"type": "edit", "edit": {"original_message_id": "w"}}, UnsupportedContent(kind="unknown")),
    ({"type": "unsupported", "unsupported": {"type": "poll"}}, UnsupportedContent(kind="poll")),
    ({"type": "unsupported", "errors": [{"code": 131051}]}, UnsupportedContent(kind="unsupported")),
    ({"type": "order", "order": {}}, UnsupportedContent(kind="order")),
    ({}, UnsupportedContent(kind="unknown")),
]


@pytest.mark.parametrize(("content", "expected"), CONTENTS)
def test_every_documented_type_is_read(parse, content, expected):
    """Each row of reference/channels.md 1.4 becomes its content, without an alert."""
    parsed = parse(value(message(content)))
    assert [item.content for item in parsed.messages] == [expected]
    assert parsed.alerts == ()


@pytest.mark.parametrize(
    "content",
    [
        {"type": "text", "text": {"body": 5}},
        {"type": "text", "text": "hola"},
        {"type": "interactive", "interactive": {"type": "button_reply"}},
        {"type": "contacts", "contacts": "x"},
        {"type": "contacts", "contacts": []},
        {"type": "location", "location": {"latitude": "x", "longitude": 1}},
        {"type": "reaction", "reaction": {"emoji": "👍"}},
    ],
)
def test_an_unreadable_part_is_an_alert_and_no_loss(parse, content):
    """The message is kept as unsupported, the one beside it is read, a person hears of it."""
    parsed = parse(value(message(content), message(TEXT, id="wamid.2")))
    assert [item.content for item in parsed.messages] == [
        UnsupportedContent(kind=content["type"]),
        TextContent(text="hola"),
    ]
    assert parsed.alerts == (parsing.UNREADABLE,)


def test_every_entry_and_change_is_read_in_order(parse):
    """A delivery may mix accounts, messages and statuses (reference/channels.md 1.3)."""
    second = value(message(TEXT, id="wamid.3")) | {"metadata": {"phone_number_id": "2"}}
    statuses = [{"id": "wamid.O", "status": "sent"}]
    parsed = parse(value(message(TEXT), message(TEXT, id="wamid.2"), statuses=statuses), second)
    assert [(item.id, item.address.account) for item in parsed.messages] == [
        ("wamid.1", ACCOUNT),
        ("wamid.2", ACCOUNT),
        ("wamid.3", "2"),
    ]
    assert len(parsed.statuses) == 1


def test_the_address_is_verbatim_and_the_phone_canonical(parse):
    """`wa_id` is answered as it came; only the phone is normalised (reference/channels.md 1.10)."""
    contact = {"profile": {"name": "Ana"}, "wa_id": SENDER}
    other = {"profile": {"name": "Eva"}, "wa_id": "1"}
    (inbound,) = parse(value(message(TEXT), contacts=[other, contact])).messages
    assert (inbound.address.sender, inbound.address.phone) == (SENDER, "+525512345678")
    assert inbound.profile_name == "Ana"
    assert inbound.sent_at == datetime.fromtimestamp(1795000000, UTC)


def test_a_sender_without_a_number_is_reached_by_user_id(parse):
    """A username user has no `from`; the business-scoped id is the address (reference/channels.md
    1.11).
    """
    raw = message(TEXT, from_user_id="MX.40011223344556677")
    del raw["from"]
    contact = {"profile": {"name": "Ana"}, "user_id": "MX.40011223344556677"}
    (inbound,) = parse(value(raw, contacts=[contact])).messages
    assert (inbound.address.sender, inbound.address.phone) == ("MX.40011223344556677", None)
    assert inbound.profile_name == "Ana"


@pytest.mark.parametrize(
    "broken",
    [
        {"id": None},
        {"id": ""},
        {"id": 5},
        {"from": None},
        {"from": "../../etc/passwd"},
        {"from": 15550104477},
    ],
)
def test_a_message_without_identity_is_skipped(parse, broken):
    """No id or sender: an alert, and never the word None in a key (reference/channels.md 1.11)."""
    parsed = parse(value(message(TEXT, **broken), message(TEXT, id="wamid.2")))
    assert [item.id for item in parsed.messages] == ["wamid.2"]
    assert parsed.alerts == (parsing.NO_IDENTITY,)


@pytest.mark.parametrize(
    "metadata", [None, {}, {"phone_number_id": "../x"}, {"phone_number_id": 7}]
)
def test_a_change_without_an_account_is_skipped(parse, metadata):
    """Routing is by phone_number_id, which becomes part of an address
    (reference/channels.md 1.3).
    """
    parsed = parse(value(message(TEXT), metadata=metadata))
    assert (parsed.messages, parsed.alerts) == ((), (parsing.NO_ACCOUNT,))


@pytest.mark.parametrize("timestamp", [None, "x", "9" * 30, True, [], -(10**20)])
def test_a_bad_timestamp_is_no_time(parse, timestamp):
    """The provider's clock is data; when it is nonsense there is none."""
    (inbound,) = parse(value(message(TEXT, timestamp=timestamp))).messages
    assert inbound.sent_at is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read")],
)
def test_statuses_carry_our_reference(parse, word, expected):
    """`biz_opaque_callback_data` is the only correlation there is (reference/channels.md 1.5)."""
    raw = {"id": "wamid.O", "status": word, "biz_opaque_callback_data": "out-7f3a"}
    status = Status(provider_id="wamid.O", status=expected, reference="out-7f3a")
    assert parse(value(statuses=[raw])).statuses == (status,)


def test_a_failed_status_names_its_code(parse):
    """The first error's code is kept (reference/channels.md 1.5)."""
    raw = {"id": "wamid.O", "status": "failed", "errors": [{"code": 131047, "title": "x"}]}
    (status,) = parse(value(statuses=[raw])).statuses
    assert (status.status, status.error_code) == ("failed", "131047")


@pytest.mark.parametrize(
    "raw", [{}, {"id": "w"}, {"id": "w", "status": "new"}, {"status": "sent"}, 5]
)
def test_an_unknown_status_is_an_alert(parse, raw):
    """A status that cannot be read is counted and never guessed."""
    parsed = parse(value(statuses=[raw], errors=[{"code": 1}]))
    assert parsed.statuses == ()
    assert parsed.alerts == (parsing.BAD_STATUS, parsing.PROVIDER_ERROR)


def test_card_data_stops_in_every_field(parse):
    """Texts, captions, names, titles and contact fields are redacted (reference/lola.md 18)."""
    card = "4111111111111111"
    contact = {"name": {"formatted_name": card}, "phones": [{"phone": card}]}
    contents = [
        {"type": "text", "text": {"body": card}},
        {"type": "image", "image": {"caption": card}},
        {"type": "contacts", "contacts": [contact]},
        {"type": "button", "button": {"payload": "x", "text": card}},
        {"type": "location", "location": {"latitude": 1, "longitude": 1, "name": card}},
    ]
    raw = [message(content, id=f"wamid.{n}") for n, content in enumerate(contents)]
    profile = {"profile": {"name": card}, "wa_id": SENDER}
    parsed = parse(value(*raw, contacts=[profile]))
    assert len(parsed.messages) == len(contents)
    assert all(item.redacted == ("card",) for item in parsed.messages)
    assert card not in repr(parsed)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hola",
        b"null",
        b"[]",
        b'"x"',
        b'{"object":"whatsapp_business_account","entry":NaN}',
        b'{"object":"whatsapp_business_account","entry":{}}',
        b'{"object":"whatsapp_business_account","entry":[5]}',
        b'{"object":"whatsapp_business_account","entry":[{"changes":"x"}]}',
        b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages"}]}]}',
        body(value(messages={})),
        body(value(message(TEXT), contacts="x")),
        b"[" * 100_000,
        b'{"object":' + b"9" * 5000 + b"}",
        '{"object":"x"}'.encode("utf-16"),
        b'"\xff\xfe"',
    ],
)
def test_a_wrong_container_is_malformed(redact, raw):
    """The body is refused whole, kept and alarmed (reference/channels.md 0.3)."""
    with pytest.raises(MalformedPayloadError):
        parsing.parse(raw, Rules(redact=redact))


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"object":"page","entry":5}',
        b'\xef\xbb\xbf{"object":"whatsapp_business_account"}',
        b'{"object":"whatsapp_business_account","entry":[{"id":"1"}]}',
        b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"calls","value":5}]}]}',
        body(value(messages=None)),
    ],
)
def test_unknown_objects_and_fields_hold_nothing(redact, raw):
    """What Meta may add tomorrow is 200 and nothing else (reference/channels.md 1.3)."""
    parsed = parsing.parse(raw, Rules(redact=redact))
    assert (parsed.messages, parsed.statuses, parsed.alerts) == ((), (), ())


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("", ["wamid.1", "wamid.2", "wamid.3"]),
        (" , ", ["wamid.1", "wamid.2", "wamid.3"]),
        (" +52 55 1234 5678 , ,+5511987654321", ["wamid.1", "wamid.2"]),
        ("15550100", []),
    ],
)
async def test_the_allow_list_is_of_senders(setting, expected):
    """Unlisted senders are ignored silently; listed ones pass in any spelling (reference/lola.md
    20.5).
    """
    without_number = message(TEXT, id="wamid.3", from_user_id="MX.4001")
    del without_number["from"]
    brazil = message(TEXT, id="wamid.2", **{"from": "551187654321"})
    raw = body(value(message(TEXT), brazil, without_number))
    async with aiohttp.ClientSession() as http:
        settings = Settings(allowed_numbers_whatsapp=setting)
        connector = WhatsAppConnector.build(settings, http, system_clock)
    path = connector.routes[0]
    request = RawRequest(method="POST", path=path, headers={}, body=raw, query={})
    parsed = connector.parse(request)
    assert [item.id for item in parsed.messages] == expected
    assert parsed.alerts == (parsing.NOT_ALLOWED,) * (3 - len(expected))


@pytest.mark.parametrize(
    "content", [{"type": "request_welcome"}, {"type": "revoke", "revoke": {"original": "w"}}]
)
def test_who_said_nothing_is_not_answered(parse, content):
    """Opening the chat or deleting a message is no message, and no alert (reference/channels.md
    1.4).
    """
    parsed = parse(value(message(content), message(TEXT, id="wamid.2")))
    assert [item.id for item in parsed.messages] == ["wamid.2"]
    assert parsed.alerts == ()


def test_a_changed_user_id_is_told_where_the_old_one_talked(parse):
    """The notice has no contacts, and perhaps no number; it is about the previous id (1.11)."""
    system = {"type": "user_changed_user_id", "user_id": "MX.99", "previous_user_id": "MX.40"}
    raw = message({"type": "system", "system": system}, from_user_id="MX.99")
    del raw["from"]
    (inbound,) = parse(value(raw)).messages
    assert (inbound.address.sender, inbound.is_event) == ("MX.40", True)


@pytest.mark.parametrize(
    ("card", "phone"),
    [
        ({"origin": "contact_request", "phones": [{"wa_id": "5215512345678"}]}, "+525512345678"),
        ({"origin": "contact_request", "phones": [{"phone": "+52 55 1234 5678"}]}, "+525512345678"),
        ({"origin": "other", "phones": [{"wa_id": "5215512345678"}]}, None),
        ({"phones": [{"wa_id": "5215512345678"}]}, None),
        ({"origin": "contact_request", "phones": [{"phone": 5}]}, None),
        ({"origin": "contact_request", "phones": []}, None),
        ({"origin": "contact_request"}, None),
    ],
)
def test_only_a_number_that_meta_asked_for_is_the_senders(parse, card, phone):
    """Any other card may be anybody's, so it proves nothing (reference/channels.md 1.11)."""
    raw = message({"type": "contacts", "contacts": [card]}, from_user_id="MX.4001")
    del raw["from"]
    (inbound,) = parse(value(raw)).messages
    assert (inbound.address.sender, inbound.address.phone) == ("MX.4001", phone)


def test_only_the_configured_numbers_are_served(redact):
    """Meta delivers all numbers behind one app; another team's are left alone (1.2 and 1.3)."""
    other = value(message(TEXT, id="wamid.2")) | {"metadata": {"phone_number_id": "2"}}
    rules = Rules(redact=redact, accounts=frozenset({ACCOUNT}))
    parsed = parsing.parse(body(value(message(TEXT)), other), rules)
    assert [item.id for item in parsed.messages] == ["wamid.1"]
    assert parsed.alerts == (parsing.OTHER_ACCOUNT,)


@pytest.mark.parametrize(
    ("code", "failure"),
    [(131047, "window_closed"), (131050, "opted_out"), (131026, "rejected"), ("x", "rejected")],
)
def test_a_failed_status_has_the_meaning_of_its_code(parse, code, failure):
    """The same failure may come at once or in a report (reference/channels.md 1.9)."""
    raw = {"id": "wamid.O", "status": "failed", "errors": [{"code": code, "title": "x"}]}
    (status,) = parse(value(statuses=[raw])).statuses
    assert status.failure == failure


def test_a_batch_of_a_thousand_updates_is_read_whole(parse):
    """Messages and statuses in one delivery, within Meta's 3 MB (reference/channels.md 1.3)."""
    messages = [message(TEXT | {"text": {"body": "x" * 4096}}, id=f"w{n}") for n in range(500)]
    statuses = [{"id": f"o{n}", "status": "delivered"} for n in range(500)]
    parsed = parse(value(*messages, statuses=statuses))
    assert [item.id for item in parsed.messages] == [f"w{n}" for n in range(500)]
    assert (len(parsed.statuses), parsed.alerts) == (500, ())


def test_an_allow_list_with_a_typo_is_refused():
    """Dropping a bad entry could leave an empty list, which would let everybody in."""
    with pytest.raises(ConfigurationError, match="entry 2"):
        allow_list("15550100,all")
