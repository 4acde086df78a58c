"""The M2M stand-in keeps to the documented rules, seen by a plain HTTP client."""

import re

import pytest

from lola.errors import PartnerRefusedError
from lola.partners.m2m import LinkStatus

BANK = {"type": "bank_account", "bankAccount": {"country": "MX", "accountNumber": "0140270055558"}}
CASH = {"type": "cash", "cash": {"provider": "oxxo", "reference": "12345678"}}


async def create(call, reference="user-1", **fields):
    status, body, _ = await call("POST", "/partner/links", {"referenceId": reference} | fields)
    return status, body


async def test_a_missing_key_is_unauthorized(call):
    """401 with the documented bare body (reference/m2m.md 2.3, 10.7)."""
    status, body, _ = await call("GET", "/partner/links", key=None)
    assert status == 401
    assert body == {
        "code": "UNAUTHORIZED",
        "message": "Missing authentication. Provide X-API-Key or Bearer token.",
    }


@pytest.mark.parametrize("key", ["", "m2m_test_wrong", "clave-ñ"])
async def test_a_wrong_key_is_refused(call, key):
    """401 with the documented bare body (reference/m2m.md 10.8)."""
    status, body, _ = await call("POST", "/partner/links", {"referenceId": "u"}, key=key)
    assert (status, body) == (
        401,
        {"code": "INVALID_API_KEY", "message": "Invalid or revoked API key"},
    )


async def test_a_suspended_partner_is_refused(call, sandbox):
    """403 PARTNER_SUSPENDED with the documented message (reference/m2m.md 10.9, 10.10)."""
    partners = sandbox.m2m.partners
    partners.set_status(partners.find("sol"), "suspended")
    status, body, _ = await call("GET", "/partner/links")
    assert (status, body["code"]) == (403, "PARTNER_SUSPENDED")
    assert body["message"] == "Partner account is suspended or not found"


async def test_the_smallest_creation(call):
    """Only a reference: 201, all documented fields, 60 minutes of life (10.18, 10.21-25, 10.36)."""
    status, body = await create(call, "user-12345")
    link = body["data"]
    assert (status, body["success"]) == (201, True)
    assert set(link) == {
        "linkId",
        "referenceId",
        "status",
        "url",
        "token",
        "expiresAt",
        "createdAt",
    }
    assert (link["referenceId"], link["status"]) == ("user-12345", "created")
    assert re.fullmatch(r"link_[a-z]+_[a-z0-9]{12}", link["linkId"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", link["token"])
    assert link["url"].endswith(f"/{link['linkId']}/m2m-basic")
    assert link["createdAt"] == "2026-02-10T12:00:00.000Z"
    assert link["expiresAt"] == "2026-02-10T13:00:00.000Z"


@pytest.mark.parametrize(
    "fields",
    [
        {"expiresInMinutes": 5},
        {"expiresInMinutes": 10080},
        {"language": "en"},
        {"language": "es"},
        {"theme": "dark", "flow": "m2m-other", "somethingNew": 1},
        {"callbackUrl": "https://api.example.com/callbacks/m2m"},
        {"callbackUrl": "http://127.0.0.1:9/hook"},
        {"callbackUrl": "http://localhost/hook"},
        {"userData": {"paymentMethod": BANK}},
        {"userData": {"paymentMethod": CASH, "name": {"firstName": "A", "lastName": "B"}}},
        {"metadata": {"orderId": "ORD-2026-001"}},
    ],
)
async def test_what_a_creation_accepts(call, fields):
    """The edges of every documented rule are inside (10.20, 10.26, 10.27, 10.31-33)."""
    status, body = await create(call, **fields)
    assert status == 201, body


@pytest.mark.parametrize(
    "fields",
    [
        {"referenceId": None},
        {"referenceId": ""},
        {"referenceId": 5},
        {"expiresInMinutes": 4},
        {"expiresInMinutes": 10081},
        {"expiresInMinutes": "60"},
        {"expiresInMinutes": True},
        {"language": "pt"},
        {"flow": "../admin"},
        {"metadata": "x"},
        {"metadata": ["x"]},
        {"callbackUrl": "http://api.example.com/hook"},
        {"callbackUrl": "ftp://127.0.0.1/hook"},
        {"callbackUrl": "http://127.0.0.1.evil.example/hook"},
        {"callbackUrl": "no address"},
        {"userData": {}},
        {"userData": {"name": {"firstName": "A", "lastName": "B"}}},
        {"userData": {"paymentMethod": {"type": "bank_account"}}},
        {"userData": {"paymentMethod": {"type": "cash", "bankAccount": BANK["bankAccount"]}}},
        {"userData": {"paymentMethod": {"type": "card"}}},
        {"userData": {"paymentMethod": BANK, "dob": "15/05/1990"}},
    ],
)
async def test_what_a_creation_refuses(call, fields):
    """400 INVALID_REQUEST in the envelope, and no link is made (10.5, 19, 20, 26, 30)."""
    status, body = await create(call, **fields)
    assert (status, body["success"], body["error"]["code"]) == (400, False, "INVALID_REQUEST")
    assert (await create(call))[0] == 201


async def test_the_documented_message_for_a_missing_reference(call):
    """The sample of reference/m2m.md 2.4, word for word."""
    _, body, _ = await call("POST", "/partner/links", {})
    assert body["error"]["message"] == "The referenceId field is required"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 50_000])
