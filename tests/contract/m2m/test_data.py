"""Conformance, items 60 to 69 and 83 to 85: data requests, sources, identity checks, states."""

import pytest

from lola.partners.m2m import CIP_FIELDS, CipStatus
from lola.partners.m2m.webhooks import read_data_request
from tests.contract.m2m.conftest import collect

BANK = {
    "type": "bank_account",
    "bankAccount": {"country": "MX", "accountNumber": "014027000005555558"},
}
TYPED = {
    "name.firstName": "Ana",
    "name.secondName": "",
    "name.lastName": "Ruiz",
    "name.secondLastName": "Paz",
    "idNumber": "GAPA900515HDFRRL09",
    "idType": "CURP",
    "dob": "1990-05-15",
}
WHOLE = {
    "name": {"firstName": "Ana", "secondName": "", "lastName": "Ruiz", "secondLastName": "Paz"},
    "idNumber": "GAPA900515HDFRRL09",
    "idType": "CURP",
    "dob": "1990-05-15",
}


@pytest.fixture
def asked(m2m, customer, receiver, event_named):
    """Open a new link and answer it with the data request that follows."""

    async def asked_(reference="user-1", **options):
        link = await m2m.create_link(reference, callback_url=receiver.url, **options)
        customer(link.link_id).open()
        _, event = await event_named("user.data_request")
        return link, read_data_request(event), event

    return asked_


@pytest.mark.item(60)
async def test_fulfilling_a_request(m2m, sandbox, asked):
    """The answer names request, link and time; the data is the user's from then on."""
    link, request, _ = await asked()
    done = await m2m.fulfill_data_request(
        request.data_request_id, reference_id="user-1", user_data=WHOLE
    )
    assert (done.data_request_id, done.status) == (request.data_request_id, "fulfilled")
    assert (done.link_id, done.fulfilled_at) == (link.link_id, sandbox.clock())
    assert done.message == "User data received and merged successfully"
    assert (await m2m.cip_readiness(link.link_id)).ready is True


@pytest.mark.item(61)
async def test_another_reference_is_refused(m2m, asked, refused):
    """`REFERENCE_ID_MISMATCH`, and nothing is merged."""
    link, request, _ = await asked()
    answer = m2m.fulfill_data_request(
        request.data_request_id, reference_id="user-2", user_data=WHOLE
    )
    assert await refused(answer) == ("REFERENCE_ID_MISMATCH", 400)
    assert (await m2m.cip_readiness(link.link_id)).missing_fields == CIP_FIELDS


@pytest.mark.item(62)
async def test_only_requested_fields_are_merged_and_some_are_enough(m2m, sandbox, asked):
    """A field that was not asked for is left; those not given stay missing."""
    name = {"firstName": "Ana"}
    data = {"name": name, "paymentMethod": BANK}
    link, request, _ = await asked(user_data=data)
    assert "name.firstName" not in request.required_fields
    await m2m.fulfill_data_request(
        request.data_request_id,
        reference_id="user-1",
        user_data={"name": {"firstName": "Otra", "lastName": "Ruiz"}, "dob": "1990-05-15"},
    )
    user_id = sandbox.m2m.links.get(link.link_id).user_id
    assert sandbox.m2m.users.data(user_id)["name"] == {"firstName": "Ana", "lastName": "Ruiz"}
    missing = (await m2m.cip_readiness(link.link_id)).missing_fields
    assert missing == ("name.secondName", "name.secondLastName", "idNumber", "idType")


@pytest.mark.item(63)
async def test_after_the_links_end_it_is_too_late(m2m, sandbox, asked, refused):
    """`LINK_EXPIRED`: the deadline is the link's."""
    _, request, _ = await asked()
    sandbox.clock.advance(3600)
    answer = m2m.fulfill_data_request(
        request.data_request_id, reference_id="user-1", user_data=WHOLE
    )
    assert await refused(answer) == ("LINK_EXPIRED", 400)


@pytest.mark.item(64)
async def test_a_second_answer_is_refused(m2m, asked, refused):
    """A request is answered once."""
    _, request, _ = await asked()
    answer = {"reference_id": "user-1", "user_data": {"dob": "1990-05-15"}}
    await m2m.fulfill_data_request(request.data_request_id, **answer)
    again = m2m.fulfill_data_request(request.data_request_id, **answer)
    assert await refused(again) == ("INVALID_REQUEST", 409)


@pytest.mark.item(65)
async def test_sources_have_a_rank(m2m, sandbox, asked, customer):
    """Creation beats a data request's answer, which beats what the user typed."""
    link, request, _ = await asked(user_data={"name": {"firstName": "Api"}, "paymentMethod": BANK})
    sandbox.m2m.customer.submit(customer(link.link_id).link, TYPED | {"name.lastName": "Widget"})
    await m2m.fulfill_data_request(
        request.data_request_id,
        reference_id="user-1",
        user_data={"name": {"firstName": "Webhook", "lastName": "Webhook"}},
    )
    user_id = sandbox.m2m.links.get(link.link_id).user_id
    name = sandbox.m2m.users.data(user_id)["name"]
    assert (name["firstName"], name["lastName"], name["secondLastName"]) == (
        "Api",
        "Webhook",
        "Paz",
    )
    sources = sandbox.m2m.users.sources(user_id)
    assert [sources[f"name.{part}"] for part in ("firstName", "lastName", "secondLastName")] == [
        "partner_api",
        "partner_webhook",
        "widget",
    ]


