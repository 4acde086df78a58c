"""From Twilio's forms to our values (`channels.sms.parsing`)."""

from urllib.parse import urlencode

import pytest

from channels.allowed import allow_list
from channels.sms import parsing
from channels.sms.accounts import Account, Accounts
from lola.channel.contract import RawRequest
from lola.domain.messages import (
    ChoiceContent,
    LocationContent,
    MediaContent,
    TextContent,
    UnsupportedContent,
)

ACCOUNT = "AC0"
ACCOUNTS = Accounts(Account(sid=ACCOUNT, tokens=("t",)))


@pytest.fixture
def parse(redact):
    def parse_(path="/webhooks/sms", **fields):
        form = {
            "MessageSid": "SM1",
            "AccountSid": ACCOUNT,
            "From": "+5215512345678",
            "To": "+15550100002",
            "Body": "hola",
            "NumMedia": "0",
        }
        body = urlencode({k: v for k, v in (form | fields).items() if v is not None}).encode()
        request = RawRequest(method="POST", path=path, headers={}, body=body, query={})
        return parsing.parse(request, ACCOUNTS, redact)

    return parse_


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, TextContent(text="hola")),
        ({"NumMedia": None}, TextContent(text="hola")),
        ({"Body": ""}, UnsupportedContent(kind="empty")),
        (
            {"NumMedia": "1", "MediaContentType0": "image/jpeg"},
            MediaContent(media="image", caption="hola", mime="image/jpeg"),
        ),
        (
            {"NumMedia": "1", "MediaContentType0": "text/x-vcard", "Body": ""},
            MediaContent(media="document", mime="text/x-vcard"),
        ),
        (
            {"ButtonPayload": "q:ok", "ButtonText": "Sí", "Body": "Sí"},
            ChoiceContent(id="q:ok", title="Sí"),
        ),
        ({"ListId": "bank:1", "ListTitle": "BBVA"}, ChoiceContent(id="bank:1", title="BBVA")),
        (
            {"Latitude": "17.06", "Longitude": "-96.7", "Label": "Casa", "Body": ""},
            LocationContent(latitude=17.06, longitude=-96.7, name="Casa"),
        ),
        ({"ReferralNumMedia": "0", "NewField": "x"}, TextContent(text="hola")),
    ],
)
def test_every_documented_kind_is_read(parse, fields, expected):
    """The fields of reference/channels.md 2.1 become contents; new fields are no trouble."""
    parsed = parse(**fields)
    assert [item.content for item in parsed.messages] == [expected]
    assert parsed.alerts == ()


@pytest.mark.parametrize(("prefix", "channel"), [("", "sms"), ("whatsapp:", "twilio_whatsapp")])
def test_the_address_keeps_its_channel(parse, prefix, channel):
    """The prefix stays on both sides, so the reply goes back the same way (reference/channels.md
    2.4).
    """
    (inbound,) = parse(From=f"{prefix}+5215512345678", To=f"{prefix}+15550100002").messages
    assert inbound.address.sender == f"{prefix}+5215512345678"
    assert inbound.address.account == f"{prefix}+15550100002"
    assert (inbound.address.channel, inbound.address.phone) == (channel, "+525512345678")


def test_a_sender_that_is_no_number_is_still_an_address(parse):
    """`From` may stop being digits; then there is an address without a phone (reference/channels.md
    2.1).
    """
    (inbound,) = parse(From="whatsapp:MX.40011223344", ProfileName="Ana").messages
    assert (inbound.address.sender, inbound.address.phone) == ("whatsapp:MX.40011223344", None)
    assert inbound.profile_name == "Ana"


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_message_without_identity_is_skipped(parse, missing, value):
    """No id, sender or receiver: an alert and nothing else."""
    parsed = parse(**{missing: value})
    assert (parsed.messages, parsed.alerts) == ((), (parsing.NO_IDENTITY,))


@pytest.mark.parametrize("sid", ["AC1", "", None])
def test_another_account_is_ignored(parse, sid):
    """AccountSid is checked against ours (reference/channels.md 2.1)."""
    parsed = parse(AccountSid=sid)
    assert (parsed.messages, parsed.alerts) == ((), (parsing.OTHER_ACCOUNT,))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"Body": " stop "}, "stop"),
        ({"Body": "Cancel"}, "stop"),
        ({"Body": "START"}, "start"),
        ({"Body": "info"}, "help"),
        ({"Body": "alto", "OptOutType": "STOP"}, "stop"),
        ({"Body": "ayuda", "OptOutType": "HELP"}, "help"),
        ({"Body": "stop please"}, ""),
        ({"Body": "Cancelar"}, ""),
        ({"Body": "yes"}, ""),
        ({"Body": "cancel", "From": "whatsapp:+5215512345678"}, ""),
        ({"Body": "hola", "OptOutType": "NEW"}, ""),
    ],
)
def test_a_message_says_what_twilio_made_of_it(parse, fields, word):
    """Whole bodies of SMS, or what Twilio states; WhatsApp has no carrier (reference/channels.md
    2.8).
    """
    (inbound,) = parse(**fields).messages
    assert inbound.carrier == word
    assert inbound.content == TextContent(text=fields["Body"])


