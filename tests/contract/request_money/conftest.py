"""The sandbox's Request Money, a client for it, and a check of every call against its document."""

import json
from dataclasses import dataclass, field

import jsonschema
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.errors import PartnerRefusedError
from lola.partners.request_money import RequestMoneyClient, parse
from lola.sandbox.request_money.api import document
from lola.sandbox.server import REQUEST_HOME
from tests.unit.sandbox.conftest import (  # noqa: F401 - fixtures
    credentials,
    http,
    receiver,
    sandbox,
    sleep,
    until_fixture,
)

BANK = {
    "type": "bank_account",
    "bankAccount": {
        "country": "GT",
        "stateCode": "GT-01",
        "accountNumber": "0123456789012",
        "accountType": "checking",
        "bankCode": "BIND",
        "bankName": "BANCO INDUSTRIAL",
    },
}
CARD = {
    "type": "card",
    "card": {
        "number": "tok_sandbox_4f1c_1111",
        "expiryMonth": 9,
        "expiryYear": 2029,
        "cardholderName": "Maria Lopez",
    },
}


def wanted(reference="OpBnK001", *, payout=BANK, last_name="Lopez", **fields):
    """Return the body of a creation, as the reference's sample has it."""
    return {
        "referenceId": reference,
        "expiresInMinutes": 120,
        "amount": 150.5,
        "currency": "GTQ",
        "requestData": {
            "userReferenceId": "user-8842",
            "name": {"firstName": "Maria", "lastName": last_name},
            "address": {
                "country": "GT",
                "stateCode": "GT-01",
                "city": "Guatemala City",
                "line1": "12 Av. Reforma",
            },
            "dob": "1990-05-15",
            "payoutMethod": payout,
        },
        **fields,
    }


class Document:
    """The sandbox's OpenAPI document, against which bodies are checked."""

    def __init__(self):
        self.whole = document()

    def check(self, schema, body):
        """Raise when a body does not match a schema of the document."""
        checked = {**schema, "components": self.whole["components"]}
        jsonschema.Draft202012Validator(checked).validate(body)

    def operation(self, method, path):
        """Return the described operation of a call; its path's parameters match any text."""
        for template, methods in self.whole["paths"].items():
            parts = list(zip(template.split("/"), path.split("/"), strict=False))
            if template.count("/") == path.count("/") and all(
                known == found or known.startswith("{") for known, found in parts
            ):
                return methods[method.lower()]
        raise LookupError(f"{method} {path} is not described")

    def check_call(self, method, path, body, status, answer):
        """Raise when a call or its answer is not as described."""
        operation = self.operation(method, path)
        if body is not None:
            content = operation["requestBody"]["content"]["application/json"]
            self.check(content["schema"], body)
        content = operation["responses"][str(status)]["content"]["application/json"]
        self.check(content["schema"], answer)

    def check_event(self, raw):
        """Raise when a webhook's body is not as described."""
        body = json.loads(raw)
        described = self.whole["webhooks"][body["event"]]["post"]["requestBody"]
        self.check(described["content"]["application/json"]["schema"], body)


@pytest.fixture
def described():
    return Document()


@pytest.fixture
def platform(sandbox):  # noqa: F811 - the fixture above
    return sandbox.requests


@pytest.fixture
def change_partner(platform):
    """Change the partner record, as the portal can."""

    def change(**fields):
        return platform.save_partner({**platform.partner(REQUEST_HOME), **fields})

    return change


@pytest.fixture
def call(sandbox, credentials, http):  # noqa: F811 - the fixtures above
    """Call the stand-in with a plain HTTP client."""

    async def call_(method, path, body=None, *, key=credentials.request_money_api_key, raw=None):
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["X-API-Key"] = key
        data = raw if raw is not None else None if body is None else json.dumps(body)
        async with http.request(
            method, f"{sandbox.url}/request-money{path}", data=data, headers=headers
        ) as response:
            return response.status, json.loads(await response.read())

    return call_


@pytest.fixture
def create(call):
    """Create with a plain HTTP client."""
    return lambda body, **options: call("POST", "/v1/request-money", body, **options)


@pytest.fixture
def set_status(sandbox, http):  # noqa: F811 - the fixtures above
    """Make an internal status update."""

    async def set_status_(body, *, secret=None):
        url = f"{sandbox.url}/request-money/v1/internal/remittances/status"
        headers = {"Authorization": f"Bearer {secret or sandbox.requests.status_secret}"}
        async with http.patch(url, json=body, headers=headers) as response:
            return response.status, await response.json()

    return set_status_


@pytest.fixture
def control(sandbox, http):  # noqa: F811 - the fixtures above
    """Call the control API of the stand-in."""

    async def control_(method, path, body=None):
        url = f"{sandbox.url}/control{path}"
        async with http.request(method, url, json=body) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    return control_


@pytest.fixture
def client(sandbox, credentials, http, sleep):  # noqa: F811 - the fixtures above
    return RequestMoneyClient(
        http,
        base_url=f"{sandbox.url}/request-money",
        api_key=credentials.request_money_api_key,
        timeout=5,
        sleep=sleep,
    )


@dataclass
class Examples:
    """Returns scripted answers to our client, and keeps what it sent."""

    url: str = ""
    script: list = field(default_factory=list)
    seen: list = field(default_factory=list)

    def answer(self, status, body):
        """Script one answer; text is sent as a page."""
        self.script.append((status, body))

    async def handle(self, request):
        raw = await request.read()
        self.seen.append((request.method, request.raw_path, raw, dict(request.headers)))
        status, body = self.script.pop(0)
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html")
        return web.json_response(body, status=status)


@pytest.fixture
async def examples():
    stub = Examples()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.handle)
    server = TestServer(app)
    await server.start_server()
    stub.url = f"http://127.0.0.1:{server.port}"
    yield stub
    await server.close()


@pytest.fixture
def scripted(examples, http, sleep):  # noqa: F811 - the fixtures above
    """Our client, pointed at scripted answers."""
    return RequestMoneyClient(
        http, base_url=examples.url, api_key="rq_0123456789abcdef", timeout=5, sleep=sleep
    )


@pytest.fixture
def refused():
    """Return the code and status with which a call of ours is refused."""

    async def refused_(awaitable):
        with pytest.raises(PartnerRefusedError) as caught:
            await awaitable
        return caught.value.partner_code, caught.value.status

    return refused_


@pytest.fixture
def next_event(receiver):  # noqa: F811 - the fixture above
    """Return headers, raw body and parsed event of the next webhook of a kind."""

    async def next_event_(name):
        while True:
            headers, raw = await receiver.next()
            event = parse(raw)
            if event.name == name:
                return headers, raw, event

    return next_event_
