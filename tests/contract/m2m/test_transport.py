"""Conformance, items 1 to 17 and 98 to 100: addresses, keys, envelopes, errors, limits, pages."""

import asyncio
import json

import pytest

from lola.errors import ConfigurationError, PartnerRefusedError, PartnerUnavailableError
from lola.partners.m2m import BASE_URLS, M2MClient, parse
from tests.contract.m2m.conftest import KEY, collect

REFUSAL = b'{"success": false, "error": {"code": "%s", "message": "x"}}'
BARE = b'{"code": "INVALID_API_KEY", "message": "Invalid or revoked API key"}'


@pytest.mark.item(1)
async def test_each_environment_has_its_address_and_takes_an_override(examples, documented):
    """Sandbox and production as documented; another address is used when given."""
    assert BASE_URLS["sandbox"] == "https://api.sandbox.m2m.leapfinancial.com"
    assert BASE_URLS["production"] == "https://api.m2m.leapfinancial.com"
    examples.expect("GET", "/partner/me", answer=b'{"success": true, "data": {"name": "Acme"}}')
    assert (await documented.profile()).name == "Acme"


@pytest.mark.item(2)
async def test_the_key_goes_with_every_call_and_the_type_with_every_body(examples, documented):
    """The stub refuses a request without the key, and a body without its content type."""
    examples.expect("GET", "/partner/me", answer=b'{"success": true, "data": {}}')
    await documented.profile()
    examples.expect(
        "PATCH", "/partner/settings", b'{"theme":"dark"}', answer=b'{"success": true, "data": {}}'
    )
    await documented.update_settings(theme="dark")


@pytest.mark.item(3)
@pytest.mark.parametrize(
    ("key", "environment"), [(KEY, "production"), ("m2m_live_" + "a" * 32, "sandbox")]
)
async def test_a_key_of_the_other_environment_is_refused_at_once(http, key, environment):
    """`m2m_test_` is the sandbox's, `m2m_live_` production's."""
    with pytest.raises(ConfigurationError, match="M2M_API_KEY"):
        M2MClient(http, base_url="", api_key=key, timeout=1, environment=environment)


@pytest.mark.item(4)
async def test_the_success_envelope_is_taken_off(m2m, call):
    """The client returns the content of `data` without the envelope."""
    _, body, _ = await call("GET", "/partner/me")
    assert body["success"] is True
    assert (await m2m.profile()).name == body["data"]["name"]


@pytest.mark.item(5, 19)
async def test_the_failure_envelope_becomes_a_typed_error(m2m, call, refused):
    """A missing reference is `INVALID_REQUEST`, on the wire and in the client."""
    status, body, _ = await call("POST", "/partner/links", {})
    assert (status, body["success"]) == (400, False)
    assert body["error"] == {
        "code": "INVALID_REQUEST",
        "message": "The referenceId field is required",
    }
    assert await refused(m2m.create_link("")) == ("INVALID_REQUEST", 400)


@pytest.mark.item(6)
async def test_the_bare_error_becomes_the_same_typed_error(examples, documented, refused):
    """Authentication errors have no envelope and mean the same."""
    examples.expect("GET", "/partner/me", answer=BARE, status=401)
    assert await refused(documented.profile()) == ("INVALID_API_KEY", 401)


@pytest.mark.item(7)
async def test_without_a_key(call):
    """401 with the documented text."""
    status, body, _ = await call("GET", "/partner/links", key=None)
    assert (status, body) == (
        401,
        {
            "code": "UNAUTHORIZED",
            "message": "Missing authentication. Provide X-API-Key or Bearer token.",
        },
    )


@pytest.mark.item(8)
async def test_with_an_unknown_or_revoked_key(sandbox, call):
    """401 with the documented text; a revocation takes effect at once."""
    partners = sandbox.m2m.partners
    partner = partners.find("sol")
    key = partners.add_key(partner)
    assert (await call("GET", "/partner/me", key=key))[0] == 200
    partners.revoke_keys(partner, key[:13])
    for wrong in (key, "m2m_test_unknown"):
        status, body, _ = await call("GET", "/partner/me", key=wrong)
        assert (status, body) == (
            401,
            {"code": "INVALID_API_KEY", "message": "Invalid or revoked API key"},
        )