@pytest.mark.parametrize(("fields", "word"), [({}, ""), ({"OptOutType": "STOP"}, "stop")])
def test_with_advanced_opt_out_only_twilios_own_word_counts(redact, fields, word):
    """Its keyword list is the bank's own, so ours must not be guessed at (reference/channels.md
    2.1).
    """
    form = {"MessageSid": "SM1", "AccountSid": ACCOUNT, "From": "+1", "To": "+2", "Body": "CANCEL"}
    body = urlencode(form | fields).encode()
    request = RawRequest(method="POST", path="/webhooks/sms", headers={}, body=body, query={})
    parsed = parsing.parse(request, ACCOUNTS, redact, reads_keywords=False)
    assert parsed.messages[0].carrier == word


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("undelivered", "failed"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_statuses_carry_our_reference(parse, word, expected):
    """The callback's own address says which outbox row it is about (reference/channels.md 2.5)."""
    path = "/webhooks/sms/status?ref=out%3A7f%2B3a"
    parsed = parse(path, MessageStatus=word, ErrorCode="30005")
    (status,) = parsed.statuses
    assert (status.provider_id, status.status) == ("SM1", expected)
    assert (status.reference, status.error_code) == ("out:7f+3a", "30005")
    assert parsed.messages == ()


@pytest.mark.parametrize(
    ("code", "failure", "after"),
    [
        ("", "rejected", None),
        ("30005", "rejected", None),
        ("99999", "rejected", None),
        ("63016", "window_closed", None),
        ("63014", "opted_out", None),
        ("21610", "opted_out", None),
        ("30034", "stopped", None),
        ("30003", "temporary", 600.0),
        ("30008", "temporary", 120.0),
        ("\u0663", "rejected", None),
    ],
)
def test_a_failed_status_says_what_its_code_means(parse, code, failure, after):
    """Most of WhatsApp's failures come later, in the callback (reference/channels.md 2.4, 2.6)."""
    parsed = parse("/webhooks/twilio_whatsapp/status?ref=1", MessageStatus="failed", ErrorCode=code)
    (status,) = parsed.statuses
    assert (status.failure, status.after) == (failure, after)
    assert status.known is (code != "99999")


@pytest.mark.parametrize(
    ("sender", "taken"),
    [
        ("whatsapp:+5215512345678", True),
        ("whatsapp:+525512345679", False),
        ("whatsapp:MX.4001122", False),
        ("+525512345679", True),
    ],
)
def test_the_list_of_whatsapp_senders_holds_here_too(redact, sender, taken):
    """Only listed senders may write on WhatsApp, in any spelling; SMS has no list
    (reference/lola.md 6).
    """
    form = {"MessageSid": "SM1", "AccountSid": ACCOUNT, "From": sender, "To": "+2", "Body": "hola"}
    body = urlencode(form).encode()
    request = RawRequest(method="POST", path="/webhooks/sms", headers={}, body=body, query={})
    parsed = parsing.parse(request, ACCOUNTS, redact, allowed=allow_list("+52 55 1234 5678"))
    assert bool(parsed.messages) == taken
    assert parsed.alerts == (() if taken else (parsing.NOT_ALLOWED,))


def test_a_number_belongs_to_one_account(redact):
    """A subaccount's number is heard from it alone, message or status
    (reference/channels.md 2.1).
    """
    mine = Account(sid="AC1", tokens=("t",))
    accounts = Accounts(ACCOUNTS.of("+1"), {"+15550100003": mine})

    def alerts(path, **form):
        request = RawRequest(
            method="POST", path=path, headers={}, body=urlencode(form).encode(), query={}
        )
        return parsing.parse(request, accounts, redact).alerts

    inbound = {"MessageSid": "SM1", "From": "+525512345678", "Body": "hola"}
    assert alerts("/webhooks/sms", **inbound, To="+15550100003", AccountSid="AC1") == ()
    assert alerts("/webhooks/sms", **inbound, To="whatsapp:+15550100003", AccountSid="AC1") == ()
    for number, sid in (("+15550100003", "AC0"), ("+15550100002", "AC1")):
        wrong = alerts("/webhooks/sms", **inbound, To=number, AccountSid=sid)
        assert wrong == (parsing.OTHER_ACCOUNT,)
    status = {"MessageSid": "SM1", "MessageStatus": "sent", "From": "+15550100003"}
    assert alerts("/webhooks/sms/status", **status, AccountSid="AC1") == ()
    assert alerts("/webhooks/sms/status", **status, AccountSid="AC0") == (parsing.OTHER_ACCOUNT,)


@pytest.mark.parametrize(
    ("fields", "alerts"),
    [
        ({"MessageStatus": "queued"}, ()),
        ({"MessageStatus": "vanished"}, (parsing.BAD_STATUS,)),
        ({"MessageStatus": "sent", "MessageSid": None}, (parsing.BAD_STATUS,)),
        ({}, (parsing.BAD_STATUS,)),
    ],
)
def test_other_statuses_say_nothing(parse, fields, alerts):
    """A message in transit is not reported; an unreadable status is an alert."""
    parsed = parse("/webhooks/sms/status", **fields)
    assert (parsed.messages, parsed.statuses, parsed.alerts) == ((), (), alerts)


def test_card_data_stops_at_the_door(parse):
    """Body, caption and profile name are redacted; the name, which comes with every message, is
    not told each time (reference/lola.md 18).
    """
    card = "4111111111111111"
    for fields in ({"Body": card}, {"NumMedia": "1", "Body": card}, {"ProfileName": card}):
        parsed = parse(**fields)
        told = () if "ProfileName" in fields else ("card",)
        assert parsed.messages[0].redacted == told
        assert card not in repr(parsed)
