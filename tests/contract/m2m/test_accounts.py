"""Conformance, items 47 to 59: the partner's own account, its users, its operations."""

from decimal import Decimal

import pytest

from lola.partners.m2m import CipStatus, OperationStatus
from lola.sandbox.m2m import UserBlockedError
from tests.contract.m2m.conftest import collect

REASON = "Suspicious activity detected on multiple transactions"


@pytest.mark.item(47)
async def test_the_profile(m2m):
    """Name, status, environment, branding and the payment methods that are allowed."""
    profile = await m2m.profile()
    assert (profile.name, profile.status) == ("Remesas Sol", "active")
    assert profile.environment == "sandbox"
    assert profile.branding.primary_color
    assert profile.settings.allowed_payment_methods == ("bank_account", "cash", "wallet")


@pytest.mark.item(48)
async def test_settings_are_checked_and_partial(m2m, refused):
    """A change leaves the rest; a wrong one changes nothing; what is not allowed is refused."""
    wrong = m2m.update_settings(default_link_expiration_minutes=4)
    assert await refused(wrong) == ("INVALID_REQUEST", 400)
    settings = await m2m.update_settings(allowed_payment_methods=["cash"], language="es")
    assert (settings.allowed_payment_methods, settings.language) == (("cash",), "es")
    assert settings.default_link_expiration_minutes == 60
    bank = {
        "type": "bank_account",
        "bankAccount": {"country": "MX", "accountNumber": "014027000005555558"},
    }
    creation = m2m.create_link("user-1", user_data={"paymentMethod": bank})
    assert await refused(creation) == ("INVALID_REQUEST", 400)


@pytest.mark.item(49)
async def test_users_and_their_filters(m2m, sandbox, customer, refused):
    """Reference, identity status, block and dates."""
    verified = await m2m.create_link("verified")
    customer(verified.link_id).hurry()
    sandbox.clock.advance(60)
    fresh = await m2m.create_link("fresh")
    blocked = (await m2m.get_link(fresh.link_id)).user.user_id
    await m2m.block_user(blocked)

    async def references(**filters):
        return [user.reference_id for user in await collect(m2m.list_users(**filters))]

    assert await references() == ["fresh", "verified"]
    assert await references(reference_id="fresh") == ["fresh"]
    assert await references(cip_status=CipStatus.VERIFIED) == ["verified"]
    assert await references(cip_status=CipStatus.NOT_STARTED) == ["fresh"]
    assert await references(blocked=True) == ["fresh"]
    assert await references(blocked=False) == ["verified"]
    assert await references(created_from=fresh.created_at) == ["fresh"]
    assert await references(created_to=verified.created_at, blocked=False) == ["verified"]
    assert await refused(anext(m2m.list_users(cip_status="maybe"))) == ("INVALID_REQUEST", 400)


@pytest.mark.item(50)
async def test_a_users_details(m2m, sandbox, customer):
    """Masked identity, identity status, block, and what they did so far."""
    link = await m2m.create_link("user-1")
    customer(link.link_id).approve()
    customer(link.link_id).advance("processing")
    sandbox.clock.advance(30)
    customer(link.link_id).advance("completed")
    (listed,) = await collect(m2m.list_users())
    user = await m2m.get_user(listed.user_id)
    assert (user.cip_status, user.state) == (CipStatus.VERIFIED, "cip_verified")
    assert user.user_data["name"]["firstName"] == "C***"
    assert user.user_data["idNumber"] == "****RL09"
    assert (user.stats.total_links, user.stats.completed_operations) == (1, 1)
    assert user.stats.last_activity_at == sandbox.clock()
    assert user.blocked is False


@pytest.mark.item(51, 52, 54)
async def test_blocking_and_unblocking(m2m, call, refused):
    """500 characters of reason fit and come back; 501 do not; unblocking lifts it all."""
    await m2m.create_link("user-1")
    (user,) = await collect(m2m.list_users())
    assert await refused(m2m.block_user(user.user_id, "x" * 501)) == ("INVALID_REQUEST", 400)
    assert (await m2m.get_user(user.user_id)).blocked is False
    for reason in ("x" * 500, REASON):
        assert (await m2m.block_user(user.user_id, reason)).blocked is True
        details = await m2m.get_user(user.user_id)
        assert (details.blocked, details.blocked_reason) == (True, reason)
        assert details.blocked_at is not None
    _, body, _ = await call("POST", f"/partner/users/{user.user_id}/unblock")
    assert body["data"] == {"userId": user.user_id, "blocked": False}
    details = await m2m.get_user(user.user_id)
    assert (details.blocked, details.blocked_reason) == (False, None)


