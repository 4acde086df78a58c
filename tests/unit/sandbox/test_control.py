"""The control API: clock, faults, senders and sent messages, and never a secret."""

import asyncio

import pytest

from lola.errors import PartnerUnavailableError
from lola.partners.m2m import M2MClient


@pytest.fixture
def control(http, sandbox):
    async def control_(method, path, body=None):
        async with http.request(method, f"{sandbox.url}/control{path}", json=body) as response:
            return response.status, await response.json() if response.status != 204 else None

    return control_


async def test_time_moves_forward_only(control, sandbox):
    """The clock can be advanced and read; a step back is refused."""
    assert await control("GET", "/clock") == (200, {"now": "2026-02-10T12:00:00.000Z"})
    assert await control("POST", "/clock", {"seconds": 90.5}) == (
        200,
        {"now": "2026-02-10T12:01:30.500Z"},
    )
    assert (await control("POST", "/clock", {"seconds": -1}))[0] == 400
    with pytest.raises(ValueError):
        sandbox.clock.advance(-1)


@pytest.mark.parametrize("fault", ["500", "404", "garbage"])
async def test_partners_fail_on_order(control, payhub, sandbox, fault):
    """A fault strikes as often as it was ordered, and only its partner."""
    status, pending = await control(
        "POST", "/faults", {"partner": "payhub", "fault": fault, "times": 3}
    )
    assert (status, pending["payhub"]) == (201, [fault] * 3)
    with pytest.raises(PartnerUnavailableError):
        await payhub.find_sender("+15550100001")
    await control("DELETE", "/faults")
    assert (await control("GET", "/faults"))[1] == {"m2m": [], "payhub": [], "request_money": []}
    assert await payhub.find_sender("+15550100001") is not None


async def test_a_lost_answer_is_recovered_without_a_second_link(
    control, http, sandbox, credentials, sleep
):
    """With `timeout` the link is made though its answer is lost; the client finds and uses it."""
    client = M2MClient(
        http,
        base_url=f"{sandbox.url}/m2m",
        api_key=credentials.m2m_api_key,
        timeout=0.2,
        environment="sandbox",
        sleep=sleep,
    )
    await control("POST", "/faults", {"partner": "m2m", "fault": "timeout"})
    link = await client.ensure_link(reference_id="u", ticket_id="tk_1", metadata={})
    assert [one.link_id for one in sandbox.m2m.links.list.all()] == [link.link_id]
    assert link.metadata["ticketId"] == "tk_1"


async def test_a_500_makes_nothing(control, m2m, sandbox):
    """With `500` nothing was carried out; the client looks, finds nothing and creates."""
    await control("POST", "/faults", {"partner": "m2m", "fault": "500"})
    link = await m2m.ensure_link(reference_id="u", ticket_id="tk_1", metadata={})
    assert [one.link_id for one in sandbox.m2m.links.list.all()] == [link.link_id]


async def test_senders_can_be_changed(control, payhub):
    """A verdict can be set, a new sender made, and a number made unknown again."""
    await control("PUT", "/senders/+15550100001", {"verdict": "blocked"})
    assert (await payhub.find_sender("+15550100001")).is_blocked
    await control("PUT", "/senders/+15550105555", {"firstName": "Eva", "verdict": "pending"})
    user = await payhub.find_sender("+15550105555")
    assert (user.first_name, user.verdict) == ("Eva", "pending")
    assert (await control("DELETE", "/senders/+15550105555"))[0] == 204
    assert await payhub.find_sender("+15550105555") is None
    _, listed = await control("GET", "/senders")
    assert len(listed["items"]) == 4


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/clock", {}),
        ("POST", "/clock", {"seconds": "many"}),
        ("POST", "/faults", {"partner": "bank", "fault": "500"}),
        ("POST", "/faults", {"partner": "m2m", "fault": "flood"}),
        ("POST", "/faults", {"partner": "m2m", "fault": "500", "times": 0}),
        ("PUT", "/senders/+15550100001", {"verdict": "nice"}),
        ("PUT", "/webhook", {"url": "file:///etc/passwd"}),
    ],
)
async def test_bad_orders_are_refused(control, method, path, body):
    """400 names the fields that are wrong."""
    status, problem = await control(method, path, body)
    assert status == 400
    assert problem["fields"]


async def test_what_happened_can_be_read(control, m2m, http, receiver, metadata):
    """Links, operations and deliveries are listed, by reference if wished."""
    await control("PUT", "/webhook", {"url": receiver.url})
    link = await m2m.create_link("user-1", metadata)
    await m2m.create_link("user-2", metadata)
    async with http.post(link.url + "/cancel"):
        pass
    for _ in range(3):
        await receiver.next()
    _, links = await control("GET", "/links?referenceId=user-1")
    _, operations = await control("GET", "/operations")
    _, deliveries = await control("GET", "/deliveries?event=operation.cancelled")
    assert [one["linkId"] for one in links["items"]] == [link.link_id]
    assert [one["linkId"] for one in operations["items"]] == [link.link_id]
    assert [one["referenceId"] for one in deliveries["items"]] == ["user-1"]


async def test_messages_of_the_channels(control, http, sandbox, credentials):
    """The messages of the stand-in channels can be read by recipient."""
    url = f"{sandbox.url}/graph/v23.0/{credentials.channels['phone_number_id']}/messages"
    message = {
        "messaging_product": "whatsapp",
        "to": "15550100001",
        "type": "text",
        "text": {"body": "hola"},
    }
    headers = {"Authorization": f"Bearer {credentials.channels['whatsapp_token']}"}
    async with http.post(url, json=message, headers=headers) as response:
        assert response.status == 200
    _, found = await control("GET", "/graph/messages?to=15550100001")
    assert [item["message"]["text"]["body"] for item in found["items"]] == ["hola"]
    assert (await control("GET", "/graph/messages?to=15550100002"))[1] == {"items": []}
    assert (await control("GET", "/twilio/messages"))[1] == {"items": []}


async def test_no_secret_is_ever_shown(control, http, sandbox, credentials, m2m, receiver):
    """No control route and no page holds a credential, and there is no route that would."""
    await m2m.create_link("user-1", callback_url=receiver.url)
    await receiver.next()
    secrets = [
        credentials.m2m_api_key,
        credentials.m2m_webhook_secret,
        credentials.raas_api_key,
        credentials.channels["whatsapp_token"],
        credentials.channels["whatsapp_app_secret"],
        credentials.channels["whatsapp_verify_token"],
        credentials.channels["twilio_auth_token"],
        credentials.sender_reference_key,
    ]
    paths = ("clock", "faults", "senders", "links", "operations", "deliveries", "graph/messages")
    for path in ("/", *(f"/control/{name}" for name in paths)):
        async with http.get(sandbox.url + path) as response:
            assert response.status == 200
            text = await response.text()
        assert not any(secret in text for secret in secrets)
    async with http.get(f"{sandbox.url}/control/credentials") as response:
        assert response.status == 404
    assert not any(secret in repr(credentials) for secret in secrets)


async def test_a_waiting_task_wakes_when_time_moves(sandbox):
    """Whoever sleeps until an instant wakes when the clock is moved there, not before."""
    from datetime import timedelta

    due = sandbox.clock() + timedelta(hours=2)
    waiting = asyncio.create_task(sandbox.clock.sleep_until(due))
    sandbox.clock.advance(7199)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    sandbox.clock.advance(1)
    async with asyncio.timeout(120):
        await waiting
