"""Edge cases of the M2M stand-in with a plain HTTP client; its rules: tests/contract/m2m."""

import pytest

CLABE = "014027000005555558"
BANK = {"type": "bank_account", "bankAccount": {"country": "MX", "accountNumber": CLABE}}
WRONG = {
    "type": "bank_account",
    "bankAccount": {"country": "MX", "accountNumber": f"{CLABE[:-1]}9"},
}
CASH = {"type": "cash", "cash": {"provider": "oxxo", "reference": "12345678"}}


async def create(call, reference="user-1", **fields):
    status, body, _ = await call("POST", "/partner/links", {"referenceId": reference} | fields)
    return status, body


@pytest.mark.parametrize("key", ["", "m2m_test_wrong", "clave-ñ"])
async def test_a_wrong_key_is_refused(call, key):
    """401 with the documented bare body (reference/m2m.md 10.8)."""
    status, body, _ = await call("POST", "/partner/links", {"referenceId": "u"}, key=key)
    assert (status, body) == (
        401,
        {"code": "INVALID_API_KEY", "message": "Invalid or revoked API key"},
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"expiresInMinutes": 5},
        {"expiresInMinutes": 10080},
        {"language": "en"},
        {"language": "es"},
        {"theme": "dark", "flow": "m2m-other", "somethingNew": 1},
        {"callbackUrl": "https://api.localhost/callbacks/m2m"},
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
        {"userData": {"paymentMethod": BANK, "dob": "1990-02-31"}},
        {"userData": {"paymentMethod": WRONG}},
        {"userData": {"paymentMethod": BANK, "idType": "CURP", "idNumber": "GAPA900515"}},
        {"userData": {"paymentMethod": {"type": "wallet"}}},
        {"userData": {"paymentMethod": BANK, "name": {"firstName": "4na"}}},
    ],
)
async def test_what_a_creation_refuses(call, fields):
    """400 INVALID_REQUEST in the envelope, and no link is made (10.5, 19, 20, 26, 30)."""
    status, body = await create(call, **fields)
    assert (status, body["success"], body["error"]["code"]) == (400, False, "INVALID_REQUEST")
    assert (await create(call))[0] == 201


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 50_000])
async def test_a_body_that_is_no_object_is_refused(call, raw):
    """Broken JSON is 400, never 500."""
    status, body, _ = await call("POST", "/partner/links", raw=raw)
    assert (status, body["error"]["code"]) == (400, "INVALID_REQUEST")


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
    """Pages and limits out of range, unknown values and bad dates are 400 (10.17)."""
    status, body, _ = await call("GET", f"/partner/links?{query}")
    assert (status, body["error"]["code"]) == (400, "INVALID_REQUEST")


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
