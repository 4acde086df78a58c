"""The stand-in's records: documented refusals, and writes that the other routes see."""

import aiohttp
import pytest

from lola.partners.payhub import PayhubRecords, PayhubRequests

CONTACT = {"firstName": "Eva", "lastName": "Sol", "phone": "+525587654321", "countryCode": "MX"}


@pytest.fixture
async def ana(payhub):
    return (await payhub.find_sender("+15550100001")).user_id


@pytest.fixture
def ask(http, sandbox, credentials):
    async def call(method: str, path: str, body=None):
        headers = {"api_key": credentials.raas_api_key}
        url = f"{sandbox.url}/raas/v1{path}"
        async with http.request(method, url, headers=headers, json=body) as response:
            return response.status, await response.json()

    return call


async def test_a_saved_contact_is_a_recipient(ask, payhub, ana):
    """What one route writes, the other reads (reference/raas.md 5.4-5.6)."""
    assert (await ask("POST", f"/user/contacts/{ana}", CONTACT))[0] == 200
    changed = {"phone": CONTACT["phone"], "alias": "Vecina"}
    assert (await ask("PUT", f"/user/contacts/{ana}", changed))[0] == 200
    people = {person.full_name: person.alias for person in await payhub.recipients(ana)}
    assert people["Eva Sol"] == "Vecina"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"firstName": ""}, "ERROR_NAME_NOT_PROVIDED"),
        ({"countryCode": ""}, "ERROR_COUNTRY_NOT_PROVIDED"),
        ({"phone": "5512"}, "INVALID_PHONE_NUMBER"),
        ({"phone": "+525512345678"}, "ERROR_DUPLICATED_PHONE"),
    ],
)
async def test_contacts_that_are_refused(ask, ana, changes, code):
    """With the documented codes (reference/raas.md 5.5)."""
    status, body = await ask("POST", f"/user/contacts/{ana}", {**CONTACT, **changes})
    assert (status, body["code"]) == (400, code)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("PUT", "/user/contacts/{user}", "ERROR_INTERNAL_SERVER_ERROR"),
        ("GET", "/user/operations/detail/none", "ERROR_OPERATION_NOT_FOUND"),
    ],
)
async def test_what_is_not_there_answers_500_as_documented(ask, ana, method, path, code):
    """Not a 404 (reference/raas.md 5.6, 5.15)."""
    status, body = await ask(method, path.format(user=ana), {"phone": "+19990000000"})
    assert (status, body["code"]) == (500, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"correlationId": ""}, "ERROR_CORRELATION_ID_REQUIRED"),
        ({"requestTo": "+19990000000"}, "ERROR_CONTACT_NOT_FOUND"),
        ({"destinationPaymentMethodId": "none"}, "ERROR_PAYMENT_METHOD_NOT_FOUND"),
        ({"recipientCurrency": "EUR"}, "ERROR_INVALID_CURRENCY_CODE"),
        ({"recipientAmount": 0}, "ERROR_INVALID_AMOUNT_ERROR"),
        ({"recipientAmount": "much"}, "ERROR_INVALID_AMOUNT_ERROR"),
    ],
)
async def test_requests_for_money_that_are_refused(ask, ana, changes, code):
    """A request without its parts makes no operation (reference/raas.md 5.12)."""
    body = {
        "requestTo": "+525512345678", "correlationId": "c-1", "recipientAmount": 25,
        "recipientCurrency": "USD", "destinationPaymentMethodId": "pm-visa",
    }  # fmt: skip
    status, answer = await ask("POST", f"/user/operations/request-money-v2/{ana}", body | changes)
    assert (status, answer["code"]) == (400, code)


async def test_a_requests_link_opens(ask, ana, sandbox, credentials):
    """The page says that it is a sandbox and cannot be paid."""
    async with aiohttp.ClientSession() as http:
        url = f"{sandbox.url}/raas/v1"
        requests = PayhubRequests(http, base_url=url, api_key=credentials.raas_api_key, timeout=5)
        assert (await PayhubRecords(requests).limits(ana)) is not None
        body = {
            "requestTo": "+525512345678", "correlationId": "c-2", "recipientAmount": 25,
            "recipientCurrency": "USD", "destinationPaymentMethodId": "pm-visa",
        }  # fmt: skip
        _, made = await ask("POST", f"/user/operations/request-money-v2/{ana}", body)
        async with http.get(made["attributionLink"]) as page:
            assert "Sandbox" in await page.text()
        status, again = await ask("POST", f"/user/operations/request-money-v2/{ana}", body)
        assert (status, again["code"]) == (400, "ERROR_CORRELATION_ID_ALREADY_USED")


async def test_a_strangers_record_does_not_exist(ask):
    """404 for every route of an unknown sender (reference/raas.md 3)."""
    status, body = await ask("GET", "/user/operations/nobody")
    assert (status, body["code"]) == (404, "ERROR_USER_NOT_FOUND")
