"""Conformance, items 1 to 11: addresses, keys, scopes and errors (reference/raas.md 2, 3)."""

import pytest

from lola.errors import PartnerAccessError, PartnerRefusedError, PartnerUnavailableError
from lola.partners.payhub.scopes import PROFILES, ROUTE_SCOPES, allows, routes_of, scopes_in

ONLY_ASK = "/user/funding/source/get-receiving-methods/{user}"
ONLY_SEND = "/user/corridors"
ONLY_FULL = "/cip/can-operate/{user}"


@pytest.mark.raas(1, 2)
async def test_the_key_goes_with_every_call(scripted, partner):
    """The key is a header of every call below the configured address, and in no text of ours."""
    partner.answer([]).answer({"reason": "Missing or invalid API key"}, 401)
    assert await scripted.contacts("u") == []
    with pytest.raises(PartnerAccessError) as caught:
        await scripted.contacts("u")
    assert [headers["api_key"] for *_, headers in partner.requests] == ["hush", "hush"]
    assert partner.requests[0][1] == "/v1/user/contacts/u"
    assert "hush" not in f"{caught.value!r} {caught.value} {scripted!r} {vars(scripted)}"


@pytest.mark.raas(3, 4, 5)
@pytest.mark.parametrize(
    ("scope", "ask_only", "send_only", "full_only"),
    [
        ("partner", 200, 401, 401),
        ("partner_send", 401, 200, 401),
        ("partner_dual", 200, 200, 401),
        ("partner_full", 200, 200, 200),
        ("admin", 401, 401, 401),
    ],
)
async def test_scopes_are_inherited(ask, key, ana, scope, ask_only, send_only, full_only):
    """A key may call what any of its expanded scopes allows; the client's table agrees."""
    used = key(scope)
    calls = (("GET", ONLY_ASK), ("GET", ONLY_SEND), ("POST", ONLY_FULL))
    statuses = [
        (
            await ask(method, path.format(user=ana), {} if method == "POST" else None, key=used)
        ).status
        for method, path in calls
    ]
    assert statuses == [ask_only, send_only, full_only]
    names = ("receiving_methods", "corridors", "limits")
    known = [allows({scope}, ROUTE_SCOPES[name]) for name in names]
    assert known == [status == 200 for status in statuses]
    assert scopes_in(used) == {scope}


@pytest.mark.raas(6)
async def test_default_is_only_itself(ask, key, ana):
    """`Default` opens the routes that list it and inherits nothing."""
    method = f"/user/funding/source/get-payment-method-v2/{ana}?id=pm-visa"
    assert (await ask("GET", method, key=key("Default"))).status == 200
    assert (await ask("GET", ONLY_ASK.format(user=ana), key=key("Default"))).status == 401
    assert set(routes_of({"Default"})[0]) == {"link_session", "payment_method", "banks"}


@pytest.mark.raas(7)
@pytest.mark.parametrize("given", [None, "", "nonsense", "a.b.c"])
async def test_a_missing_or_broken_key(ask, ana, given):
    """401 with a reason and no code."""
    answer = await ask("GET", f"/user/contacts/{ana}", key=given)
    assert (answer.status, answer.body) == (401, {"reason": "Missing or invalid API key"})


@pytest.mark.raas(8)
async def test_a_missing_scope_is_recognised(client, key, ana):
    """With 401 as with 403 the error names the scopes, and senders are told of an outage."""
    for call, status in (("receiving_methods", 401), ("contacts", 403)):
        only_full_missing = client(key("admin"))
        with pytest.raises(PartnerAccessError, match="needs partner") as caught:
            await getattr(only_full_missing, call)(ana)
        assert (caught.value.status, caught.value.is_scope) == (status, True)
        assert isinstance(caught.value, PartnerUnavailableError)
    with pytest.raises(PartnerAccessError) as caught:
        await client("nonsense").contacts(ana)
    assert not caught.value.is_scope


@pytest.mark.raas(9)
async def test_errors_with_and_without_a_code(scripted, partner, refused):
    """`detail` and unknown codes do no harm; a reason alone is a refusal too."""
    partner.answer({"reason": "x", "code": "BRAND_NEW", "detail": {"a": 1}}, 400)
    partner.answer({"reason": "Validation failed on session link payload."}, 400)
    partner.answer({"message": "from a proxy"}, 404)
    assert await refused(scripted.contacts("u")) == ("BRAND_NEW", 400)
    assert await refused(scripted.contacts("u")) == ("WITHOUT_CODE", 400)
    with pytest.raises(PartnerUnavailableError):
        await scripted.contacts("u")


@pytest.mark.raas(10)
async def test_a_validate_error_names_its_fields(scripted, partner):
    """The 422 of TSOA gives a message for each field, which no error text repeats."""
    fields = {"params.phone": {"message": "invalid +15550100001", "value": "+15550100001"}}
    partner.answer({"name": "ValidateError", "message": "x", "status": 422, "fields": fields}, 422)
    with pytest.raises(PartnerRefusedError) as caught:
        await scripted.contacts("u")
    assert caught.value.fields == {"params.phone": "invalid +15550100001"}
    assert (caught.value.partner_code, caught.value.status) == ("ValidateError", 422)
    assert "5550100001" not in str(caught.value)


@pytest.mark.raas(11)
async def test_only_safe_calls_are_repeated(scripted, partner, refused):
    """A GET is repeated after a 500, a POST never, and nothing after a 4xx."""
    partner.answer({"code": "X", "reason": "x"}, 500).answer([])
    assert await scripted.contacts("u") == []
    partner.answer({"code": "X", "reason": "x"}, 500)
    with pytest.raises(PartnerUnavailableError):
        await scripted.user_token(phone="+15550100001")
    partner.answer({"code": "X", "reason": "x"}, 404)
    await refused(scripted.contacts("u"))
    assert len(partner.requests) == 4


def test_each_profile_may_make_its_calls():
    """The three kinds of credentials differ as their scopes do (reference/raas.md 2.3)."""
    may = {name: set(routes_of(scopes)[0]) for name, scopes in PROFILES.items()}
    assert "request_money" in may["basic"]
    assert "corridors" not in may["basic"]
    assert "corridors" in may["send"]
    assert "request_money" not in may["send"]
    assert may["basic"] | may["send"] < may["full"] == set(ROUTE_SCOPES)
