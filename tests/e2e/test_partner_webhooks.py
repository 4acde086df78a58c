"""The webhooks of the M2M Partner API (reference/m2m.md 7)."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from lola.partners.m2m.webhooks import sign
from lola.testing.waiting import until
from tests.e2e.process import Running

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SECRET = "whsec_e2e"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lola(tmp_path_factory) -> AsyncIterator[Running]:
    """A service whose M2M secret is known; its links are not pre-filled, so M2M has to ask."""
    folder = tmp_path_factory.mktemp("partner")
    async with Running(folder, M2M_WEBHOOK_SECRET=SECRET, M2M_PREFILL_FIELDS="") as running:
        yield running


async def post(lola: Running, body: bytes, *, secret: str = SECRET, age: int = 0) -> int:
    timestamp = str(int(time.time()) - age)
    headers = {
        "X-M2M-Event": "x",
        "X-M2M-Timestamp": timestamp,
        "X-M2M-Signature": sign(secret, timestamp, body),
    }
    async with lola.http.post(f"{lola.url}/webhooks/m2m", data=body, headers=headers) as response:
        return response.status


def event(name: str, **data: Any) -> bytes:
    return json.dumps(
        {"event": name, "timestamp": "2026-11-23T12:00:00.000Z", "data": data}
    ).encode()


async def linked(lola: Running, number: str):
    """Bring a sender to their link and return the conversation and the link's id."""
    before = {item["linkId"] for item in (await lola.control("GET", "links"))["items"]}
    sender = lola.whatsapp(number)
    await sender.say("hola, quiero enviar 200 dólares a México en efectivo")
    await sender.say("Rosa Hernández")
    await sender.tap("OXXO")
    await sender.tap("Confirmar")
    after = {item["linkId"] for item in (await lola.control("GET", "links"))["items"]}
    (link,) = after - before
    return sender, link


async def test_an_event_is_told_once_however_often_it_comes(lola: Running) -> None:
    """Duplicates are possible and must be harmless (reference/m2m.md 7.4)."""
    sender, link = await linked(lola, "+15550106101")
    body = event("operation.created", linkId=link, operationId="op_1", status="created")
    assert [await post(lola, body) for _ in range(3)] == [200, 200, 200]
    assert "op_1" in await sender.told()
    late = event("link.opened", linkId=link)
    assert await post(lola, late) == 200
    assert "Ruta" in await sender.say("/info")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"secret": "whsec_other"}, 401),
        ({"age": 73 * 3600}, 401),
        ({"age": -600}, 401),
    ],
)
async def test_a_wrong_or_old_signature_changes_nothing(lola: Running, change, status) -> None:
    """Signature and age are both checked (reference/m2m.md 7.3); retries come for hours."""
    assert await post(lola, event("link.opened", linkId="link_x"), **change) == status


@pytest.mark.parametrize(
    "body",
    [
        event("link.opened", linkId="link_of_somebody_else"),
        event("link.created", linkId="link_x"),
        event("something.new", linkId="link_x"),
        event("operation.created", operationId="op", metadata="not an object"),
        b"{not json",
        b"[]",
        b'{"event": "link.opened"}',
    ],
)
async def test_what_is_not_ours_or_unreadable_is_accepted_and_ignored(lola, body: bytes) -> None:
    """A redelivery would not mend it (reference/channels.md 0.3)."""
    assert await post(lola, body) == 200


async def test_a_retry_of_hours_ago_is_taken_once_and_logged_as_late(lola: Running) -> None:
    """The partner tries for two and a half hours, and need not sign anew (reference/m2m.md 7.4)."""
    _, link = await linked(lola, "+15550106103")
    before = lola.logs().count("partner.event_late")
    body = event("link.opened", linkId=link)
    assert [await post(lola, body, age=9400) for _ in range(3)] == [200, 200, 200]
    assert lola.logs().count("partner.event_late") == before + 1


async def test_an_event_that_names_only_our_metadata_finds_its_ticket(lola: Running) -> None:
    """Some payloads carry no link id (reference/m2m.md 7.5)."""
    sender, link = await linked(lola, "+15550106102")
    links = (await lola.control("GET", "links"))["items"]
    metadata = next(item["metadata"] for item in links if item["linkId"] == link)
    body = event("operation.cancelled", operationId="op_9", metadata=metadata)
    assert await post(lola, body) == 200
    assert "No se movió dinero" in await sender.told()


async def test_a_data_request_is_answered_from_the_banks_profile(lola: Running) -> None:
    """The secure page asks the sender only for data that the bank did not give
    (reference/m2m.md 6).
    """
    known = {"firstName": "Eva", "lastName": "Limaverde"}
    await lola.control("PUT", "senders/+15550106105", json=known)
    _, link = await linked(lola, "+15550106105")
    await lola.control("POST", f"m2m/links/{link}/open")

    async def told() -> bool:
        state = await lola.control("GET", f"m2m/links/{link}")
        return state["sources"].get("name.lastName") == "partner_webhook"

    await until(told)
    state = await lola.control("GET", f"m2m/links/{link}")
    asked = ["name.secondName", "name.secondLastName", "idNumber", "idType", "dob"]
    assert state["missingFields"] == asked
    assert "partner.data_request" in lola.logs()
    assert "Limaverde" not in lola.logs()


async def test_events_of_an_unknown_kind_are_kept(lola: Running) -> None:
    """The catalogue may grow: the log names what came, without its values
    (reference/m2m.md 10.100).
    """
    body = event("link.forwarded", linkId="link_x", to="+15550109999")
    assert await post(lola, body) == 200
    assert "link.forwarded" in lola.logs()
    assert "+15550109999" not in lola.logs()


async def test_a_question_before_its_ticket_is_remembered_comes_again(lola: Running) -> None:
    """A partner that asks while the link is being made is told to ask again
    (reference/m2m.md 6.1, 7.4).
    """
    data = {
        "dataRequestId": "dr_x",
        "referenceId": "sender-x",
        "linkId": "link_x",
        "requiredFields": ["dob"],
        "expiresAt": "2026-11-23T13:00:00.000Z",
    }
    assert await post(lola, event("user.data_request", **data)) == 200
    data["metadata"] = {"ticketId": "tk_in_the_making"}
    assert await post(lola, event("user.data_request", **data)) == 503
    assert await post(lola, event("user.data_request", linkId="link_x")) == 200
