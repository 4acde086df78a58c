"""Twilio's signature over address and form (`channels.sms.form`)."""

import base64
import hashlib
import hmac

import pytest

from channels.sms.accounts import Account, Accounts
from channels.sms.form import check as check_form
from channels.sms.form import fields
from lola.channel.contract import RawRequest
from lola.errors import MalformedPayloadError, SignatureError

ORIGIN = "https://bot.example.com"
PATH = "/hooks/sms?tenant=a"
BODY = b"Body=hola&From=%2B15005550006&To=%2B15005550001&MessageSid=SM0&NumMedia=0&FromCity="
SIGNATURE = "UZhnaVEDTWwmPRoNRytiGF1Jwks="
TOKEN = "tok-1"


def check(request, origin, token, shared_key=""):
    """Check as the one account whose token this is; "" for none."""
    account = Account(sid="AC0", tokens=(token,)) if token else None
    check_form(request, origin, Accounts(account), (shared_key, "older"))


def request(body=BODY, path=PATH, **headers):
    headers = headers or {"X-Twilio-Signature": SIGNATURE}
    return RawRequest(method="POST", path=path, headers=headers, body=body, query={})


def test_the_documented_vector_passes():
    """The vector of reference/channels.md 2.3 verifies, blank field included."""
    check(request(), ORIGIN, TOKEN)


def test_header_names_have_no_case():
    """A header in lower case is the same header."""
    check(request(**{"x-twilio-signature": SIGNATURE}), ORIGIN, TOKEN)


@pytest.mark.parametrize(
    ("bad", "origin", "token"),
    [
        (request(body=BODY.replace(b"hola", b"hols")), ORIGIN, TOKEN),
        (request(body=BODY.removesuffix(b"&FromCity=") + b"&FromCity=x"), ORIGIN, TOKEN),
        (request(path="/hooks/sms?tenant=b"), ORIGIN, TOKEN),
        (request(), "http://bot.example.com", TOKEN),
        (request(), "https://bot.example.org", TOKEN),
        (request(), ORIGIN, "tok-2"),
        (request(), ORIGIN, ""),
        (request(Other="x"), ORIGIN, TOKEN),
        (request(**{"X-Twilio-Signature": ""}), ORIGIN, TOKEN),
        (request(**{"X-Twilio-Signature": "ñ" * 28}), ORIGIN, TOKEN),
        (request(**{"X-Twilio-Signature": "\udcff" * 28}), ORIGIN, TOKEN),
        (request(path="/hooks/\udcff"), ORIGIN, TOKEN),
        (request(body=b"\xff\xfe"), ORIGIN, TOKEN),
        (request(body=b"&".join(b"a=%d" % n for n in range(501))), ORIGIN, TOKEN),
    ],
)
def test_everything_else_is_refused(bad, origin, token):
    """Altered, missing, odd and oversized input is a SignatureError and never another error."""
    with pytest.raises(SignatureError):
        check(bad, origin, token)


def test_repeated_fields_enter_the_signature():
    """Two values of one name are both signed, sorted (reference/channels.md 2.3)."""
    signed = f"{ORIGIN}/xA1A2".encode()
    digest = base64.b64encode(hmac.new(TOKEN.encode(), signed, hashlib.sha1).digest()).decode()
    header = {"X-Twilio-Signature": digest}
    check(request(body=b"A=2&A=1", path="/x", **header), ORIGIN, TOKEN)
    with pytest.raises(SignatureError):
        check(request(body=b"A=1", path="/x", **header), ORIGIN, TOKEN)


def test_blank_and_repeated_fields_are_kept():
    """No field is lost on the way (reference/channels.md 0.2)."""
    assert fields(b"a=&b=1&b=2").getall("b") == ["1", "2"]
    assert fields(b"a=&b=1&b=2")["a"] == ""


def test_an_unreadable_form_is_malformed():
    """A body that is not text is kept and alarmed, not retried."""
    with pytest.raises(MalformedPayloadError):
        fields(b"\xff")


