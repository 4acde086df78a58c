"""The sandbox's PayHub, the real client of it, keys of every kind, and raw calls."""

from dataclasses import dataclass

import pytest

from lola.errors import PartnerRefusedError
from lola.partners.payhub import PayhubApi, PayhubRequests
from lola.partners.payhub.bodies import Registration
from lola.sandbox.payhub.keys import make_key
from tests.unit.partners.conftest import partner  # noqa: F401 - fixture
from tests.unit.sandbox.conftest import (  # noqa: F401 - fixtures
    credentials,
    http,
    receiver,
    sandbox,
    sleep,
    until_fixture,
)

ANA = "+15550100001"
PERSON = {
    "firstName": "Eva",
    "lastName": "Sol",
    "address1": "12 Main St",
    "city": "Austin",
    "state": "TX",
    "countryCode": "US",
    "phoneNumber": "+15125550123",
    "email": "eva@example.com",
    "dob": "1990-05-15",
}
CLABE = "002320275621938815"
CARD = {
    "name": "My card",
    "cardtype": "DebitCard",
    "number": "tok_sandbox_x9_1111",
    "nameOnCard": "EVA SOL",
    "expirationDate": "1228",
    "country": "US",
    "cardNetwork": "Visa",
}
REQUEST = {
    "requestTo": "+525512345678",
    "correlationId": "7011cefb-0001",
    "destinationPaymentMethodId": "pm-visa",
    "reason": "Rent",
    "recipientAmount": 25,
    "recipientCurrency": "USD",
}
FULL = {
    "recipientCurrency": "USD",
    "recipientAmount": 25,
    "destinationPaymentMethod": {
        "type": "DebitCard",
        "number": "tok_sandbox_x9_1111",
        "nameOnCard": "EVA SOL",
        "expirationDate": "1228",
        "country": "US",
        "currency": "USD",
    },
    "correlationId": "550e8400-e29b",
    "requestTo": {
        "phoneNumber": "+525512345678",
        "firstName": "Rosa",
        "lastName": "Paz",
        "countryCode": "MX",
    },
}


def registration(**changes):
    return Registration.model_validate(PERSON | changes)


@dataclass(frozen=True)
class Answer:
    """A response to a raw call."""

    status: int
    body: object
    raw: str

    @property
    def code(self):
        return self.body.get("code") if isinstance(self.body, dict) else None

    @property
    def refusal(self):
        return self.status, self.code


@pytest.fixture
def key(credentials):  # noqa: F811 - the fixture above
    """Make a key with these scopes, of our tenant or another."""

    def key_(*scopes, tenant="sol", country="US"):
        return make_key(credentials.raas_api_key, scopes, tenant=tenant, country=country)

    return key_


@pytest.fixture
def ask(http, sandbox, credentials):  # noqa: F811 - the fixtures above
    """Call a route with a plain HTTP client; `key=None` sends none."""

    async def ask_(method, path, body=None, *, key=credentials.raas_api_key):
        headers = {} if key is None else {"api_key": key}
        url = f"{sandbox.url}/raas/v1{path}"
        async with http.request(method, url, headers=headers, json=body) as response:
            raw = await response.text()
            found = await response.json() if raw and "json" in response.content_type else None
            return Answer(response.status, found, raw)

    return ask_


@pytest.fixture
def client(http, sandbox, credentials, sleep):  # noqa: F811 - the fixtures above
    """Build our client with a key; the home key unless another is given."""

    def client_(key=credentials.raas_api_key):
        url = f"{sandbox.url}/raas/v1"
        return PayhubApi(PayhubRequests(http, base_url=url, api_key=key, timeout=5, sleep=sleep))

    return client_


@pytest.fixture
def scripted(http, partner, sleep):  # noqa: F811 - the fixtures above
    """Our client, pointed at a partner whose answers a test scripts."""
    url = f"{partner.url}/v1/"
    return PayhubApi(PayhubRequests(http, base_url=url, api_key="hush", timeout=5, sleep=sleep))


@pytest.fixture
def api(client):
    return client()


@pytest.fixture
def ana(sandbox):  # noqa: F811 - the fixture above
    """The user id of the verified sender, who has two people and two payment methods."""
    return sandbox.senders.find(ANA)["id"]


@pytest.fixture
async def eva(api):
    """The user id of somebody who has just registered."""
    return (await api.register(registration())).user_id


@pytest.fixture
def refused():
    """Return the code and status with which the partner refuses a call of ours."""

    async def refused_(awaitable):
        with pytest.raises(PartnerRefusedError) as caught:
            await awaitable
        return caught.value.partner_code, caught.value.status

    return refused_
