"""The wire of the partner server: routes, names and fields (reference/vna.md 9, items 1 to 7)."""

import json
from typing import get_args

import pytest

from lola.partners.vna.contract import CALLS, DocumentType, Reason
from tests.contract.vna.bench import AMOUNT, HEADERS, SENDER, person

CREATE = {"PersonalData": person(), **AMOUNT}
AUTHORIZE = {"SenderPersonalData": SENDER, "ReceiverPersonalData": person(), **AMOUNT}
REFERENCE = {"AccountIdentifier": "000000000000", "CreditTrackingNumber": "C0"}
BODIES = {
    "CreateAccount": CREATE,
    "GetCreateAccountUrl": {"PersonalData": person()},
    "TxAuthorization": AUTHORIZE,
    "CreditFunds": {"AccountIdentifier": "000000000000", "AuthTrackingIdentifier": "A0"},
    "GetCreditStatus": REFERENCE,
    "ReverseCreditFunds": REFERENCE,
}
REQUIRED = {
    "CreateAccount": ("PersonalData", "Amount", "Currency", "ExchangeRate"),
    "GetCreateAccountUrl": ("PersonalData",),
    "TxAuthorization": (
        "SenderPersonalData", "ReceiverPersonalData", "Amount", "Currency", "ExchangeRate",
    ),
    "CreditFunds": ("AccountIdentifier",),
    "GetCreditStatus": ("AccountIdentifier", "CreditTrackingNumber"),
    "ReverseCreditFunds": ("AccountIdentifier", "CreditTrackingNumber"),
}  # fmt: skip


def fields(answer):
    return [error["Field"] for error in answer["Errors"]]


@pytest.mark.item(1)
async def test_the_six_routes_answer_post_only(start):
    """They are under the configured path with exact names; another method or spelling is none."""
    bench = await start(vna_path="/partner/vna")
    assert bench.url.endswith("/partner/vna")
    assert set(BODIES) == set(CALLS)
    for name, body in BODIES.items():
        assert (await bench.post(name, body))[0] == 200, name
        async with bench.http.get(f"{bench.url}/{name}", headers=HEADERS) as response:
            assert response.status == 405
        async with bench.http.post(f"{bench.url}/{name.lower()}", headers=HEADERS) as response:
            assert response.status == 404


@pytest.mark.item(2)
@pytest.mark.parametrize("name", sorted(BODIES))
async def test_unknown_and_misspelt_fields_are_refused(bench, name):
    """A further field, another case and our own names of the fields are all 400."""
    status, answer = await bench.post(name, {**BODIES[name], "Extra": 1})
    assert (status, fields(answer)) == (400, ["Extra"])
    first = next(iter(BODIES[name]))
    snake = {"PersonalData": "personal_data"}.get(first, first.lower())
    wrong = {snake if key == first else key: value for key, value in BODIES[name].items()}
    status, answer = await bench.post(name, wrong)
    assert status == 400
    assert {first, snake} <= set(fields(answer))


@pytest.mark.item(3)
@pytest.mark.parametrize("name", sorted(BODIES))
async def test_a_missing_field_is_named(bench, name):
    """Each required field of each request, also within a person."""
    for field in REQUIRED[name]:
        body = {key: value for key, value in BODIES[name].items() if key != field}
        status, answer = await bench.post(name, body)
        assert (status, fields(answer)) == (400, [field])


@pytest.mark.item(3)
@pytest.mark.parametrize("field", ["FirstName", "LastName", "Gender", "BirthDate", "Address"])
async def test_a_missing_field_of_a_person_is_named(bench, field):
    """With the path to it."""
    body = {"PersonalData": person(**{field: None}), **AMOUNT}
    status, answer = await bench.post("CreateAccount", body)
    assert (status, fields(answer)) == (400, [f"PersonalData.{field}"])


