"""What people may see of the partner's values (`lola.partners.m2m.masking`)."""

import json
from decimal import Decimal

import pytest

from lola.partners.m2m.masking import shown
from lola.partners.m2m.model import (
    ActivityStep,
    CipTicket,
    Delivery,
    Link,
    NewSecret,
    Operation,
    User,
    read,
)

LINK = {
    "linkId": "link_1",
    "referenceId": "r-1",
    "status": "created",
    "url": "https://widget.example/link_1/m2m-basic",
    "token": "550e8400-e29b-41d4-a716-446655440000",
    "expiresAt": "2026-02-10T13:00:00.000Z",
    "createdAt": "2026-02-10T12:00:00.000Z",
    "metadata": {"recipient": "Rosa", "callback_x": "https://lola.example/c/abc", "digest": "d1"},
    "userData": {"name": {"firstName": "R."}, "idImage": True},
    "favouriteColour": "teal",
    "user": {"userId": "user_1", "cipStatus": "verified", "nickname": "Chata"},
}


def test_fields_that_nobody_documented_count_as_personal():
    """The partner may add a field at any time (reference/m2m.md 10.100), also a nested one."""
    found = shown(read(Link, LINK))
    assert found["favouriteColour"] == "…"
    assert found["user"] == {"userId": "user_1", "cipStatus": "verified", "nickname": "…"}


def test_a_links_address_and_token_are_never_shown():
    """Also inside metadata, and also to people who gave a reason."""
    for unmask in (False, True):
        text = json.dumps(shown(read(Link, LINK), unmask=unmask))
        assert "widget.example" not in text
        assert "550e8400" not in text
        assert "lola.example" not in text


def test_a_reason_opens_what_is_personal():
    """Ids inside are plain without one, and flags stay flags."""
    masked, opened = shown(read(Link, LINK)), shown(read(Link, LINK), unmask=True)
    assert masked["metadata"] == {"recipient": "…", "callback_x": "…", "digest": "d1"}
    assert opened["metadata"]["recipient"] == "Rosa"
    assert masked["userData"] == {"name": {"firstName": "…"}, "idImage": True}
    assert opened["userData"]["name"] == {"firstName": "R."}


def test_an_identity_checks_address_needs_a_reason():
    """It opens the page on which the sender proves who they are."""
    ticket = read(CipTicket, {"ticketId": "cip_1", "widgetUrl": "https://widget.example/x"})
    assert "widgetUrl" not in shown(ticket)
    assert shown(ticket, unmask=True)["widgetUrl"] == "https://widget.example/x"


def test_a_secret_is_no_part_of_any_view():
    """Not even by mistake: the value's own text hides it."""
    new = read(NewSecret, {"webhookSecret": "whsec_abc", "message": "Copy this secret now."})
    assert "whsec_abc" not in json.dumps(shown(new))


def test_money_is_exact_text():
    """An operation's amounts are neither masked nor rounded (reference/m2m.md 3.3)."""
    amount = {"send": Decimal("100.10"), "currency": {"source": "USD"}}
    found = shown(read(Operation, {"operationId": "op_1", "status": "created", "amount": amount}))
    assert found["amount"]["send"] == "100.10"
    assert found["amount"]["currency"]["source"] == "USD"


@pytest.mark.parametrize(
    ("shape", "value", "field"),
    [
        (User, {"userId": "u", "blockedReason": "told us of Rosa"}, "blockedReason"),
        (ActivityStep, {"type": "link.opened", "details": {"device": ["Rosa's"]}}, "details"),
        (Delivery, {"deliveryId": "d", "payload": {"data": {"name": "Rosa"}}}, "payload"),
        (Operation, {"operationId": "o", "status": "x", "payout": {"last4": 1234}}, "payout"),
    ],
)
def test_free_text_and_accounts_are_masked_at_any_depth(shape, value, field):
    """Names stay, values go."""
    text = json.dumps(shown(read(shape, value))[field], ensure_ascii=False)
    assert "…" in text
    assert "Rosa" not in text
    assert "1234" not in text
