"""The platform's things: what holds whatever order they are touched in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lola.partners.m2m.model import CIP_FIELDS, nested
from lola.sandbox.clock import SandboxClock
from lola.sandbox.m2m import Platform
from lola.sandbox.m2m.errors import InvalidRequestError, RefusedError
from lola.sandbox.m2m.operations import NEXT
from lola.sandbox.m2m.request_schemas import read_create
from lola.sandbox.m2m.user_data import flatten, mask
from lola.sandbox.m2m.users import PRECEDENCE
from lola.sandbox.store import Database
from tests.unit.sandbox.conftest import NOW
from tests.unit.sandbox.m2m.conftest import AMOUNT, BANK, WHOLE

STATUSES = sorted(NEXT)


def fresh():
    platform = Platform(Database(), SandboxClock(lambda: NOW))
    partner = platform.partners.ensure(
        slug="sol", name="Sol", api_key="m2m_test_x", webhook_secret="whsec_x"
    )
    return platform, partner


@settings(max_examples=60, deadline=None)
@given(
    writes=st.lists(
        st.tuples(st.sampled_from(CIP_FIELDS), st.sampled_from(sorted(PRECEDENCE))), max_size=12
    )
)
def test_the_strongest_source_wins_whatever_the_order(writes):
    """After any writes each field has the last value of its strongest source
    (reference/m2m.md 6.2).
    """
    platform, partner = fresh()
    user = platform.users.ensure(partner, "u")
    expected = {}
    for number, (path, source) in enumerate(writes):
        platform.users.merge(user.user_id, nested({path: str(number)}), source)
        if path not in expected or PRECEDENCE[source] <= PRECEDENCE[expected[path][1]]:
            expected[path] = (str(number), source)
    assert platform.users.fields(user.user_id) == {p: value for p, (value, _) in expected.items()}
    assert platform.users.sources(user.user_id) == {
        p: source for p, (_, source) in expected.items()
    }
    assert set(platform.users.missing(user)) == set(CIP_FIELDS) - set(expected)


@settings(max_examples=60, deadline=None)
@given(wishes=st.lists(st.sampled_from(STATUSES), max_size=8))
def test_an_operation_moves_only_along_the_documented_arrows(wishes):
    """Any sequence of requests leaves a valid history, and a final status is final
    (reference/m2m.md 4.3).
    """
    platform, partner = fresh()
    link = platform.create_link(partner, read_create({"referenceId": "u"}))
    platform.customer.hurry(link)
    operation = platform.customer.approve(link, AMOUNT)
    history = ["created"]
    for wish in wishes:
        current = platform.operations.get(operation.operation_id)
        try:
            platform.operations.advance(current, wish, "why")
            assert wish in NEXT[current.status]
            history.append(wish)
        except InvalidRequestError:
            assert wish not in NEXT[current.status]
    done = platform.operations.get(operation.operation_id)
    assert [step["status"] for step in platform.operations.timeline(done)] == history
    assert (done.completed_at is not None) == (history[-1] == "completed")
    assert (done.failed_at is not None, done.failure_reason) == (
        history[-1] == "failed",
        "why" if history[-1] == "failed" else None,
    )


def test_a_refused_creation_leaves_nothing_behind(platform, make):
    """A second active link is refused as a whole: no data, no event, no trace of it."""
    link = make()
    with pytest.raises(RefusedError):
        make(userData=WHOLE | {"paymentMethod": BANK})
    assert platform.users.fields(link.user_id) == {}
    assert len(platform.links.list.all()) == 1


def test_nothing_survives_a_mask(platform):
    """No masked view holds a whole name, number, birthday or image (reference/m2m.md 9.2)."""
    data = WHOLE | {"paymentMethod": BANK, "idImage": "data:image/jpeg;base64,/9j/4AAQ"}
    shown = str(mask(data))
    for secret in ("María", "Ruiz", "GAPA900515", "1990", "01402700000", "base64"):
        assert secret not in shown
    assert mask(data)["idImage"] is True
    assert "WXYZ" not in str(mask({"idNumber": "WXYZ"}))
    assert flatten(data)["name.firstName"] == "Ana"


def test_keys_are_not_stored_and_several_may_live(platform, partner):
    """A key is kept as a digest, revoked at once, and lists only its beginning
    (reference/m2m.md 2.2).
    """
    key = platform.partners.add_key(partner)
    assert platform.partners.authenticate(key) is not None
    rows = platform.database.all("SELECT * FROM api_keys")
    assert not any(key in str(tuple(row)) for row in rows)
    listed = platform.partners.keys(partner)
    assert [one["prefix"] for one in listed][-1] == key[:13]
    assert listed[-1]["lastUsedAt"] is not None
    assert platform.partners.revoke_keys(partner, key[:13]) == 1
    assert platform.partners.authenticate(key) is None
