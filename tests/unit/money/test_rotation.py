"""A rotation under load: whatever was valid when it was made is accepted (docs/safety.md 3.2)."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.errors import TokenError
from lola.money.keys import (
    STEPS,
    new_secret,
    new_signing_key,
    rotated_secret,
    rotated_signing_key,
)
from lola.money.page_sessions import SessionTokens
from lola.money.sealing import Sealer
from tests.support import NOW
from tests.unit.money.test_page_sessions import GRANT

TOGETHER = 4


def stages(value: str, rotate) -> list[str]:
    """Return a setting's values over one whole rotation, first to last."""
    found = [value]
    for step in STEPS:
        found.append(rotate(found[-1], step))
    return found


SECRETS = stages(new_secret(), rotated_secret)
KEYS = stages(new_signing_key(), rotated_signing_key)
SEALERS = [
    Sealer(secret.split(","), purpose="callback", tenant="lola", setting="CALLBACK_SECRET")
    for secret in SECRETS
]
SESSIONS = [
    SessionTokens(pem, issuer="i", tenant="lola", life=timedelta(minutes=15)) for pem in KEYS
]


@given(st.lists(st.tuples(st.integers(0, TOGETHER - 1), st.integers(0, TOGETHER - 1)), min_size=1))
def test_no_valid_token_is_refused_while_instances_restart_one_by_one(restarts) -> None:
    """Instances move on in any order, but never two steps apart; each takes the others' tokens.

    A step begins once every instance has taken the one before and its tokens have run out, which
    is what `lola keys rotate` tells the operator to wait for.
    """
    at = [0] * TOGETHER
    for mover, maker in restarts:
        if at[mover] == min(at) and at[mover] < len(STEPS):
            at[mover] += 1
        token = SEALERS[at[maker]].seal(b"x")
        session = SESSIONS[at[maker]].issue(GRANT, NOW)
        for stage in at:
            assert SEALERS[stage].open(token) == b"x"
            assert SESSIONS[stage].read(session, NOW) == GRANT


def test_tokens_outlive_the_step_after_them() -> None:
    """What was made just before an instance moved on is good on all that did."""
    for stage in range(len(STEPS)):
        token = SEALERS[stage].seal(json.dumps(stage).encode())
        assert SEALERS[stage + 1].open(token) == json.dumps(stage).encode()
        session = SESSIONS[stage].issue(GRANT, NOW)
        assert SESSIONS[stage + 1].read(session, NOW) == GRANT


def test_a_retired_key_is_good_for_nothing() -> None:
    """The last step ends the old key."""
    with pytest.raises(TokenError):
        SEALERS[-1].open(SEALERS[0].seal(b"x"))
    with pytest.raises(TokenError):
        SESSIONS[-1].read(SESSIONS[0].issue(GRANT, NOW), NOW)


def test_skipping_the_first_step_would_lose_tokens() -> None:
    """Why there are three steps: a key that signs before it is known is refused by the others."""
    hasty = Sealer((new_secret(), SECRETS[0]), purpose="callback", tenant="lola", setting="X")
    with pytest.raises(TokenError):
        SEALERS[0].open(hasty.seal(b"x"))
