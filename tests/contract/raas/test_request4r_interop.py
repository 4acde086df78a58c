"""Request4R against jwcrypto, an implementation of its own: each opens what the other sealed."""

import json

import pytest
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from lola.partners.payhub.request4r import JweError
from tests.contract.raas.test_request4r import OURS, THEIRS, keys, pair

TEXT = '{"amount":100,"name":"José"}'
HEADER = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}


def sealed(name=OURS, **header):
    """Return a JWE that jwcrypto made for the owner of a key."""
    token = JWE(TEXT.encode(), json.dumps(HEADER | header), algs=["RSA-OAEP", *HEADER.values()])
    token.add_recipient(JWK.from_pem(pair(name)[1].encode()))
    return token.serialize(compact=True).encode()


def changed(text):
    """Return the text with another letter in the middle of its last part."""
    place = text.rindex(b".") + 10
    letter = b"A" if text[place : place + 1] != b"A" else b"B"
    return text[:place] + letter + text[place + 1 :]


def test_a_round_trip():
    """Jwcrypto opens our request, allowed nothing but the two algorithms; we open its answer."""
    token = JWE(algs=list(HEADER.values()))
    token.deserialize(keys().encrypt(TEXT.encode()), JWK.from_pem(pair(THEIRS)[0].encode()))
    assert token.payload.decode() == TEXT
    assert keys().decrypt(sealed(kid=OURS)).decode() == TEXT


@pytest.mark.parametrize(
    "text",
    [
        lambda: sealed(THEIRS),
        lambda: sealed(alg="RSA-OAEP"),
        lambda: sealed(zip="DEF"),
        lambda: changed(sealed()),
    ],
    ids=["another key", "another algorithm", "compressed", "tampered"],
)
def test_what_jwcrypto_makes_and_we_refuse(text):
    """For another key, with another algorithm, compressed, or changed on the way."""
    with pytest.raises(JweError):
        keys().decrypt(text())


def test_a_replay():
    """The same text opens once."""
    ours, text = keys(), sealed()
    assert ours.decrypt(text).decode() == TEXT
    with pytest.raises(JweError):
        ours.decrypt(text)
