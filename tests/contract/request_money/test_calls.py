"""Conformance, items 1 to 26, 32 and 55: both public calls, from the client and on the wire."""

import json
import logging
import ssl
from copy import deepcopy
from decimal import Decimal

import pytest

from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.partners.request_money import NewRequest, RequestMoneyClient
from lola.sandbox import SandboxCredentials
from tests.contract.request_money.conftest import BANK, CARD, wanted

PENDING = "The operation is pending because the sender has not yet started the process."
SIX = {"status", "referenceId", "id", "statusDetails", "waLink", "landingLink"}
ANSWER = {
    "status": "pending",
    "referenceId": "OpBnK001",
    "id": "OpBnK001",
    "statusDetails": PENDING,
    "waLink": "https://wa.me/502123456789?text=Hola#QWERTY",
    "landingLink": "https://landing.com/request-money/qwer-12345",
}


def request(**fields):
    return NewRequest.model_validate(wanted(**fields))


@pytest.mark.item(1, 2)
async def test_what_the_client_sends(scripted, examples, http):
    """The client adds `/v1` to a host, also when the operator wrote it, and sends key and type."""
    examples.answer(201, ANSWER)
    await scripted.create(request())
    method, path, raw, headers = examples.seen[0]
    assert (method, path) == ("POST", "/v1/request-money")
    assert headers["X-API-Key"] == "rq_0123456789abcdef"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(raw) == wanted()
    examples.answer(200, ANSWER)
    written = RequestMoneyClient(
        http, base_url=f"{examples.url}/v1/", api_key="rq_0123456789abcdef", timeout=5
    )
    await written.status("OpBnK001")
    method, path, raw, headers = examples.seen[1]
    assert (method, path, raw) == ("GET", "/v1/request-money/OpBnK001", b"")
    assert headers["X-API-Key"] == "rq_0123456789abcdef"


@pytest.mark.item(3)
async def test_the_key_is_shown_nowhere(scripted, examples, caplog):
    """No log line, error text or representation has the key, whatever the partner answers."""
    caplog.set_level(logging.DEBUG)
    for status, body in ((401, {"message": "rq_0123456789abcdef"}), (500, {}), (200, "<html>")):
        examples.answer(status, body)
        examples.answer(status, body)
        examples.answer(status, body)
        with pytest.raises(PartnerUnavailableError) as caught:
            await scripted.status("OpBnK001")
        examples.script.clear()
        assert "rq_0123456789abcdef" not in f"{caught.value!r}{caught.value}{scripted!r}"
    assert "rq_0123456789abcdef" not in caplog.text


@pytest.mark.item(4)
def test_each_sandbox_has_its_own_key():
    """A sandbox makes a key at its start; production's is another setting in another place."""
    first, second = SandboxCredentials(), SandboxCredentials()
    assert first.request_money_api_key != second.request_money_api_key
    assert first.request_money_api_key not in repr(first)


@pytest.mark.item(5, 14, 15, 16, 17)
async def test_a_bank_account_is_taken(create, client, described, sandbox):
    """201 with the six fields and no envelope; `pending`, the documented sentence, the links."""
    status, body = await create(wanted())
    described.check_call("POST", "/v1/request-money", wanted(), status, body)
    assert status == 201
    assert set(body) == SIX
    assert (body["status"], body["statusDetails"]) == ("pending", PENDING)
    assert body["id"] == body["referenceId"] == "OpBnK001"
    assert body["landingLink"] == f"{sandbox.url}/pay-request?ref=OpBnK001"
    found = await client.create(request(reference="Ab3xY9mK"))
    assert (found.reference_id, found.status) == ("Ab3xY9mK", "pending")
    assert found.landing_link.endswith("?ref=Ab3xY9mK")
    assert not found.is_final


@pytest.mark.item(6, 7)
async def test_a_card_is_taken(create, described):
    """A card needs its four fields; the literal `card` is inferred."""
    body = wanted(payout=CARD)
    status, answer = await create(body)
    assert status == 201
    described.check_call("POST", "/v1/request-money", body, status, answer)
    for name in ("number", "expiryMonth", "expiryYear", "cardholderName"):
        broken = deepcopy(wanted("CardMiss", payout=CARD))
        del broken["requestData"]["payoutMethod"]["card"][name]
        assert (await create(broken))[0] == 422
    other = deepcopy(wanted("CardKind", payout=CARD))
    other["requestData"]["payoutMethod"]["type"] = "debit_card"
    assert (await create(other))[0] == 422