def test_the_vector_of_the_shared_key_passes():
    """SHA-256 with the shared key's secret, when the header says so (reference/channels.md 2.3)."""
    headers = {
        "X-Twilio-Signature": "x3jGFjykZ7WYPnsrg+rlmz6SPTlMeJmd/EZa9/gmzhw=",
        "X-Twilio-Webhooks-Signature-Settings": "key=webhooks_1,algorithm=HMAC_SHA256",
    }
    check(request(**headers), ORIGIN, "", shared_key=TOKEN)
    for broken in (
        {"X-Twilio-Webhooks-Signature-Settings": "key=webhooks_1,algorithm=HMAC_MD5"},
        {"X-Twilio-Webhooks-Signature-Settings": ""},
    ):
        with pytest.raises(SignatureError):
            check(request(**(headers | broken)), ORIGIN, TOKEN, shared_key=TOKEN)


def test_each_algorithm_has_a_secret_of_its_own():
    """The algorithm's header is unsigned, so it must not choose the secret (reference/channels.md
    2.3).
    """
    headers = {
        "X-Twilio-Signature": "x3jGFjykZ7WYPnsrg+rlmz6SPTlMeJmd/EZa9/gmzhw=",
        "X-Twilio-Webhooks-Signature-Settings": "key=webhooks_1,algorithm=HMAC_SHA256",
    }
    with pytest.raises(SignatureError):
        check(request(**headers), ORIGIN, TOKEN)
    with pytest.raises(SignatureError):
        check(request(), ORIGIN, "", shared_key=TOKEN)


def test_the_vector_of_a_json_request_passes():
    """The digest of the body is in the address, which alone is signed (reference/channels.md
    2.3).
    """
    digest = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    signed = {"X-Twilio-Signature": "9VlxSw+E0OO4SmFt5Ya+Mk9VwLM="}
    path = f"/j?bodySHA256={digest}"
    check(request(b'{"a":1}', path, **signed), ORIGIN, TOKEN)
    with pytest.raises(SignatureError):
        check(request(b'{"a":2}', path, **signed), ORIGIN, TOKEN)


@pytest.mark.parametrize("origin", [ORIGIN, f"{ORIGIN}:443"])
def test_the_default_port_makes_no_difference(origin):
    """Twilio signs with it or without it (reference/channels.md 2.3)."""
    check(request(), origin, TOKEN)


def test_another_port_is_another_address():
    """What was signed with `:8443` passes with it only (reference/channels.md 2.3)."""
    text = f"{ORIGIN}:8443/xA1".encode()
    digest = base64.b64encode(hmac.new(TOKEN.encode(), text, hashlib.sha1).digest()).decode()
    signed = request(body=b"A=1", path="/x", **{"X-Twilio-Signature": digest})
    check(signed, f"{ORIGIN}:8443", TOKEN)
    with pytest.raises(SignatureError):
        check(signed, ORIGIN, TOKEN)


def test_during_a_rotation_both_tokens_are_good():
    """The old one until Twilio has promoted the new one (reference/channels.md 2.3)."""
    rotating = Accounts(Account(sid="AC0", tokens=("tok-2", TOKEN)))
    check_form(request(), ORIGIN, rotating)


def test_a_subaccount_signs_with_its_own_token():
    """One account's token says nothing in another one's name (reference/channels.md 2.3)."""
    mine = Account(sid="AC1", tokens=("tok-2",))
    accounts = Accounts(Account(sid="AC0", tokens=(TOKEN,)), {"+15550100003": mine})
    check_form(request(), ORIGIN, accounts)
    body = BODY + b"&AccountSid=AC1"
    signed_fields = "BodyholaFrom+15005550006FromCityMessageSidSM0NumMedia0To+15005550001"
    text = f"{ORIGIN}{PATH}AccountSidAC1{signed_fields}"
    for token, good in (("tok-2", True), (TOKEN, False)):
        digest = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest())
        signed = request(body, **{"X-Twilio-Signature": digest.decode()})
        if good:
            check_form(signed, ORIGIN, accounts)
        else:
            with pytest.raises(SignatureError):
                check_form(signed, ORIGIN, accounts)