@pytest.mark.item(53)
async def test_what_a_blocked_user_cannot_do(m2m, customer, refused):
    """No new links, no approval of an old one; both work again afterwards."""
    link = await m2m.create_link("user-1")
    (user,) = await collect(m2m.list_users())
    await m2m.block_user(user.user_id)
    with pytest.raises(UserBlockedError):
        customer(link.link_id).approve()
    await m2m.revoke_link(link.link_id)
    assert await refused(m2m.create_link("user-1")) == ("USER_BLOCKED", 403)
    await m2m.unblock_user(user.user_id)
    again = await m2m.create_link("user-1")
    assert customer(again.link_id).approve().status == "created"


@pytest.mark.item(55, 56)
async def test_operations_and_their_filters(m2m, sandbox, customer, refused):
    """Each documented filter, and every documented field of an item."""
    first = await m2m.create_link("a")
    done = customer(first.link_id).approve()
    sandbox.clock.advance(60)
    second = await m2m.create_link("b")
    dropped = customer(second.link_id).cancel()

    async def ids(**filters):
        return [one.operation_id for one in await collect(m2m.list_operations(**filters))]

    assert await ids() == [dropped.operation_id, done.operation_id]
    assert await ids(reference_id="a") == [done.operation_id]
    assert await ids(user_id=dropped.user_id) == [dropped.operation_id]
    assert await ids(link_id=first.link_id) == [done.operation_id]
    assert await ids(status=OperationStatus.CANCELLED) == [dropped.operation_id]
    assert await ids(created_from=second.created_at) == [dropped.operation_id]
    assert await ids(created_to=first.created_at) == [done.operation_id]
    assert await refused(anext(m2m.list_operations(status="odd"))) == ("INVALID_REQUEST", 400)
    (item,) = await collect(m2m.list_operations(reference_id="a"))
    assert (item.link_id, item.user_id, item.reference_id) == (first.link_id, done.user_id, "a")
    amount = item.amount
    assert (amount.send, amount.receive) == (Decimal(100), Decimal(1725))
    assert (amount.rate, amount.fee) == (Decimal("17.25"), Decimal("3.99"))
    assert (amount.currency.source, amount.currency.destination) == ("USD", "MXN")


@pytest.mark.item(57, 58)
async def test_the_life_of_an_operation(m2m, customer):
    """All five statuses; an end carries its time, a failure its reason."""

    async def status(link):
        (operation,) = await collect(m2m.list_operations(link_id=link.link_id))
        return operation

    good = await m2m.create_link("good")
    customer(good.link_id).approve()
    assert (await status(good)).status == OperationStatus.CREATED
    customer(good.link_id).advance("processing")
    assert (await status(good)).status == OperationStatus.PROCESSING
    customer(good.link_id).advance("completed")
    completed = await status(good)
    assert completed.status == OperationStatus.COMPLETED
    assert completed.completed_at is not None
    bad = await m2m.create_link("bad")
    customer(bad.link_id).approve()
    customer(bad.link_id).advance("failed", "Insufficient funds")
    failed = await status(bad)
    assert (failed.status, failed.failure_reason) == (OperationStatus.FAILED, "Insufficient funds")
    assert (failed.failed_at is not None, failed.completed_at) == (True, None)
    dropped = await m2m.create_link("dropped")
    customer(dropped.link_id).cancel()
    assert (await status(dropped)).status == OperationStatus.CANCELLED


@pytest.mark.item(59)
async def test_an_operations_details(m2m, sandbox, customer):
    """Timeline, funding and payout, with last fours only."""
    link = await m2m.create_link("user-1")
    operation = customer(link.link_id).approve()
    sandbox.clock.advance(60)
    customer(link.link_id).advance("processing")
    details = await m2m.get_operation(operation.operation_id)
    assert [step.status for step in details.timeline] == ["created", "processing"]
    assert details.timeline[1].timestamp == sandbox.clock()
    assert details.funding == {"type": "card", "last4": "4242", "provider": "Visa"}
    assert details.payout == {"type": "cash", "provider": "sandbox"}
