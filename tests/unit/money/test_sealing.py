"""Sealed tokens: only we can make, read or change one (docs/safety.md 3.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.errors import ConfigurationError, TokenError
from lola.money.sealing import HEADER_BYTES, KEY_ID_BYTES, Sealer, decode, encode

OLD, NEW = "old-secret-" + "x" * 32, "new-secret-" + "y" * 32


def sealer(*secrets: str, purpose: str = "callback", tenant: str = "lola") -> Sealer:
    return Sealer(secrets or (OLD,), purpose=purpose, tenant=tenant, setting="CALLBACK_SECRET")


def refuses(opener: Sealer, token: str) -> bool:
    try:
        opener.open(token)
    except TokenError:
        return True
    return False


@given(st.binary(max_size=300))
def test_what_is_sealed_opens_again(plain: bytes) -> None:
    """Any bytes, on any instance with the same secret; no two tokens are alike."""
    first, second = sealer().seal(plain), sealer().seal(plain)
    assert sealer().open(first) == sealer().open(second) == plain
    assert first != second


@given(st.data())
def test_no_changed_byte_passes(data: st.DataObject) -> None:
    """Version, key id, nonce, text and seal: each byte is bound."""
    raw = bytearray(decode(sealer().seal(b"ticket")))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    assert refuses(sealer(), encode(bytes(raw)))


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(encode)))
def test_no_other_text_passes(text: str) -> None:
    """Garbage is refused like a forgery, whatever it is made of."""
    assert refuses(sealer(), text)


@pytest.mark.parametrize(
    "other",
    [sealer(NEW), sealer(purpose="session"), sealer(tenant="bank-two")],
    ids=["secret", "purpose", "tenant"],
)
def test_a_token_is_good_for_its_own_purpose_only(other: Sealer) -> None:
    """Another secret, purpose or bank cannot open it."""
    assert refuses(other, sealer().seal(b"x"))


def test_one_value_has_one_spelling() -> None:
    """Padding, trailing bits, line breaks and the other alphabet are refused."""
    token = sealer().seal(b"xx")
    for spelling in (f"{token}=", f"{token}\n", f" {token}", f"{token}A", token[:-1], ""):
        assert refuses(sealer(), spelling)


def test_a_seal_with_the_right_key_id_is_still_checked() -> None:
    """Knowing which key is in use is of no help."""
    raw = decode(sealer().seal(b"x"))
    assert refuses(sealer(), encode(raw[: 1 + KEY_ID_BYTES] + bytes(60)))
    assert refuses(sealer(), encode(raw[:HEADER_BYTES]))


def test_the_secret_stands_nowhere() -> None:
    """Neither the token nor a printed sealer shows secret or text."""
    token = sealer().seal(b"tk_planted")
    assert b"tk_planted" not in decode(token)
    assert OLD not in repr(sealer().__dict__)


@pytest.mark.parametrize("secrets", [(), ("short",), (OLD, "short")])
def test_a_weak_secret_stops_the_start(secrets) -> None:
    """The setting is named."""
    with pytest.raises(ConfigurationError, match="CALLBACK_SECRET"):
        Sealer(secrets, purpose="callback", tenant="lola", setting="CALLBACK_SECRET")
