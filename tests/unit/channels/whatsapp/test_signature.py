"""Meta's signature and handshake (`channels.whatsapp.signature`)."""

import pytest

from channels.whatsapp.signature import answer_challenge, check
from lola.channel.contract import RawRequest
from lola.errors import SignatureError

SECRET = "app-secret-1"
BODY = b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[]}]}'
DIGEST = "674924b481c54928d0b5f5eedd31e6f44a400e5fdb1826a9763ce1b6f494268a"
ESCAPED = rb'{"t":"caf\u00e9 \ud83d\ude00"}'
ESCAPED_DIGEST = "49e9e586c615f2048c782ed5c237ae7dd0a98aa66710fe834ea6f57530411447"


def post(body, signature):
    headers = {} if signature is None else {"X-Hub-Signature-256": signature}
    return RawRequest(
        method="POST", path="/webhooks/whatsapp", headers=headers, body=body, query={}
    )


def get(**query):
    named = {f"hub.{key}": value for key, value in query.items()}
    return RawRequest(method="GET", path="/webhooks/whatsapp", headers={}, body=b"", query=named)


@pytest.mark.parametrize(("body", "digest"), [(BODY, DIGEST), (ESCAPED, ESCAPED_DIGEST)])
@pytest.mark.parametrize(
    ("secrets", "position"), [((SECRET,), 0), (("new", SECRET), 1), ((SECRET, "old"), 0)]
)
def test_the_documented_vectors_pass_with_either_secret(body, digest, secrets, position):
    """Both vectors of reference/channels.md 1.2 verify, and which secret signed is known."""
    assert check(post(body, f"sha256={digest}"), secrets) == position


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        DIGEST,
        f"sha1={DIGEST}",
        f"sha256={DIGEST[:-1]}b",
        f"sha256={DIGEST} ",
        f"sha256={'ñ' * 64}",
        "sha256=" + "\udcff" * 64,
    ],
)
def test_any_other_header_is_a_signature_error(signature):
    """Odd headers are refused and never crash the comparison (reference/channels.md 0.2)."""
    with pytest.raises(SignatureError):
        check(post(BODY, signature), (SECRET,))


def test_the_raw_bytes_are_signed():
    """The same JSON written again does not verify (reference/channels.md 1.2)."""
    again = '{"t":"café 😀"}'.encode()
    with pytest.raises(SignatureError):
        check(post(again, f"sha256={ESCAPED_DIGEST}"), (SECRET,))


def test_without_a_secret_everything_is_refused():
    """Without the setting every webhook is refused."""
    with pytest.raises(SignatureError):
        check(post(BODY, f"sha256={DIGEST}"), ())


def test_the_challenge_comes_back_as_plain_text():
    """The challenge is echoed verbatim (reference/channels.md 1.1)."""
    reply = answer_challenge(get(mode="subscribe", verify_token="t", challenge="1158201444"), "t")
    assert (reply.status, reply.body, reply.content_type) == (200, "1158201444", "text/plain")


@pytest.mark.parametrize(
    ("query", "token"),
    [
        ({"mode": "subscribe", "verify_token": "x", "challenge": "1"}, "t"),
        ({"mode": "subscribe", "verify_token": "ñ", "challenge": "1"}, "t"),
        ({"mode": "unsubscribe", "verify_token": "t", "challenge": "1"}, "t"),
        ({"mode": "subscribe", "verify_token": "", "challenge": "1"}, ""),
        ({"mode": "subscribe", "verify_token": "t"}, "t"),
        ({"mode": "subscribe", "verify_token": "t", "challenge": "<script>"}, "t"),
        ({"mode": "subscribe", "verify_token": "t", "challenge": "1\n"}, "t"),
        ({"mode": "subscribe", "verify_token": "t", "challenge": "1" * 257}, "t"),
        ({}, "t"),
    ],
)
def test_a_handshake_that_is_not_metas_is_refused(query, token):
    """A wrong token, mode or challenge is refused (reference/channels.md 1.1)."""
    with pytest.raises(SignatureError):
        answer_challenge(get(**query), token)
