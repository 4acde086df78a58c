"""The published document, and the client against it both ways."""

import json
import re

import jsonschema
import pytest

from lola.partners.payhub import bodies
from lola.partners.payhub.responses import funding, identity, operations
from lola.partners.payhub.routes import ROUTES
from lola.sandbox.payhub.documentation import openapi
from tests.contract.raas.conftest import CARD, CLABE, FULL, PERSON, REQUEST, registration

OPERATION_IDS = {
    "user_token": "getUserTokenV2", "register": "registerUserV2",
    "session_link": "getSessionLinkV2", "session_link_of": "getSessionLinkV4",
    "link_session": "authByTokenLink", "profile": "getProfile",
    "update_profile": "updateProfile", "contacts": "listContacts",
    "add_contact": "createContact", "update_contact": "updateContact",
    "method_types": "getAvailablePaymentMethods", "receiving_methods": "getReceivingMethods",
    "add_card": "createFundingCard", "payment_method": "getPaymentMethodV2",
    "add_ubn": "addUBNAccount", "request_money": "requestMoneyV2",
    "request_money_full": "requestMoneyFull", "operation_status": "getOperationStatus",
    "operation": "getOperation", "operations": "getOperations",
    "frequent_contacts": "getFrequentContacts",
}  # fmt: skip
READ_BY = {
    "UserTokenResponse": identity.UserTokenBody,
    "SessionLinkResponse": identity.SessionLinkBody,
    "PartnerTokenReponse": identity.LinkSessionBody,
    "UserProfile": identity.ProfileBody,
    "ContactInfo": funding.ContactBody,
    "PartnerPayoutMethod": funding.PayoutBody,
    "AddPaymentMethodResponse": funding.AddedMethodBody,
    "OperationResponsePartner": operations.OperationBody,
    "RequestMoneyFullResponse": operations.AcceptedBody,
}
EVERYTHING = {
    "gender": "Female", "lang": "es", "middleName": "Luz", "lastName2": "Paz", "address2": "b",
    "address3": "c", "streetNumber": "12", "zipCode": "78701", "birthState": "TX",
    "placeDetail": "{}", "latitude": 1.5, "longitude": 2.5, "callLocationLatitude": 1.5,
    "callLocationLongitude": 2.5,
}  # fmt: skip


def by_id():
    """Return method, path and operation by operation id."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, item in openapi()["paths"].items()
        for method, operation in item.items()
    }


def resolved(reference):
    found = openapi()
    for part in reference["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def check(schema, value):
    """Validate a value, with references into the whole document."""
    jsonschema.validate(value, {**schema, "components": openapi()["components"]})


def nameless(path):
    return re.sub(r"\{\w+\}", "{}", path)


def test_the_client_calls_what_is_published():
    """Each published operation has one route of ours, with its method and path."""
    found = {name: by_id()[operation][:2] for name, operation in OPERATION_IDS.items()}
    assert set(OPERATION_IDS.values()) == set(by_id())
    for name, (method, path) in found.items():
        assert (ROUTES[name].method, nameless(ROUTES[name].path)) == (method, nameless(path))


async def test_the_sandbox_publishes_it(ask):
    """Without a key, as any documentation."""
    answer = await ask("GET", "/openapi.json", key=None)
    assert answer.body == openapi()


CALLS = {
    "user_token": lambda api: api.user_token(phone="+1", email="a@b.c", country="US"),
    "register": lambda api: api.register(registration(**EVERYTHING)),
    "session_link": lambda api: api.session_link(
        bodies.SessionLinkRequest.model_validate(
            PERSON
            | EVERYTHING
            | {
                "paymentMethodType": "Card",
                "ubnParams": {"number": CLABE},
                "addCardParams": {name: CARD[name] for name in CARD if name != "country"},
            }
        )
    ),
    "link_session": lambda api: api.link_session("abc"),
    "update_profile": lambda api: api.update_profile("a", bodies.ProfileChanges(city="Dallas")),
    "add_contact": lambda api: api.add_contact(
        "u",
        bodies.NewContact(
            first_name="a", last_name="b", phone="+1", country_code="US", email="e", alias="c"
        ),
    ),
    "update_contact": lambda api: api.update_contact("u", bodies.ContactChanges(phone="+1")),
    "add_card": lambda api: api.add_card(
        "u", bodies.NewCard.model_validate(CARD | {"type": "DebitCard", "isPrimary": True})
    ),
    "add_ubn": lambda api: api.add_ubn("u", bodies.NewUbn(number=CLABE, bank_name="b")),
    "request_money": lambda api: api.request_money(
        "u",
        bodies.MoneyRequestBody.model_validate(REQUEST | {"destinationPaymentMethod": CARD}),
    ),
    "request_money_full": lambda api: api.request_money_full(
        registration(), bodies.FullRequest.model_validate(FULL)
    ),
}


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_every_body_that_we_send_is_as_documented(scripted, partner, refused, name):
    """The bytes on the wire validate; a field more would not."""
    partner.answer({"code": "ENOUGH", "reason": "x"}, 400)
    await refused(CALLS[name](scripted))
    body = json.loads(partner.requests[0][2])
    _, _, operation = by_id()[OPERATION_IDS[name]]
    schema = resolved(operation["requestBody"])["content"]["application/json"]["schema"]
    check(schema, body)
    with pytest.raises(jsonschema.ValidationError):
        check(schema, body | {"shoeSize": 40})


def test_every_call_with_a_body_is_checked():
    """The calls above are all that send one."""
    with_body = {name for name, op in OPERATION_IDS.items() if "requestBody" in by_id()[op][2]}
    assert set(CALLS) == with_body


@pytest.mark.parametrize("name", sorted(READ_BY))
def test_every_documented_field_is_read_or_listed(name):
    """What the client does not read is listed with a reason, and nothing else is."""
    schema = openapi()["components"]["schemas"][name]
    read = {field.alias for field in READ_BY[name].model_fields.values()}
    unread = schema.get("x-unread", {})
    documented = set(schema["properties"])
    assert documented - read - set(unread) == set()
    assert not read & set(unread)
    assert all(unread.values())


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/user/profile/+15550100001", "getProfile"),
        ("/user/contacts/{ana}", "listContacts"),
        ("/user/funding/source/get-receiving-methods/{ana}", "getReceivingMethods"),
        ("/user/funding/source/get-payment-method-v2/{ana}?id=pm-visa", "getPaymentMethodV2"),
        ("/user/operations/{ana}", "getOperations"),
        ("/user/operations/frequent/{ana}/3", "getFrequentContacts"),
        ("/auth/sessionlink-v4/{ana}", "getSessionLinkV4"),
    ],
)
async def test_what_the_sandbox_answers_is_as_documented(ask, ana, path, operation):
    """Its answers validate too, so that a bank can rely on the document."""
    answer = await ask("GET", path.format(ana=ana))
    response = resolved(by_id()[operation][2]["responses"]["200"])
    check(response["content"]["application/json"]["schema"], answer.body)