@pytest.mark.item(9, 10)
async def test_a_suspended_partner(sandbox, m2m, call, refused):
    """403 with the documented text, in the response and in the client."""
    sandbox.m2m.partners.set_status(sandbox.m2m.partners.find("sol"), "suspended")
    _, body, _ = await call("GET", "/partner/me")
    assert body["message"] == "Partner account is suspended or not found"
    assert await refused(m2m.profile()) == ("PARTNER_SUSPENDED", 403)


@pytest.mark.item(11)
async def test_an_unknown_code_is_kept(examples, documented, refused):
    """The list of codes is not closed."""
    answer = REFUSAL % b"CORRIDOR_ON_HOLIDAY"
    examples.expect("GET", "/partner/me", answer=answer, status=422)
    assert await refused(documented.profile()) == ("CORRIDOR_ON_HOLIDAY", 422)


@pytest.mark.item(12)
async def test_the_limits_per_minute(sandbox, call):
    """100 creations and 1000 other calls; the next minute is free again."""
    for number in range(100):
        assert (await call("POST", "/partner/links", {"referenceId": f"u{number}"}))[0] == 201
    assert (await call("POST", "/partner/links", {"referenceId": "late"}))[0] == 429
    statuses = {(await call("GET", "/partner/me"))[0] for _ in range(1000)}
    assert statuses == {200}
    assert (await call("GET", "/partner/settings"))[0] == 429
    sandbox.clock.advance(60)
    assert (await call("POST", "/partner/links", {"referenceId": "late"}))[0] == 201
    assert (await call("GET", "/partner/settings"))[0] == 200


@pytest.mark.item(13)
async def test_a_429_says_how_long_and_the_client_waits_that_long(sandbox, credentials, http, call):
    """The client waits `Retry-After` within its timeout, and gives up at once beyond it."""
    pauses = []

    async def wait(seconds):
        pauses.append(seconds)
        sandbox.clock.advance(seconds)

    def client(timeout):
        return M2MClient(
            http,
            base_url=f"{sandbox.url}/m2m",
            api_key=credentials.m2m_api_key,
            timeout=timeout,
            environment="sandbox",
            sleep=wait,
        )

    async def exhaust():
        for _ in range(1000):
            await call("GET", "/partner/me")

    await exhaust()
    sandbox.clock.advance(45)
    _, body, headers = await call("GET", "/partner/me")
    assert (body["error"]["code"], headers["Retry-After"]) == ("RATE_LIMIT_EXCEEDED", "15")
    with pytest.raises(PartnerUnavailableError):
        await client(10).profile()
    assert pauses == []
    assert (await client(60).profile()).name
    assert pauses == [15]


@pytest.mark.item(14, 15, 16)
async def test_pages(m2m, call):
    """Twenty a page by default, up to a hundred; the block adds up; the client walks all pages."""
    for number in range(45):
        await call("POST", "/partner/links", {"referenceId": f"u{number:02}"})
    _, first, _ = await call("GET", "/partner/links")
    assert len(first["data"]["items"]) == 20
    assert first["data"]["pagination"] == {"page": 1, "limit": 20, "total": 45, "totalPages": 3}
    _, last, _ = await call("GET", "/partner/links?page=5&limit=10")
    assert len(last["data"]["items"]) == 5
    assert last["data"]["pagination"]["totalPages"] == 5
    assert len((await call("GET", "/partner/links?limit=100"))[1]["data"]["items"]) == 45
    assert len({link.link_id for link in await collect(m2m.list_links())}) == 45


@pytest.mark.item(16)
async def test_the_client_asks_for_page_after_page(examples, documented):
    """The iterator goes on exactly as far as the pagination says."""
    for page in (1, 2):
        examples.expect(
            "GET",
            f"/partner/users?page={page}&limit=100",
            answer=b'{"success": true, "data": {"items": [{"userId": "u%d"}],'
            b' "pagination": {"page": %d, "limit": 1, "total": 2, "totalPages": 2}}}'
            % (page, page),
        )
    assert [user.user_id for user in await collect(documented.list_users())] == ["u1", "u2"]


