"""Session tokens: the whole list of what must never pass (docs/safety.md 3.2, RFC 8725)."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from lola.errors import ConfigurationError, TokenError
from lola.money.keys import new_signing_key
from lola.money.page_sessions import Grant, SessionTokens
from lola.money.sealing import decode, encode
from tests.support import NOW

PEM = new_signing_key()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GRANT = Grant(
    ticket="tk_1", subject="sender-1", conversation="whatsapp-1", digest="d" * 64,
    actions=("cip:scan-id", "send:approve"),
)  # fmt: skip


def tokens(pem: str = PEM, **changes) -> SessionTokens:
    values = {"issuer": "https://lola.example", "tenant": "lola", "life": timedelta(minutes=15)}
    return SessionTokens(pem, **{**values, **changes})


TOKENS = tokens()
GOOD = TOKENS.issue(GRANT, NOW)
HEADER, CLAIMS = (json.loads(decode(part)) for part in GOOD.split(".")[:2])


def compact(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def signed(header: object = HEADER, claims: object = CLAIMS, pem: str = PEM) -> str:
    """Sign anything with a key of ours, as a library would."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    text = f"{encode(compact(header))}.{encode(compact(claims))}"
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256())))
    size = (key.curve.key_size + 7) // 8
    return f"{text}.{encode(r.to_bytes(size, 'big') + s.to_bytes(size, 'big'))}"


def with_signature(r: int, s: int) -> str:
    head = GOOD.rpartition(".")[0]
    return f"{head}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def hmac_signed(secret: bytes) -> str:
    text = f"{encode(compact({**HEADER, 'alg': 'HS256'}))}.{GOOD.split('.')[1]}"
    return f"{text}.{encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def pem_of(curve: ec.EllipticCurve) -> str:
    key = ec.generate_private_key(curve)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem() -> bytes:
    key = load_pem_private_key(PEM.encode(), None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def duplicated(claims: dict, name: str, first: object) -> bytes:
    return f'{{"{name}": {json.dumps(first)}, {json.dumps(claims)[1:]}'.encode()


R, S = (
    int.from_bytes(decode(GOOD.split(".")[2])[part], "big") for part in (slice(32), slice(32, 64))
)

FORGERIES = {
    "none": f"{encode(compact({**HEADER, 'alg': 'none'}))}.{GOOD.split('.')[1]}.",
    "None": f"{encode(compact({**HEADER, 'alg': 'None'}))}.{GOOD.split('.')[1]}.",
    "none with our signature": signed({**HEADER, "alg": "none"}),
    "no signature": f"{GOOD.rpartition('.')[0]}.",
    "HS256 with the public key": hmac_signed(public_pem()),
    "HS256 with the public key as JWK": hmac_signed(
        json.dumps(ECKey.import_key(PEM).as_dict(private=False)).encode()
    ),
    "HS256 in the header only": signed({**HEADER, "alg": "HS256"}),
    "ES384 in the header only": signed({**HEADER, "alg": "ES384"}),
    "swapped curve": signed(pem=pem_of(ec.SECP384R1())),
    "swapped curve of the same size": signed(pem=pem_of(ec.SECP256K1())),
    "another key under our kid": signed(pem=new_signing_key()),
    "unknown kid": signed({**HEADER, "kid": "other"}),
    "no kid": signed({k: v for k, v in HEADER.items() if k != "kid"}),
    "r = 0": with_signature(0, S),
    "s = 0": with_signature(R, 0),
    "r and s = 0": with_signature(0, 0),
    "r = order": with_signature(ORDER, S),
    "s over the order": with_signature(R, min(S + ORDER, 2**256 - 1)),
    "short signature": f"{GOOD.rpartition('.')[0]}.{encode(b'x' * 63)}",
    "DER signature": f"{GOOD.rpartition('.')[0]}.{encode(b'0E' + b'x' * 69)}",
    "duplicated claim, ours last": signed(claims=duplicated(CLAIMS, "ticket", "tk_2")),
    "duplicated claim, ours first": signed(
        claims=compact(CLAIMS)[:-1] + b', "scope": "everything"}'
    ),
    "duplicated header": signed(duplicated(HEADER, "alg", "none")),
    "exp as text": signed(claims={**CLAIMS, "exp": str(CLAIMS["exp"])}),
    "exp as float": signed(claims={**CLAIMS, "exp": float(CLAIMS["exp"])}),
    "exp as bool": signed(claims={**CLAIMS, "exp": True}),
    "exp out of this world": signed(claims={**CLAIMS, "exp": 10**30}),
    "exp not a number": signed(claims=compact({**CLAIMS, "exp": float("nan")})),
    "iat as text": signed(claims={**CLAIMS, "iat": str(CLAIMS["iat"])}),
    "longer than we sign for": signed(claims={**CLAIMS, "exp": CLAIMS["exp"] + 1}),
    "issued in the future": signed(
        claims={**CLAIMS, "iat": CLAIMS["iat"] + 60, "exp": CLAIMS["exp"] + 60}
    ),
    "10 kB": signed(claims={**CLAIMS, "digest": "d" * 10_000}),
    "unknown crit": signed({**HEADER, "crit": ["exp2"], "exp2": 1}),
    "b64 crit": signed({**HEADER, "crit": ["b64"], "b64": False}),
    "jku": signed({**HEADER, "jku": "https://evil.example/keys"}),
    "x5u": signed({**HEADER, "x5u": "https://evil.example/cert"}),
    "jwk": signed({**HEADER, "jwk": ECKey.generate_key("P-256").as_dict(private=False)}),
    "typ JWT": signed({**HEADER, "typ": "JWT"}),
    "no typ": signed({k: v for k, v in HEADER.items() if k != "typ"}),
    "trailing text": f"{GOOD}x",
    "trailing part": f"{GOOD}.",
    "trailing line break": f"{GOOD}\n",
    "padding": f"{GOOD}==",
    "JSON serialization": json.dumps({"payload": GOOD.split(".")[1]}),
    "encrypted form": f"{GOOD}.a.b",
    "empty": "",
    "claims are a list": signed(claims=[CLAIMS]),
    "claims are no JSON": signed(claims=b"{"),
    "another audience": signed(claims={**CLAIMS, "aud": "somebody"}),
    "a list of audiences": signed(claims={**CLAIMS, "aud": [CLAIMS["aud"]]}),
    "another issuer": signed(claims={**CLAIMS, "iss": "https://evil.example"}),
    "another tenant": signed(claims={**CLAIMS, "tenant": "bank-two"}),
    "an extra claim": signed(claims={**CLAIMS, "admin": True}),
    **{
        f"without {name}": signed(claims={k: v for k, v in CLAIMS.items() if k != name})
        for name in CLAIMS
    },
}  # fmt: skip


def test_a_token_of_ours_says_what_it_grants() -> None:
    """The forgeries below differ from this in one thing each."""
    assert TOKENS.read(GOOD, NOW) == GRANT
    assert TOKENS.read(signed(), NOW) == GRANT


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name: str) -> None:
    """Always the same error, whatever is wrong with it."""
    with pytest.raises(TokenError) as refusal:
        TOKENS.read(FORGERIES[name], NOW)
    assert str(refusal.value) == str(TokenError())