@pytest.mark.item(8)
@pytest.mark.parametrize("reference", ["Ab3xY9m", "Ab3xY9mKK", "Ab3-Y9mK", "Ab3xY9ñK", ""])
async def test_a_malformed_reference(create, reference):
    """Exactly eight letters and digits; our own model refuses anything else before a call."""
    status, body = await create(wanted(reference))
    assert (status, list(body["details"])) == (422, ["referenceId"])
    with pytest.raises(ValueError, match="referenceId"):
        request(reference=reference)


@pytest.mark.item(9)
@pytest.mark.parametrize("name", ["amount", "currency", "expiresInMinutes", "requestData"])
async def test_a_missing_field(create, described, name):
    """422 with `message` and `details`."""
    body = wanted()
    del body[name]
    status, answer = await create(body)
    assert (status, set(answer), list(answer["details"])) == (422, {"message", "details"}, [name])
    content = described.operation("POST", "/v1/request-money")["responses"]["422"]["content"]
    described.check(content["application/json"]["schema"], answer)


@pytest.mark.item(10)
async def test_currency_and_country_codes(create):
    """Three and two capital letters."""
    for currency in ("gtq", "GT", "GTQQ", "", 320):
        assert (await create(wanted("Currency", currency=currency)))[0] == 422
    for country in ("gt", "GTM", "G", "502"):
        body = deepcopy(wanted("Countryx"))
        body["requestData"]["address"]["country"] = country
        assert (await create(body))[0] == 422


@pytest.mark.item(11, 12)
async def test_optional_fields_may_be_absent(create, scripted, examples):
    """`stateCode` and `city` are optional, and the client leaves out what is empty."""
    body = deepcopy(wanted())
    del body["requestData"]["address"]["stateCode"], body["requestData"]["address"]["city"]
    body["requestData"]["payoutMethod"]["bankAccount"] = {
        "country": "GT",
        "accountNumber": "0123456789012",
    }
    assert (await create(body))[0] == 201
    examples.answer(201, ANSWER)
    await scripted.create(NewRequest.model_validate(body))
    assert json.loads(examples.seen[0][2]) == body


@pytest.mark.item(13)
@pytest.mark.parametrize("day", ["1990-05-15", "1990-05-15T00:00:00.000Z"])
async def test_both_forms_of_a_birthday(create, day):
    """A date and a date-time; a day that does not exist is refused by both sides."""
    body = deepcopy(wanted())
    body["requestData"]["dob"] = day
    assert (await create(body))[0] == 201
    body["referenceId"] = "NoSuchDy"
    body["requestData"]["dob"] = day.replace("05-15", "02-30")
    assert (await create(body))[0] == 422
    with pytest.raises(ValueError, match="dob"):
        NewRequest.model_validate(body)


@pytest.mark.item(17, 18)
async def test_the_landing_address(create, change_partner):
    """An address with a query keeps it; without an address a creation is refused."""
    change_partner(landingBaseUrl="https://pay.example/fund?brand=sol")
    _, body = await create(wanted())
    assert body["landingLink"] == "https://pay.example/fund?brand=sol&ref=OpBnK001"
    change_partner(landingBaseUrl="")
    status, body = await create(wanted("Ab3xY9mK"))
    assert (status, list(body["details"])) == (422, ["landingBaseUrl"])


@pytest.mark.item(19)
async def test_the_whatsapp_link(create, change_partner):
    """Base and template, URL-encoded, so that no name can add a parameter."""
    change_partner(
        whatsappBaseUrl="https://wa.me/502123456789",
        whatsappMessageTemplate="Hola, {firstName} pide {amount} {currency} #{reference}",
    )
    body = deepcopy(wanted())
    body["requestData"]["name"]["firstName"] = "Ana & Co?x=1"
    _, answer = await create(body)
    assert answer["waLink"] == (
        "https://wa.me/502123456789?text=Hola%2C%20Ana%20%26%20Co%3Fx%3D1%20pide%20150.5%20GTQ"
        "%20%23OpBnK001"
    )


@pytest.mark.item(20)
async def test_a_screening_hit(create, client, refused, call):
    """403 without the success body, and nothing is stored."""
    status, body = await create(wanted(last_name="OFAC"))
    assert (status, body["error"]) == (403, "OFAC_HIT")
    assert SIX.isdisjoint(body)
    assert (await call("GET", "/v1/request-money/OpBnK001"))[0] == 404
    assert await refused(client.create(request(last_name="OFAC"))) == ("OFAC_HIT", 403)


@pytest.mark.item(21)
async def test_a_wrong_key(create, call, sandbox, http):
    """401 with `message` on both calls; for the client it is an outage that names the setting."""
    for key in (None, "", "wrong", "ñ"):
        created = await create(wanted(), key=key)
        read = await call("GET", "/v1/request-money/OpBnK001", key=key)
        for status, body in (created, read):
            assert (status, list(body)) == (401, ["message"])
    other = RequestMoneyClient(
        http, base_url=f"{sandbox.url}/request-money", api_key="wrong", timeout=5
    )
    with pytest.raises(PartnerUnavailableError) as caught:
        await other.status("OpBnK001")
    assert "REQUEST_MONEY_API_KEY" in caught.value.hint