async def test_a_body_that_is_no_object_is_refused(call, raw):
    """Broken JSON is 400, never 500."""
    status, body, _ = await call("POST", "/partner/links", raw=raw)
    assert (status, body["error"]["code"]) == (400, "INVALID_REQUEST")


async def test_one_active_link_per_reference(call, sandbox):
    """409 until it is revoked or expired; other references are free (10.34, 10.35, 10.37)."""
    first = (await create(call))[1]["data"]["linkId"]
    status, body = await create(call)
    assert (status, body["error"]["code"]) == (409, "ACTIVE_LINK_EXISTS")
    assert (await create(call, "user-2"))[0] == 201
    await call("POST", f"/partner/links/{first}/revoke", {})
    second = (await create(call))[1]["data"]["linkId"]
    sandbox.clock.advance(59 * 60 + 59)
    assert (await create(call))[0] == 409
    sandbox.clock.advance(1)
    assert (await create(call))[0] == 201
    users = {sandbox.m2m.links.get(link_id).user_id for link_id in (first, second)}
    assert len(users) == 1


async def test_metadata_and_options_come_back_in_details(call, m2m):
    """Details hold the metadata, the options and masked user data (10.27, 10.28, 10.42)."""
    data = {
        "paymentMethod": BANK,
        "name": {"firstName": "Ana", "lastName": "Ruiz"},
        "idNumber": "GAPA900515HDFRRL09",
        "dob": "1990-05-15",
        "idImage": "data:image/jpeg;base64,AAAA",
    }
    _, body = await create(call, metadata={"a": {"b": [1]}}, userData=data, language="es")
    link_id = body["data"]["linkId"]
    _, body, _ = await call("GET", f"/partner/links/{link_id}")
    found = body["data"]
    assert found["metadata"] == {"a": {"b": [1]}}
    assert (found["language"], found["flow"], found["operation"]) == ("es", "m2m-basic", None)
    assert found["user"]["cipStatus"] == "not_started"
    assert "token" not in found
    assert found["userData"] == {
        "paymentMethod": {
            "type": "bank_account",
            "bankAccount": {"country": "MX", "accountNumber": "****5558"},
        },
        "name": {"firstName": "A***", "lastName": "R***"},
        "idNumber": "****RL09",
        "dob": "****-05-15",
        "idImage": True,
    }
    assert (await m2m.get_link(link_id)).metadata == {"a": {"b": [1]}}


@pytest.mark.parametrize("path", ["/partner/links/link_sol_none", "/partner/links/x/revoke"])
async def test_unknown_links(call, path):
    """404 RESOURCE_NOT_FOUND in the envelope (reference/m2m.md 10.98)."""
    method = "POST" if path.endswith("revoke") else "GET"
    status, body, _ = await call(method, path)
    assert (status, body["error"]["code"]) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("body", [None, {}, {"reason": "User requested cancellation"}])
async def test_revoking_with_and_without_a_reason(call, body):
    """The answer names link, status and time (10.43)."""
    link_id = (await create(call))[1]["data"]["linkId"]
    status, answer, _ = await call("POST", f"/partner/links/{link_id}/revoke", body)
    assert (status, answer["data"]) == (
        200,
        {"linkId": link_id, "status": "revoked", "revokedAt": "2026-02-10T12:00:00.000Z"},
    )


async def test_revoking_only_from_created_or_opened(call, http, sandbox):
    """An opened link can be revoked; a revoked or expired one cannot (10.44)."""
    link = (await create(call))[1]["data"]
    async with http.get(link["url"]) as response:
        assert response.status == 200
    revoke = f"/partner/links/{link['linkId']}/revoke"
    assert (await call("POST", revoke))[0] == 200
    assert (await call("POST", revoke))[0] == 409
    old = (await create(call))[1]["data"]["linkId"]
    sandbox.clock.advance(3600)
    assert (await call("POST", f"/partner/links/{old}/revoke"))[0] == 409


