"""The M2M client against the documented examples, verbatim, and against errors."""

import json
from datetime import UTC, datetime

import pytest

from lola.errors import ConfigurationError, PartnerRefusedError, PartnerUnavailableError
from lola.partners.m2m import LinkStatus, M2MClient
from lola.partners.m2m.api import BASE_URLS

KEY = "m2m_test_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6"
LINK_ID = "link_acme_a1b2c3d4e5f6"
LINK = {
    "linkId": LINK_ID,
    "referenceId": "user-12345",
    "status": "created",
    "url": f"https://widget.m2m.leapfinancial.com/{LINK_ID}/m2m-basic",
    "token": "550e8400-e29b-41d4-a716-446655440000",
    "expiresAt": "2026-02-10T13:00:00.000Z",
    "createdAt": "2026-02-10T12:00:00.000Z",
}
TAKEN = {
    "success": False,
    "error": {"code": "ACTIVE_LINK_EXISTS", "message": "The user already has an active link"},
}
REVOKED = {
    "success": True,
    "data": {"linkId": LINK_ID, "status": "revoked", "revokedAt": "2026-02-10T12:30:00.000Z"},
}


def ok(data):
    return {"success": True, "data": data}


def page(*items, number=1, total=1):
    pagination = {"page": number, "limit": 100, "total": total, "totalPages": total}
    return ok({"items": list(items), "pagination": pagination})


@pytest.fixture
def client(http, partner, sleep):
    return M2MClient(
        http, base_url=partner.url, api_key=KEY, timeout=5, environment="sandbox", sleep=sleep
    )


@pytest.fixture
def ensure(client):
    return lambda: client.ensure_link(
        reference_id="user-12345", ticket_id="tk_1", metadata={"orderId": "ORD-2026-001"}
    )


def lines(partner):
    return [f"{method} {path.split('?')[0]}" for method, path, _, _ in partner.requests]


async def test_the_documented_creation(client, partner):
    """201 with the quickstart's answer becomes a typed link (reference/m2m.md 5.1)."""
    partner.answer(ok(LINK), 201)
    link = await client.create_link(
        "user-12345",
        {"orderId": "ORD-2026-001"},
        expires_in_minutes=60,
        language="es",
        callback_url="https://api.example.com/callbacks/m2m",
        theme=None,
    )
    assert link.link_id == LINK_ID
    assert link.status is LinkStatus.CREATED
    assert link.url == LINK["url"]
    assert link.expires_at == datetime(2026, 2, 10, 13, tzinfo=UTC)
    method, path, raw, headers = partner.requests[0]
    assert (method, path) == ("POST", "/partner/links")
    assert headers["X-API-Key"] == KEY
    assert headers["Content-Type"] == "application/json"
    assert json.loads(raw) == {
        "referenceId": "user-12345",
        "metadata": {"orderId": "ORD-2026-001"},
        "expiresInMinutes": 60,
        "language": "es",
        "callbackUrl": "https://api.example.com/callbacks/m2m",
    }


async def test_only_a_reference_is_needed(client, partner):
    """The minimal body is the reference alone, and 200 is as good as 201."""
    partner.answer(ok(LINK), 200)
    assert (await client.create_link("user-12345")).reference_id == "user-12345"
    assert json.loads(partner.requests[0][2]) == {"referenceId": "user-12345"}


async def test_unknown_fields_and_statuses_are_tolerated(client, partner):
    """What the partner adds breaks nothing and is kept (reference/m2m.md 10.100)."""
    partner.answer(ok(LINK | {"status": "paused", "colour": {"deep": []}}))
    link = await client.get_link(LINK_ID)
    assert link.status == "paused"
    assert link.model_extra == {"colour": {"deep": []}}
    assert partner.requests[0][1] == f"/partner/links/{LINK_ID}"


