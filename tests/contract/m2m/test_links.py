"""Conformance, items 18 to 46: magic links from creation to revocation."""

import re
from datetime import timedelta

import pytest

from lola.partners.m2m import CipStatus, LinkStatus
from lola.sandbox.m2m import LinkGoneError
from tests.contract.m2m.conftest import collect

BANK = {
    "type": "bank_account",
    "bankAccount": {"country": "MX", "accountNumber": "014027000005555558"},
}
CASH = {"type": "cash", "cash": {"provider": "oxxo", "reference": "12345678"}}
NAME = {"firstName": "Ana", "lastName": "Ruiz"}


@pytest.mark.item(18, 22, 23, 24, 25, 36)
async def test_the_smallest_creation(m2m, call):
    """201 with every documented field in its documented form."""
    status, body, _ = await call("POST", "/partner/links", {"referenceId": "user-0"})
    assert (status, set(body["data"])) == (
        201,
        {"linkId", "referenceId", "status", "url", "token", "expiresAt", "createdAt"},
    )
    link = await m2m.create_link("user-1")
    assert (link.reference_id, link.status) == ("user-1", LinkStatus.CREATED)
    assert re.fullmatch(r"link_[a-z0-9]+_[a-z0-9]{12}", link.link_id)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", link.token.get_secret_value())
    assert link.url.endswith(f"/{link.link_id}/m2m-basic")


@pytest.mark.item(20)
async def test_the_edges_of_a_links_life(m2m, refused):
    """5 and 10080 minutes are inside, 4 and 10081 outside."""
    for minutes in (5, 10080):
        link = await m2m.create_link(f"user-{minutes}", expires_in_minutes=minutes)
        assert link.expires_at - link.created_at == timedelta(minutes=minutes)
    for minutes in (4, 10081):
        wrong = m2m.create_link("user-x", expires_in_minutes=minutes)
        assert await refused(wrong) == ("INVALID_REQUEST", 400)


@pytest.mark.item(21, 48)
async def test_the_partners_default_life(m2m):
    """60 minutes unless the partner's settings say otherwise."""
    link = await m2m.create_link("user-1")
    assert link.expires_at - link.created_at == timedelta(minutes=60)
    assert (await m2m.get_settings()).default_link_expiration_minutes == 60
    changed = await m2m.update_settings(default_link_expiration_minutes=90, theme="dark")
    assert (changed.default_link_expiration_minutes, changed.theme) == (90, "dark")
    assert changed.allowed_payment_methods == ("bank_account", "cash", "wallet")
    link = await m2m.create_link("user-2")
    assert link.expires_at - link.created_at == timedelta(minutes=90)


@pytest.mark.item(26)
async def test_languages(m2m, refused):
    """English and Spanish only."""
    for language in ("en", "es"):
        await m2m.create_link(f"user-{language}", language=language)
    assert await refused(m2m.create_link("user-pt", language="pt")) == ("INVALID_REQUEST", 400)


@pytest.mark.item(27, 28)
async def test_options_and_metadata_come_back_in_details(m2m, receiver):
    """Theme, flow, language, callback address and metadata are stored as given."""
    metadata = {"orderId": "ORD-2026-001", "nested": {"campaign": ["february-promo"]}}
    made = await m2m.create_link(
        "user-1",
        metadata,
        flow="m2m-other",
        theme="dark",
        language="es",
        callback_url=receiver.url,
    )
    link = await m2m.get_link(made.link_id)
    assert link.metadata == metadata
    assert (link.flow, link.theme, link.language) == ("m2m-other", "dark", "es")
    assert link.callback_url == receiver.url
    assert link.url.endswith("/m2m-other")


@pytest.mark.item(29)
async def test_metadata_rides_in_webhooks(m2m, receiver, event_named):
    """Every event about the link carries what it was made with."""
    await m2m.create_link("user-1", {"orderId": "7"}, callback_url=receiver.url)
    _, event = await event_named("link.created")
    assert event.data["metadata"] == {"orderId": "7"}