@pytest.mark.item(17)
@pytest.mark.parametrize("path", ["links", "users", "operations", "webhooks/deliveries"])
@pytest.mark.parametrize("query", ["limit=0", "limit=101", "page=0"])
async def test_pages_out_of_range(call, path, query):
    """400 on every list."""
    status, body, _ = await call("GET", f"/partner/{path}?{query}")
    assert (status, body["error"]["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.item(98)
async def test_what_is_unknown_is_404(m2m, refused):
    """Link, user, operation, data request, delivery: the same answer for all."""
    unknown = ("RESOURCE_NOT_FOUND", 404)
    for asked in (
        m2m.get_link("link_sol_none"),
        m2m.revoke_link("link_sol_none"),
        m2m.link_activity("link_sol_none"),
        m2m.cip_readiness("link_sol_none"),
        m2m.create_cip_ticket("link_sol_none"),
        m2m.get_user("user_sol_none"),
        m2m.block_user("user_sol_none"),
        m2m.unblock_user("user_sol_none"),
        m2m.get_operation("op_sol_none"),
        m2m.get_delivery("wd_none"),
        m2m.fulfill_data_request("dr_sol_none", reference_id="u", user_data={"dob": "1990-05-15"}),
    ):
        assert await refused(asked) == unknown


@pytest.mark.item(99)
async def test_partners_do_not_see_each_other(
    sandbox, http, sleep, m2m, customer, receiver, refused
):
    """Another partner finds nothing of ours, by list or by id, and its references are its own."""
    key, secret = "m2m_test_" + "b" * 32, "whsec_other"
    sandbox.m2m.partners.ensure(slug="otro", name="Otro", api_key=key, webhook_secret=secret)
    other = M2MClient(
        http,
        base_url=f"{sandbox.url}/m2m",
        api_key=key,
        timeout=5,
        environment="sandbox",
        sleep=sleep,
    )
    link = await m2m.create_link("user-1", callback_url=receiver.url)
    customer(link.link_id).open()
    operation = customer(link.link_id).approve()
    (request,) = sandbox.m2m.database.all("SELECT request_id FROM data_requests")
    (delivery, *_) = await collect(m2m.list_deliveries())
    unknown = ("RESOURCE_NOT_FOUND", 404)
    for asked in (
        other.get_link(link.link_id),
        other.revoke_link(link.link_id),
        other.link_activity(link.link_id),
        other.create_cip_ticket(link.link_id),
        other.get_user(operation.user_id),
        other.block_user(operation.user_id),
        other.get_operation(operation.operation_id),
        other.get_delivery(delivery.delivery_id),
        other.fulfill_data_request(
            request["request_id"], reference_id="user-1", user_data={"dob": "1990-05-15"}
        ),
    ):
        assert await refused(asked) == unknown
    for listed in (
        other.list_links(),
        other.list_users(),
        other.list_operations(),
        other.list_deliveries(),
    ):
        assert await collect(listed) == []
    theirs = await other.create_link("user-1")
    assert theirs.link_id.startswith("link_otro_")
    (user,) = await collect(other.list_users())
    assert user.user_id != operation.user_id


@pytest.mark.item(100)
async def test_what_the_partner_adds_breaks_nothing(examples, documented):
    """Unknown fields, statuses and events are kept as they came."""
    examples.expect(
        "GET",
        "/partner/operations/op_1",
        answer=b'{"success": true, "meta": {"v": 2}, "data": {"operationId": "op_1",'
        b' "status": "on_hold", "amount": {"send": 1, "tip": 0.5}, "corridor": {"id": 7}}}',
    )
    operation = await documented.get_operation("op_1")
    assert operation.status == "on_hold"
    assert operation.model_extra == {"corridor": {"id": 7}}
    assert str(operation.amount.model_extra["tip"]) == "0.5"
    event = parse(
        json.dumps(
            {"event": "link.forwarded", "timestamp": "2026-02-10T12:00:00Z", "data": {"new": 1}}
        ).encode()
    )
    assert (event.name, event.data) == ("link.forwarded", {"new": 1})


@pytest.mark.item(5, 11)
async def test_calls_side_by_side_do_not_mix_their_errors(m2m):
    """Each caller gets its own answer."""
    answers = await asyncio.gather(
        m2m.get_link("x"), m2m.create_link("u", expires_in_minutes=4), return_exceptions=True
    )
    codes = [error.partner_code for error in answers if isinstance(error, PartnerRefusedError)]
    assert codes == ["RESOURCE_NOT_FOUND", "INVALID_REQUEST"]
