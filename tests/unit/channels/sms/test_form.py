"""Twilio's signature over address and form (`channels.sms.form`)."""

import base64
import hashlib
import hmac

import pytest

from channels.sms.form import check, fields
from lola.channel import RawRequest
from lola.errors import MalformedPayloadError, SignatureError

ORIGIN = "https://bot.example.com"
PATH = "/hooks/sms?tenant=a"
BODY = b"Body=hola&From=%2B15005550006&To=%2B15005550001&MessageSid=SM0&NumMedia=0&FromCity="
SIGNATURE = "UZhnaVEDTWwmPRoNRytiGF1Jwks="
TOKEN = "tok-1"


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