async def test_filters_of_the_list(call, http, sandbox, m2m):
    """Status, visibility, reference and dates combine, newest first (10.39-41)."""
    expired = (await create(call, "a", expiresInMinutes=5))[1]["data"]
    sandbox.clock.advance(600)
    revoked = (await create(call, "b"))[1]["data"]
    opened = (await create(call, "c"))[1]["data"]
    created = (await create(call, "a"))[1]["data"]
    await call("POST", f"/partner/links/{revoked['linkId']}/revoke")
    async with http.get(opened["url"]):
        pass

    async def ids(query):
        _, body, _ = await call("GET", f"/partner/links?{query}")
        return [item["linkId"] for item in body["data"]["items"]]

    everything = [created, opened, revoked, expired]
    assert await ids("") == [link["linkId"] for link in everything]
    assert await ids("visibility=active") == [created["linkId"], opened["linkId"]]
    assert await ids("visibility=expired") == [expired["linkId"]]
    assert await ids("status=revoked") == [revoked["linkId"]]
    assert await ids("status=opened&visibility=active") == [opened["linkId"]]
    assert await ids("referenceId=a") == [created["linkId"], expired["linkId"]]
    assert await ids("referenceId=a&visibility=active") == [created["linkId"]]
    assert await ids("to=2026-02-10T12:00:00Z") == [expired["linkId"]]
    assert len(await ids("from=2026-02-10T12:00:00.001Z")) == 3
    found = [link async for link in m2m.list_links(status=LinkStatus.OPENED)]
    assert [link.link_id for link in found] == [opened["linkId"]]
    assert found[0].opened_at == sandbox.clock()


async def test_pages(call, m2m):
    """Pages are counted from one and the block adds up (10.14, 10.15)."""
    for number in range(5):
        await create(call, f"user-{number}")
    _, body, _ = await call("GET", "/partner/links?page=2&limit=2")
    assert body["data"]["pagination"] == {"page": 2, "limit": 2, "total": 5, "totalPages": 3}
    assert [item["referenceId"] for item in body["data"]["items"]] == ["user-2", "user-1"]
    assert len([link async for link in m2m.list_links()]) == 5


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "limit=0",
        "limit=101",
        "page=x",
        "visibility=all",
        "status=completed",
        "from=yesterday",
    ],
)
async def test_bad_queries(call, query):
    """Pages and limits out of range, unknown words and bad dates are 400 (10.17)."""
    status, body, _ = await call("GET", f"/partner/links?{query}")
    assert (status, body["error"]["code"]) == (400, "INVALID_REQUEST")


async def test_one_hundred_creations_a_minute(call, sandbox):
    """The 101st is 429 with Retry-After, other routes go on, the next minute is free (10.12-13)."""
    for number in range(100):
        assert (await create(call, f"user-{number}"))[0] == 201
    sandbox.clock.advance(15)
    status, body, headers = await call("POST", "/partner/links", {"referenceId": "late"})
    assert (status, body["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert headers["Retry-After"] == "45"
    assert (await call("GET", "/partner/links"))[0] == 200
    sandbox.clock.advance(45)
    assert (await create(call, "late"))[0] == 201


async def test_one_thousand_other_requests_a_minute(call):
    """Everything but creation shares the larger limit (10.12)."""
    for _ in range(1000):
        assert (await call("GET", "/partner/me"))[0] == 200
    assert (await call("GET", "/partner/links"))[0] == 429
    assert (await create(call))[0] == 201


async def test_ensure_link_against_the_real_rules(m2m, sandbox):
    """The client's recovery works on the stand-in: same ticket same link, new ticket new link."""
    ensure = m2m.ensure_link
    first = await ensure(reference_id="u", ticket_id="tk_1", metadata={})
    again = await ensure(reference_id="u", ticket_id="tk_1", metadata={})
    newer = await ensure(reference_id="u", ticket_id="tk_2", metadata={}, language="en")
    assert first.link_id == again.link_id
    assert newer.link_id != first.link_id
    assert sandbox.m2m.links.get(first.link_id).status == "revoked"
    assert (await m2m.get_link(newer.link_id)).metadata == {"ticketId": "tk_2"}


async def test_refusals_reach_the_client_as_typed_errors(m2m):
    """The client maps the stand-in's refusals."""
    with pytest.raises(PartnerRefusedError) as caught:
        await m2m.create_link("u", expires_in_minutes=4)
    assert (caught.value.partner_code, caught.value.status) == ("INVALID_REQUEST", 400)