async def test_an_answer_without_envelope_is_read(client, partner):
    """The envelope is taken off only where there is one (reference/m2m.md 9.2)."""
    partner.answer(LINK)
    assert (await client.get_link(LINK_ID)).link_id == LINK_ID


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"success": False, "error": {"code": "INVALID_REQUEST", "message": "x"}}, None),
        (401, {"code": "UNAUTHORIZED", "message": "Missing authentication."}, None),
        (401, {"code": "INVALID_API_KEY", "message": "Invalid or revoked API key"}, None),
        (403, {"code": "PARTNER_SUSPENDED", "message": "suspended"}, None),
        (404, {"success": False, "error": {"code": "RESOURCE_NOT_FOUND", "message": "x"}}, None),
        (422, {"success": False, "error": {"code": "SOMETHING_NEW", "message": "x"}}, None),
        (200, {"success": False, "error": {"code": "ODD_BUT_A_NO", "message": "x"}}, None),
    ],
)
async def test_enveloped_and_bare_refusals(client, partner, status, body, code):
    """Both error forms give the same typed error, unknown codes included
    (reference/m2m.md 2.3, 2.4).
    """
    partner.answer(body, status)
    expected = body.get("code") or body["error"]["code"]
    with pytest.raises(PartnerRefusedError) as caught:
        await client.get_link(LINK_ID)
    assert (caught.value.partner_code, caught.value.status) == (expected, status)


@pytest.mark.parametrize(
    "body",
    [
        "<html>502 Bad Gateway</html>",
        ok(None),
        ok({"linkId": LINK_ID}),
        ok(LINK | {"url": "javascript:alert(1)"}),
        ok(LINK | {"expiresAt": "soon"}),
        ok([]),
        [],
        {"success": False},
    ],
)
async def test_an_answer_that_is_no_link_is_an_outage(client, partner, body):
    """A broken 200 is never taken for a link, and its content stays out of the error."""
    partner.answer(body)
    with pytest.raises(PartnerUnavailableError) as caught:
        await client.create_link("user-12345")
    assert "alert" not in str(caught.value)


async def test_an_html_502_is_an_outage(client, partner):
    """A page from a proxy is not the partner speaking; the POST is not repeated."""
    partner.answer("<html>502 Bad Gateway</html>", 502)
    with pytest.raises(PartnerUnavailableError):
        await client.create_link("user-12345")
    assert len(partner.requests) == 1


async def test_all_pages_are_listed(client, partner):
    """The iterator asks for page after page, with the documented filters
    (reference/m2m.md 2.8, 5.2).
    """
    other = LINK | {"linkId": "link_acme_2"}
    partner.answer(page(LINK, number=1, total=2)).answer(page(other, number=2, total=2))
    links = client.list_links(
        reference_id="user-12345", visibility="active", status=LinkStatus.OPENED
    )
    assert [link.link_id async for link in links] == [LINK_ID, "link_acme_2"]
    assert partner.requests[0][1] == (
        "/partner/links?referenceId=user-12345&visibility=active&status=opened&page=1&limit=100"
    )
    assert "page=2" in partner.requests[1][1]


async def test_an_empty_page_ends_the_list(client, partner):
    """A page count that is too high does not loop for ever."""
    partner.answer(page(total=1000))
    assert [link async for link in client.list_links()] == []
    assert len(partner.requests) == 1


async def test_revoking(client, partner):
    """The reason goes along, and the answer is typed (reference/m2m.md 5.4)."""
    partner.answer(REVOKED, 201)
    gone = await client.revoke_link(LINK_ID, "User requested cancellation")
    assert (gone.link_id, gone.status) == (LINK_ID, LinkStatus.REVOKED)
    assert lines(partner) == [f"POST /partner/links/{LINK_ID}/revoke"]
    assert json.loads(partner.requests[0][2]) == {"reason": "User requested cancellation"}


async def test_ensure_creates_once_when_nothing_is_in_the_way(ensure, partner):
    """The ticket's id is put into the metadata of the new link."""
    partner.answer(ok(LINK), 201)
    assert (await ensure()).link_id == LINK_ID
    assert json.loads(partner.requests[0][2])["metadata"] == {
        "orderId": "ORD-2026-001",
        "ticketId": "tk_1",
    }


async def test_ensure_reuses_the_tickets_own_link(ensure, partner):
    """On 409 our own active link is found by its ticket and nothing is revoked."""
    own = LINK | {"metadata": {"ticketId": "tk_1"}}
    partner.answer(TAKEN, 409).answer(page(LINK)).answer(ok(own))
    assert (await ensure()).metadata["ticketId"] == "tk_1"
    assert lines(partner) == [
        "POST /partner/links",
        "GET /partner/links",
        f"GET /partner/links/{LINK_ID}",
    ]