@pytest.mark.item(4)
async def test_a_person_needs_a_telephone_number_or_an_email(bench):
    """Either is enough; with neither, the person is refused."""
    for ways, status in (
        ({"PhoneNumber": "+525555550111"}, 200),
        ({"PhoneNumber": None, "Email": "rosa@example.com"}, 200),
        ({"PhoneNumber": None}, 400),
        ({"PhoneNumber": "", "Email": ""}, 400),
    ):
        body = {"PersonalData": person(**ways)}
        assert (await bench.post("GetCreateAccountUrl", body))[0] == status, ways


@pytest.mark.item(5)
@pytest.mark.parametrize(
    "text", ["1990-02-30", "1990-1-5", "19900115", "15/01/1990", "1990-01-15T00:00:00", 19900115]
)
async def test_a_birth_date_is_a_day_that_exists(bench, text):
    """Only in the form YYYY-MM-DD."""
    body = {"PersonalData": person(BirthDate=text)}
    status, answer = await bench.post("GetCreateAccountUrl", body)
    assert (status, fields(answer)) == (400, ["PersonalData.BirthDate"])


@pytest.mark.item(6)
@pytest.mark.parametrize("code", ["M", "MEX", ""])
async def test_codes_have_their_length(bench, code):
    """Two characters for a country, three for a currency."""
    address = {**person()["Address"], "CountryCode": code}
    body = {"PersonalData": person(Address=address)}
    status, answer = await bench.post("GetCreateAccountUrl", body)
    assert (status, fields(answer)) == (400, ["PersonalData.Address.CountryCode"])
    status, answer = await bench.post("CreateAccount", {**CREATE, "Currency": f"{code}U"[:2]})
    assert (status, fields(answer)) == (400, ["Currency"])


@pytest.mark.item(7)
async def test_document_types_are_the_nine(bench):
    """Each documented one is taken and any other refused."""
    nine = get_args(DocumentType)
    assert len(nine) == 9
    for kind in (*nine, "passport", "Visa"):
        document = {"Number": "X1", "DocumentType": kind}
        body = {"PersonalData": person(), "PersonalDocuments": [document]}
        status, _ = await bench.post("GetCreateAccountUrl", body)
        assert status == (200 if kind in nine else 400), kind


def test_the_reasons_are_those_of_the_reference():
    """reference/vna.md 5.4 lists fifteen for an authorisation and two more for a credit."""
    documented = (
        "None AccountBlocked AccountBlockedByLaw AccountBlockedByGovernment ByVelocity "
        "ByAmountLimit ByAccumulateAmountLimit InvalidAccount InvalidParameter InvalidCurrency "
        "InvalidSenderData InvalidDestinationData InvalidExchangeRate NonMatchingCurrencyAccount "
        "InvalidAmount NotPreviouslyValidated InvalidReferenceId"
    )
    assert [reason.value for reason in Reason] == documented.split()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"<html>",
        b'{"PersonalData": ',
        b'{"Amount": NaN}',
        b'{"Amount": 1, "Amount": 2}',
        b'{"Amount": "\xff"}',
        b"[" * 100_000,
        b'{"Amount": ' + b"9" * 5000 + b"}",
        json.dumps({"PersonalData": {**person(), "FirstName": "\ud800"}}).encode(),
        json.dumps({**CREATE, "Amount": "100"}).encode(),
        json.dumps({**CREATE, "Amount": True}).encode(),
    ],
    ids=lambda raw: raw[:24].decode("latin-1"),
)
async def test_a_body_that_cannot_be_read_is_400(bench, raw):
    """Never 500, and nothing of the body is in the answer."""
    headers = {**HEADERS, "Content-Type": "application/json"}
    async with bench.http.post(f"{bench.url}/CreateAccount", data=raw, headers=headers) as answer:
        assert answer.status == 400
        assert "Rosa" not in await answer.text()


async def test_other_content_than_json_is_refused(bench):
    """Another type or charset is 415."""
    for kind in ("text/plain", "application/json; charset=utf-16"):
        headers = {**HEADERS, "Content-Type": kind}
        url = f"{bench.url}/CreateAccount"
        async with bench.http.post(url, data=b"{}", headers=headers) as answer:
            assert answer.status == 415
