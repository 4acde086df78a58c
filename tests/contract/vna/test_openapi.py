"""The published document: generated from the contract, and true to the reference."""

import json

import jsonschema
import pytest
from typer.testing import CliRunner

from lola.cli.main import app
from lola.partners.vna.contract import CALLS
from lola.partners.vna.openapi import document
from tests.contract.vna.bench import AMOUNT, DOCUMENT, SENDER, person, violations

SCHEMAS = DOCUMENT["components"]["schemas"]
DOCUMENTED = {
    "PersonalData": (
        "FirstName LastName Gender BirthDate Address",
        "PhoneNumber Email MiddleName LastName2",
    ),
    "Address": ("Address1 ZipCode City CountryCode StateCode", "Address2"),
    "PersonalDocument": ("Number DocumentType", ""),
    "CreateAccountRequest": ("PersonalData Amount Currency ExchangeRate", "PersonalDocuments"),
    "CreateAccountResponse": ("AccountIdentifier Success ResponseDescription", "DisplayName"),
    "GetCreateAccountUrlRequest": ("PersonalData", "PersonalDocuments"),
    "GetCreateAccountUrlResponse": ("RegistrationUrl Success ResponseDescription", ""),
    "TxAuthorizationRequest": (
        "SenderPersonalData ReceiverPersonalData Amount Currency ExchangeRate",
        "AccountIdentifier",
    ),
    "TxAuthorizationResponse": (
        "Authorized TrackingIdentifier",
        "AccountIdentifier DisplayName NonAuthorizedReason",
    ),
    "CreditFundsRequest": (
        "AccountIdentifier",
        "AuthTrackingIdentifier Amount Currency ExchangeRate",
    ),
    "CreditFundsResponse": ("Success TrackingIdentifier", "NonCreditReason"),
    "GetCreditStatusRequest": ("AccountIdentifier CreditTrackingNumber", ""),
    "GetCreditStatusResponse": ("CreditStatus", "ResponseDescription"),
    "ReverseCreditFundsRequest": ("AccountIdentifier CreditTrackingNumber", ""),
    "ReverseCreditFundsResponse": ("Success TrackingIdentifier", "ResponseDescription"),
}
"""Required and optional fields by hand from reference/vna.md 5 and 6."""


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_a_schema_has_the_documented_fields(name):
    """Exactly, with what is required, and nothing else is allowed."""
    required, optional = (set(text.split()) for text in DOCUMENTED[name])
    schema = SCHEMAS[name]
    assert set(schema["required"]) == required
    assert set(schema["properties"]) == required | optional
    assert schema["additionalProperties"] is False


def test_every_call_is_documented():
    """With its operation id (reference/vna.md 6), and no schema is left over."""
    ids = {path: item["post"]["operationId"] for path, item in DOCUMENT["paths"].items()}
    assert ids == {f"/{name}": f"{name[0].lower()}{name[1:]}ClientApi" for name in CALLS}
    text = json.dumps(DOCUMENT)
    unused = [name for name in SCHEMAS if f"#/components/schemas/{name}" not in text]
    assert unused == []


def test_the_document_is_valid_and_printed():
    """`lola vna openapi` prints it; each schema is one of JSON Schema 2020-12."""
    printed = json.loads(CliRunner().invoke(app, ["vna", "openapi"]).output)
    assert printed == document()
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_response_that_breaks_the_document_is_found():
    """The check of every response in these tests can fail."""
    assert violations("CreditFunds", {"Success": True, "TrackingIdentifier": "C1"}) == []
    assert violations("CreditFunds", {"Success": True})
    assert violations("GetCreditStatus", {"CreditStatus": "Done"})
    assert violations("GetCreditStatus", {"CreditStatus": "Failed", "Extra": 1})


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("CreateAccount", {"PersonalData": person(), **AMOUNT}),
        ("TxAuthorization", {"SenderPersonalData": SENDER, **AMOUNT}),
        ("CreditFunds", {"AccountIdentifier": "1"}),
        ("CreditFunds", {"AccountIdentifier": "1", "AuthTrackingIdentifier": "A1"}),
        ("GetCreateAccountUrl", {"PersonalData": person(PhoneNumber=None)}),
        ("GetCreateAccountUrl", {"PersonalData": person(), "Extra": 1}),
    ],
)
async def test_server_and_document_agree_on_requests(bench, name, body):
    """What the document refuses is 400, and what it allows is 200."""
    request = DOCUMENT["paths"][f"/{name}"]["post"]["requestBody"]["content"]
    schema = {**request["application/json"]["schema"], "components": DOCUMENT["components"]}
    is_valid = jsonschema.Draft202012Validator(schema).is_valid(body)
    assert (await bench.post(name, body))[0] == (200 if is_valid else 400)