@pytest.mark.item(66, 69)
async def test_readiness(m2m):
    """Seven fields decide; asking leaves no trace on the timeline and changes no state."""
    link = await m2m.create_link("user-1", user_data={"paymentMethod": BANK, "dob": "1990-05-15"})
    ready = await m2m.cip_readiness(link.link_id)
    assert (ready.link_id, ready.ready) == (link.link_id, False)
    assert ready.missing_fields == tuple(path for path in CIP_FIELDS if path != "dob")
    assert len(CIP_FIELDS) == 7
    assert [step.type for step in await m2m.link_activity(link.link_id)] == ["link.created"]
    whole = await m2m.create_link("user-2", user_data=WHOLE | {"paymentMethod": BANK})
    ready = await m2m.cip_readiness(whole.link_id)
    assert (ready.ready, ready.missing_fields) == (True, ())


@pytest.mark.item(67)
async def test_an_identity_ticket(m2m, sandbox, refused):
    """It leads to the widget; missing data, a revoked and an expired link are refused."""
    data = WHOLE | {"paymentMethod": BANK}
    link = await m2m.create_link("user-1", user_data=data)
    ticket = await m2m.create_cip_ticket(link.link_id)
    assert (ticket.link_id, ticket.status) == (link.link_id, CipStatus.PENDING)
    assert ticket.widget_url == link.url
    assert ticket.expires_at == link.expires_at
    assert (await m2m.get_link(link.link_id)).user.cip_status == CipStatus.PENDING
    bare = await m2m.create_link("user-2")
    assert await refused(m2m.create_cip_ticket(bare.link_id)) == ("INVALID_REQUEST", 400)
    gone = await m2m.create_link("user-3", user_data=data)
    await m2m.revoke_link(gone.link_id)
    assert await refused(m2m.create_cip_ticket(gone.link_id)) == ("INVALID_REQUEST", 400)
    late = await m2m.create_link("user-4", user_data=data)
    sandbox.clock.advance(3600)
    assert await refused(m2m.create_cip_ticket(late.link_id)) == ("LINK_EXPIRED", 400)


@pytest.mark.item(68)
async def test_the_states_of_a_user(m2m, sandbox, customer):
    """All six, seen through the API in the order in which they come."""
    link = await m2m.create_link("user-1")
    person, platform = customer(link.link_id), sandbox.m2m
    (user,) = await collect(m2m.list_users())
    seen = []

    async def look():
        seen.append((await m2m.get_user(user.user_id)).state)

    await look()
    person.open()
    await look()
    platform.customer.submit(person.link, TYPED)
    await look()
    platform.users.set_next_verdict(user.user_id, "failed")
    platform.customer.scan(person.link)
    await look()
    platform.customer.prove_liveness(person.link)
    await look()
    platform.customer.scan(person.link)
    platform.customer.prove_liveness(person.link)
    await look()
    assert seen == [
        "pending",
        "data_incomplete",
        "data_complete",
        "cip_pending",
        "cip_failed",
        "cip_verified",
    ]


@pytest.mark.item(83, 84)
async def test_a_request_names_exactly_what_is_missing(sandbox, asked):
    """Required fields, where to answer, and until when: the link's own end."""
    link, request, event = await asked(
        user_data={"name": {"firstName": "Ana"}, "idType": "CURP", "paymentMethod": BANK}
    )
    assert request.required_fields == (
        "name.secondName",
        "name.lastName",
        "name.secondLastName",
        "idNumber",
        "dob",
    )
    assert (request.link_id, request.expires_at) == (link.link_id, link.expires_at)
    assert event.data["replyEndpoint"] == (
        f"{sandbox.url}/m2m/partner/data-requests/{request.data_request_id}"
    )


@pytest.mark.item(83)
@pytest.mark.parametrize("moment", ["open", "creation"])
async def test_the_moment_is_a_switch_and_the_request_comes_once(
    m2m, sandbox, customer, receiver, moment
):
    """The two guides disagree: both moments can be had, one request per link in either."""
    sandbox.m2m.requests.moment = moment
    link = await m2m.create_link("user-1", callback_url=receiver.url)
    first = [one.event for one in await collect(m2m.list_deliveries())]
    assert ("user.data_request" in first) == (moment == "creation")
    customer(link.link_id).open()
    customer(link.link_id).open()
    events = [one.event for one in await collect(m2m.list_deliveries())]
    assert events.count("user.data_request") == 1


@pytest.mark.item(85)
async def test_no_request_where_nothing_is_missing_or_nobody_listens(m2m, customer, receiver):
    """Complete data, a verified user, or no webhook address: no request."""
    whole = await m2m.create_link(
        "whole", user_data=WHOLE | {"paymentMethod": BANK}, callback_url=receiver.url
    )
    customer(whole.link_id).open()
    first = await m2m.create_link("known")
    customer(first.link_id).open()
    customer(first.link_id).approve()
    again = await m2m.create_link("known", callback_url=receiver.url)
    customer(again.link_id).open()
    events = {one.event for one in await collect(m2m.list_deliveries())}
    assert "user.data_request" not in events