@pytest.mark.parametrize("metadata", [{"ticketId": "tk_0"}, {}, None])
async def test_ensure_replaces_another_tickets_link(ensure, partner, metadata):
    """On 409 with another ticket's link, that one is revoked before ours is created."""
    other = LINK | {"linkId": "link_acme_old", "metadata": metadata}
    partner.answer(TAKEN, 409).answer(page(other)).answer(ok(other)).answer(REVOKED)
    partner.answer(ok(LINK), 201)
    assert (await ensure()).link_id == LINK_ID
    assert lines(partner)[3:] == [
        "POST /partner/links/link_acme_old/revoke",
        "POST /partner/links",
    ]


async def test_ensure_survives_a_link_that_ends_meanwhile(ensure, partner):
    """A revocation that comes too late is no problem: the way is clear."""
    gone = {"success": False, "error": {"code": "INVALID_REQUEST", "message": "expired"}}
    other = LINK | {"metadata": {"ticketId": "tk_0"}}
    partner.answer(TAKEN, 409).answer(page(other)).answer(ok(other)).answer(gone, 409)
    partner.answer(ok(LINK), 201)
    assert (await ensure()).link_id == LINK_ID


async def test_ensure_never_revokes_a_used_link(ensure, partner):
    """Revoking could stop a transfer that the sender approved, so a used link is left alone."""
    used = LINK | {"operationId": "op_acme_abc123", "metadata": {"ticketId": "tk_0"}}
    for _ in range(3):
        partner.answer(TAKEN, 409).answer(page(used)).answer(ok(used))
    with pytest.raises(PartnerRefusedError):
        await ensure()
    assert not any("revoke" in line for line in lines(partner))


async def test_ensure_gives_up_after_three_rounds(ensure, partner):
    """A partner that always says 409 and lists nothing ends in its own refusal."""
    for _ in range(4):
        partner.answer(TAKEN, 409).answer(page())
    with pytest.raises(PartnerRefusedError) as caught:
        await ensure()
    assert caught.value.partner_code == "ACTIVE_LINK_EXISTS"
    assert lines(partner).count("POST /partner/links") == 3


async def test_ensure_looks_before_it_creates_again(http, partner, sleep):
    """After a time-out it is unknown whether the link exists: it is looked up and used."""
    client = M2MClient(
        http, base_url=partner.url, api_key=KEY, timeout=0.1, environment="sandbox", sleep=sleep
    )
    own = LINK | {"metadata": {"ticketId": "tk_1"}}
    partner.hang().answer(page(LINK)).answer(ok(own))
    link = await client.ensure_link(reference_id="user-12345", ticket_id="tk_1", metadata={})
    assert link.link_id == LINK_ID
    assert lines(partner).count("POST /partner/links") == 1


async def test_ensure_does_not_argue_with_other_refusals(ensure, partner):
    """Anything but the one recoverable code ends at once."""
    body = {"success": False, "error": {"code": "USER_BLOCKED", "message": "blocked"}}
    partner.answer(body, 403)
    with pytest.raises(PartnerRefusedError) as caught:
        await ensure()
    assert caught.value.partner_code == "USER_BLOCKED"
    assert len(partner.requests) == 1


async def test_ensure_never_touches_links_of_other_people(ensure, partner):
    """A list that ignores our filter does not make us revoke another sender's link."""
    foreign = LINK | {"referenceId": "user-999", "linkId": "link_acme_foreign"}
    partner.answer(TAKEN, 409).answer(page(foreign)).answer(ok(LINK), 201)
    assert (await ensure()).link_id == LINK_ID
    assert lines(partner) == ["POST /partner/links", "GET /partner/links", "POST /partner/links"]


@pytest.mark.parametrize(
    ("key", "environment"),
    [(KEY, "production"), ("m2m_live_" + "a" * 32, "sandbox"), ("", "sandbox")],
)
async def test_a_key_of_the_other_environment_is_refused(http, key, environment):
    """Test keys are for the sandbox, live keys for production (reference/m2m.md 2.1)."""
    with pytest.raises(ConfigurationError, match="M2M_API_KEY"):
        M2MClient(http, base_url="", api_key=key, timeout=5, environment=environment)


def test_the_documented_addresses():
    """Each environment has its documented base address (reference/m2m.md 2.1)."""
    assert BASE_URLS == {
        "sandbox": "https://api.sandbox.m2m.leapfinancial.com",
        "production": "https://api.m2m.leapfinancial.com",
    }


async def test_a_link_keeps_its_address_out_of_logs(client, partner):
    """The address opens the widget, so a printed link does not show it."""
    partner.answer(ok(LINK))
    assert "widget.m2m" not in repr(await client.get_link(LINK_ID))
