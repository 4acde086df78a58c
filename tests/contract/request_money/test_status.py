"""Conformance, items 27 to 31 and 54: statuses, the internal update, expiry and the control API."""

import pytest

from lola.partners.request_money.model import STATUSES, OperationStatus
from lola.sandbox.request_money.platform import FOLLOWING
from lola.sandbox.server import REQUEST_HOME
from tests.contract.request_money.conftest import wanted


def change(status, reference="OpBnK001", **fields):
    return {"partnerId": REQUEST_HOME, "referenceId": reference, "status": status, **fields}


@pytest.mark.item(27)
def test_the_five_statuses():
    """Each has its documented label and meaning; three of them are final."""
    assert [STATUSES[status].label for status in OperationStatus] == [
        "Pending",
        "Processing",
        "Completed",
        "Rejected",
        "Cancelled",
    ]
    assert all(known.meaning and known.party for known in STATUSES.values())
    final = {status for status, known in STATUSES.items() if known.is_final}
    assert final == {status for status, following in FOLLOWING.items() if not following}


@pytest.mark.item(28)
async def test_transitions(create, set_status):
    """Only the inferred ones are possible; a refused one changes nothing."""
    await create(wanted())
    assert (await set_status(change("completed")))[0] == 422
    for status in ("processing", "completed"):
        code, body = await set_status(change(status))
        assert (code, body["status"]) == (200, status)
    for status in OperationStatus:
        assert (await set_status(change(status)))[0] == 422


@pytest.mark.item(29)
async def test_expiry(create, call, sandbox, client, receiver, change_partner, next_event):
    """A pending request is cancelled when its time is over, and that is reported once."""
    change_partner(webhookUrl=receiver.url)
    await create(wanted())
    sandbox.clock.advance(119 * 60)
    assert (await client.status("OpBnK001")).status == "pending"
    sandbox.clock.advance(60)
    found = await client.status("OpBnK001")
    assert (found.status, found.is_final) == ("cancelled", True)
    assert (await client.status("OpBnK001")).status == "cancelled"
    _, _, event = await next_event("operation_updated")
    assert event.text("status") == "cancelled"
    events = [item["event"] for item in sandbox.requests.deliveries.all()]
    assert events == ["operation_created", "operation_updated"]


@pytest.mark.item(29)
async def test_a_running_payment_does_not_expire(create, set_status, sandbox, client):
    """Only a pending request is cancelled by time; the issuer can cancel one that runs."""
    await create(wanted())
    await set_status(change("processing"))
    sandbox.clock.advance(24 * 3600)
    assert (await client.status("OpBnK001")).status == "processing"
    await set_status(change("cancelled"))
    assert (await client.status("OpBnK001")).status == "cancelled"


@pytest.mark.item(30)
async def test_the_internal_update(create, set_status, client, described):
    """A bearer secret, the partner's id and a text of its own."""
    await create(wanted())
    body = change("processing", statusDetails="The payer confirmed.")
    status, answer = await set_status(body)
    described.check_call("PATCH", "/v1/internal/remittances/status", body, status, answer)
    assert answer["statusDetails"] == "The payer confirmed."
    assert (await client.status("OpBnK001")).status == "processing"


@pytest.mark.item(31)
async def test_refused_updates(create, set_status):
    """A wrong secret is 401, an unknown reference or partner 404, a wrong status 422."""
    await create(wanted())
    assert (await set_status(change("processing"), secret="wrong"))[0] == 401
    status, body = await set_status(change("processing", "Unknown1"))
    assert (status, body["error"]) == (404, "not_found")
    foreign = {**change("processing"), "partnerId": "f" * 24}
    assert (await set_status(foreign))[0] == 404
    assert (await set_status(change("paid")))[0] == 422


@pytest.mark.item(54)
async def test_the_control_api(control, create, client, receiver, next_event, sandbox):
    """Partner record, outcomes, statuses and the clock; no credential and no personal data."""
    fields = {"landingBaseUrl": "https://pay.example", "webhookUrl": receiver.url}
    assert (await control("PATCH", "/request-money/partner", fields))[0] == 204
    wish = {"outcome": "screened", "times": 1}
    assert (await control("POST", "/request-money/outcomes", wish))[0] == 201
    assert (await create(wanted()))[0] == 403
    assert (await create(wanted()))[1]["landingLink"] == "https://pay.example/?ref=OpBnK001"
    move = {"status": "processing"}
    assert (await control("POST", "/request-money/operations/OpBnK001", move))[0] == 200
    assert (await control("POST", "/request-money/operations/OpBnK001", move))[0] == 422
    await next_event("operation_updated")
    _, listed = await control("GET", "/request-money/operations")
    assert [item["status"] for item in listed["items"]] == ["processing"]
    assert "0123456789012" not in str(listed)
    _, deliveries = await control("GET", "/request-money/deliveries")
    assert len(deliveries["items"]) == 3
    assert (await control("POST", "/clock", {"seconds": 60}))[0] == 200


async def test_the_payers_page(create, sandbox, http, client):
    """The payer sees the amount, pays once, and an unknown reference is a page of its own."""
    await create(wanted())
    await create(wanted("Ab3xY9mK"))
    page = f"{sandbox.url}/pay-request"
    async with http.get(page, params={"ref": "OpBnK001", "lang": "en"}) as response:
        text = await response.text()
    assert (response.status, "Maria asks you for 150.50 GTQ" in text) == (200, True)
    for choice, status in (("pay", "completed"), ("decline", "completed")):
        async with http.post(f"{page}/OpBnK001/{choice}") as response:
            assert response.status == 200
        assert (await client.status("OpBnK001")).status == status
    async with http.post(f"{page}/Ab3xY9mK/decline") as response:
        assert "rechazada" in await response.text()
    assert (await client.status("Ab3xY9mK")).status == "rejected"
    async with http.get(page, params={"ref": "Unknown1"}) as response:
        assert response.status == 404