@pytest.mark.item(22)
async def test_a_reference_serves_once(create, client, refused):
    """A second creation with it is refused, and the first one is unchanged."""
    await create(wanted())
    status, body = await create(wanted(amount=1))
    assert (status, list(body["details"])) == (422, ["referenceId"])
    code = "UnprocessableEntityException"
    assert await refused(client.create(request())) == (code, 422)


@pytest.mark.item(23)
async def test_the_public_status(create, call, client, described):
    """200 with the same six fields."""
    _, created = await create(wanted())
    status, body = await call("GET", "/v1/request-money/OpBnK001")
    described.check_call("GET", "/v1/request-money/OpBnK001", None, status, body)
    assert (status, body) == (200, created)
    found = await client.status("OpBnK001")
    assert (found.landing_link, found.wa_link) == (body["landingLink"], body["waLink"])


@pytest.mark.item(24, 25)
async def test_an_unknown_and_a_malformed_reference(call, client, refused, described):
    """404 `not_found` with a text; 422 for one that cannot exist."""
    status, body = await call("GET", "/v1/request-money/Unknown1")
    assert (status, body["error"], bool(body["message"])) == (404, "not_found", True)
    described.check_call("GET", "/v1/request-money/Unknown1", None, status, body)
    assert await client.find("Unknown1") is None
    assert await refused(client.status("Unknown1")) == ("not_found", 404)
    status, body = await call("GET", "/v1/request-money/short")
    assert (status, set(body)) == (422, {"message", "details"})


@pytest.mark.item(26)
async def test_another_partners_request(create, call, control):
    """It is unknown to us, and its reference is free for our own use."""
    key = "rq_another_partner_0001"
    partner = {"partnerId": "f" * 24, "apiKey": key}
    assert (await control("POST", "/request-money/partners", partner))[0] == 201
    assert (await create(wanted(), key=key))[0] == 201
    assert (await call("GET", "/v1/request-money/OpBnK001"))[0] == 404
    assert (await create(wanted()))[0] == 201


@pytest.mark.item(32)
async def test_there_is_no_rate_limit(call):
    """A burst of reads is answered each time."""
    statuses = {(await call("GET", "/v1/request-money/Unknown1"))[0] for _ in range(50)}
    assert statuses == {404}


@pytest.mark.item(55)
async def test_a_custom_ca_or_client_certificate(http, examples):
    """The client hands its TLS context to the connection: a plain server is then no peer."""
    context = ssl.create_default_context()
    secure = examples.url.replace("http://", "https://")
    client = RequestMoneyClient(http, base_url=secure, api_key="k", timeout=5, ssl_context=context)
    assert client._http._ssl is context
    with pytest.raises(PartnerUnavailableError):
        await client.create(request())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, "<html>"),
        (200, "<html>"),
        (200, {"status": "pending"}),
        (200, {**ANSWER, "referenceId": "Another1"}),
        (200, []),
        (404, "<html>"),
        (403, "<html>"),
        (302, {}),
    ],
)
async def test_answers_that_are_no_answer(scripted, examples, status, body):
    """A page, a foreign request, a missing field or a redirect is an outage and never a result."""
    for _ in range(3):
        examples.answer(status, body)
    with pytest.raises(PartnerUnavailableError):
        await scripted.status("OpBnK001")


async def test_what_may_be_repeated(scripted, examples):
    """A 503 is asked again for a read, and never for a creation."""
    examples.answer(503, {"message": "down"})
    examples.answer(200, {**ANSWER, "more": 1, "status": "paused", "waLink": None})
    found = await scripted.status("OpBnK001")
    assert (found.status, found.wa_link, found.is_final) == ("paused", "", False)
    examples.answer(503, {"message": "down"})
    with pytest.raises(PartnerUnavailableError):
        await scripted.create(request(amount=Decimal("150.50")))
    assert len(examples.seen) == 3


async def test_a_refusal_names_fields_and_no_values(scripted, examples):
    """Names of wrong fields help an operator; a text of the partner could repeat personal data."""
    details = {"amount": ["12345 is wrong"], "Maria Lopez": ["x"]}
    examples.answer(422, {"message": "Maria Lopez", "details": details})
    with pytest.raises(PartnerRefusedError) as caught:
        await scripted.create(request())
    assert "(amount)" in str(caught.value)
    assert "Maria" not in str(caught.value)
    assert BANK["bankAccount"]["accountNumber"] not in repr(request())