@given(st.data())
def test_no_changed_character_passes(data: st.DataObject) -> None:
    """Every character of the token is bound, the last bits of each part too."""
    place = data.draw(st.integers(0, len(GOOD) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda found: found != GOOD[place]))
    with pytest.raises(TokenError):
        TOKENS.read(f"{GOOD[:place]}{other}{GOOD[place + 1 :]}", NOW)


def test_a_session_ends() -> None:
    """At its last second it holds, then no more; a clock a little behind is forgiven."""
    assert TOKENS.read(GOOD, NOW + timedelta(minutes=15, seconds=-1)) == GRANT
    assert TOKENS.read(GOOD, NOW - timedelta(seconds=20)) == GRANT
    with pytest.raises(TokenError):
        TOKENS.read(GOOD, NOW + timedelta(minutes=15))


def test_every_opened_page_gets_its_own_session() -> None:
    """No two tokens share a `jti`."""
    assert CLAIMS["jti"] != json.loads(decode(TOKENS.issue(GRANT, NOW).split(".")[1]))["jti"]


def test_the_published_keys_are_public() -> None:
    """The page's owner gets what verifies, never what signs."""
    (key,) = TOKENS.public_keys()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert key["kid"] == HEADER["kid"]
    assert "d" not in key


def test_line_breaks_may_be_written_as_two_characters() -> None:
    """Some environments cannot hold real ones."""
    assert tokens(PEM.replace("\n", "\\n")).read(GOOD, NOW) == GRANT


@pytest.mark.parametrize(
    "pem",
    ["", "secret", pem_of(ec.SECP384R1()), public_pem().decode(), PEM + pem_of(ec.SECP521R1())],
)
def test_anything_but_a_private_p256_key_stops_the_start(pem: str) -> None:
    """The setting is named, its value is not."""
    with pytest.raises(ConfigurationError, match="JWT_PRIVATE_KEY") as refusal:
        tokens(pem)
    assert "BEGIN" not in str(refusal.value)