@pytest.mark.item(30, 31, 32, 33)
async def test_prefilled_data(m2m, call, refused):
    """A payment method is required with user data; both documented kinds are taken."""
    await m2m.create_link("user-1", user_data={"name": NAME, "paymentMethod": BANK})
    await m2m.create_link("user-2", user_data={"name": NAME, "paymentMethod": CASH})
    wrong = (
        {"name": NAME},
        {"name": NAME, "paymentMethod": {"type": "bank_account"}},
        {"name": NAME, "paymentMethod": {"type": "bank_account", "bankAccount": {"country": "MX"}}},
        {"name": NAME, "paymentMethod": {"type": "cash", "cash": {"provider": "oxxo"}}},
        {"name": NAME, "paymentMethod": {"type": "card"}},
    )
    for data in wrong:
        creation = m2m.create_link("user-3", user_data=data)
        assert await refused(creation) == ("INVALID_REQUEST", 400)


@pytest.mark.item(34, 35)
async def test_one_active_link_per_reference(m2m, sandbox, refused):
    """409 until the first is revoked or expired."""
    taken = ("ACTIVE_LINK_EXISTS", 409)
    first = await m2m.create_link("user-1")
    assert await refused(m2m.create_link("user-1")) == taken
    await m2m.revoke_link(first.link_id)
    await m2m.create_link("user-1")
    assert await refused(m2m.create_link("user-1")) == taken
    sandbox.clock.advance(3600)
    await m2m.create_link("user-1")


@pytest.mark.item(37)
async def test_a_reference_is_a_user(m2m):
    """A new one makes a user; a known one uses it again."""
    first = await m2m.create_link("user-1")
    await m2m.revoke_link(first.link_id)
    second = await m2m.create_link("user-1")
    await m2m.create_link("user-2")
    users = [(await m2m.get_link(one.link_id)).user.user_id for one in (first, second)]
    assert users[0] == users[1]
    assert len(await collect(m2m.list_users())) == 2


@pytest.mark.item(38)
async def test_a_verified_user_is_not_verified_again(m2m, customer):
    """The next link is ready without any data of its own, and its user stays verified."""
    first = await m2m.create_link("user-1")
    customer(first.link_id).approve()
    second = await m2m.create_link("user-1")
    assert (await m2m.get_link(second.link_id)).user.cip_status == CipStatus.VERIFIED
    ready = await m2m.cip_readiness(second.link_id)
    assert (ready.ready, ready.missing_fields) == (True, ())


@pytest.mark.item(39, 40, 41)
async def test_the_list_and_its_filters(m2m, sandbox, customer):
    """Dates, status, visibility and reference, alone and together; expiry excludes revoked."""
    old = await m2m.create_link("a", expires_in_minutes=5)
    revoked = await m2m.create_link("r", expires_in_minutes=5)
    await m2m.revoke_link(revoked.link_id)
    sandbox.clock.advance(600)
    opened = await m2m.create_link(
        "b", user_data={"name": NAME, "paymentMethod": BANK, "dob": "1990-05-15"}
    )
    customer(opened.link_id).open()
    fresh = await m2m.create_link("a")

    async def ids(**filters):
        return [link.link_id for link in await collect(m2m.list_links(**filters))]

    assert await ids() == [one.link_id for one in (fresh, opened, revoked, old)]
    assert await ids(visibility="active") == [fresh.link_id, opened.link_id]
    assert await ids(visibility="expired") == [old.link_id]
    assert await ids(status=LinkStatus.REVOKED) == [revoked.link_id]
    assert await ids(status=LinkStatus.CREATED, visibility="active") == [fresh.link_id]
    assert await ids(reference_id="a") == [fresh.link_id, old.link_id]
    assert await ids(reference_id="a", visibility="expired") == [old.link_id]
    assert await ids(created_from=fresh.created_at) == [fresh.link_id, opened.link_id]
    assert await ids(created_to=old.created_at, status=LinkStatus.CREATED) == [old.link_id]
    operation = customer(opened.link_id).approve()
    (item,) = await collect(m2m.list_links(reference_id="b"))
    assert item.opened_at == sandbox.clock()
    assert (item.user_id, item.operation_id) == (operation.user_id, operation.operation_id)
    assert set(item.user_data["name"]) >= {"firstName", "lastName"}
    assert item.token is None


@pytest.mark.item(42)
async def test_details_are_masked_and_whole(m2m, customer):
    """Masked data, the user's identity status, and the transfer in short."""
    made = await m2m.create_link(
        "user-1",
        user_data={
            "name": NAME,
            "paymentMethod": BANK,
            "idNumber": "GAPA900515HDFRRL09",
            "dob": "1990-05-15",
            "idImage": "data:image/jpeg;base64,/9j/4AAQSkZJRg",
        },
    )
    link = await m2m.get_link(made.link_id)
    assert link.user_data == {
        "name": {"firstName": "A***", "lastName": "R***"},
        "paymentMethod": {
            "type": "bank_account",
            "bankAccount": {"country": "MX", "accountNumber": "****5558"},
        },
        "idNumber": "****RL09",
        "dob": "****-05-15",
        "idImage": True,
    }
    assert (link.user.cip_status, link.user.blocked) == (CipStatus.NOT_STARTED, False)
    assert link.operation is None
    operation = customer(made.link_id).approve()
    link = await m2m.get_link(made.link_id)
    assert link.user.cip_status == CipStatus.VERIFIED
    assert link.operation.operation_id == operation.operation_id
    assert link.operation.amount.currency.destination == "MXN"


@pytest.mark.item(43, 44)
async def test_revoking(m2m, sandbox, customer, refused):
    """From created and opened, with or without a reason; from nowhere else."""
    created = await m2m.create_link("user-1")
    gone = await m2m.revoke_link(created.link_id)
    assert (gone.link_id, gone.status) == (created.link_id, LinkStatus.REVOKED)
    assert gone.revoked_at == sandbox.clock()
    opened = await m2m.create_link("user-2")
    customer(opened.link_id).open()
    await m2m.revoke_link(opened.link_id, "User requested cancellation")
    details = await m2m.get_link(opened.link_id)
    assert details.revoke_reason == "User requested cancellation"
    expired = await m2m.create_link("user-3", expires_in_minutes=5)
    used = await m2m.create_link("user-4")
    customer(used.link_id).approve()
    sandbox.clock.advance(300)
    for over in (created, expired, used):
        assert await refused(m2m.revoke_link(over.link_id)) == ("INVALID_REQUEST", 409)


@pytest.mark.item(45)
async def test_a_revoked_link_cannot_be_used(m2m, http, customer):
    """Neither opened nor approved, by page or by domain."""
    link = await m2m.create_link("user-1")
    await m2m.revoke_link(link.link_id)
    async with http.get(link.url) as response:
        assert response.status == 410
    with pytest.raises(LinkGoneError):
        customer(link.link_id).open()
    with pytest.raises(LinkGoneError):
        customer(link.link_id).approve()


@pytest.mark.item(46)
async def test_the_timeline(m2m, customer, receiver):
    """Everything that happened to a link, oldest first."""
    link = await m2m.create_link("user-1", callback_url=receiver.url)
    customer(link.link_id).open()
    customer(link.link_id).approve()
    customer(link.link_id).advance("processing")
    customer(link.link_id).advance("completed")
    steps = await m2m.link_activity(link.link_id)
    assert [step.type for step in steps] == [
        "link.created",
        "link.opened",
        "data_request.sent",
        "cip.ticket_created",
        "cip.verified",
        "operation.created",
        "operation.processing",
        "operation.completed",
    ]
    assert steps[-1].details["operationId"]
