"""Conformance, items 12 to 29: registration, profiles and contacts (reference/raas.md 5.1-5.6)."""

import pytest

from lola.errors import PartnerUnavailableError
from lola.partners.payhub.bodies import ContactChanges, NewContact, ProfileChanges
from lola.sandbox.payhub.rules import REQUIRED
from tests.contract.raas.conftest import ANA, PERSON, registration

TOKEN, REGISTER = "/auth/get-user-token-v2", "/auth/register-user-v2"
CONTACT = {"firstName": "Leo", "lastName": "Mar", "phone": "+525587654321", "countryCode": "MX"}


@pytest.mark.raas(12)
async def test_neither_alias(ask):
    """An empty body is refused with its code."""
    assert (await ask("POST", TOKEN, {})).refusal == (400, "ERROR_INVALID_SCHEMA")


@pytest.mark.raas(13)
async def test_of_two_aliases_the_email_counts(api, eva):
    """The number of another user beside it is ignored."""
    assert (await api.user_token(phone=ANA, email=PERSON["email"])).user_id == eva


@pytest.mark.raas(14)
@pytest.mark.parametrize("email", ["no-address", "a@b", "eva\x00@example.com", "@example.com"])
async def test_a_bad_email(api, refused, email):
    """Bad addresses and a null byte have one code."""
    wrong = api.user_token(email=email)
    assert await refused(wrong) == ("ERROR_INVALID_EMAIL_FORMAT", 400)


@pytest.mark.raas(15)
async def test_a_number_without_a_plus(api, refused):
    """Numbers are E.164."""
    assert await refused(api.user_token(phone="15550100001")) == ("INVALID_PHONE_NUMBER", 400)


@pytest.mark.raas(16)
async def test_a_number_of_another_country(api, refused):
    """The country given beside a number must be the number's."""
    wrong = api.user_token(phone=ANA, country="MX")
    assert await refused(wrong) == ("ERROR_COUNTRY_NOT_SUPPORTED", 400)


@pytest.mark.raas(17)
async def test_an_unknown_alias(api, refused):
    """A valid number that is nobody's is a 404 with its code."""
    assert await refused(api.user_token(phone="+15550109999")) == ("ERROR_USER_NOT_FOUND", 404)


@pytest.mark.raas(18)
async def test_an_unknown_field(ask):
    """A registration has no other fields than the documented ones; nor has ours."""
    answer = await ask("POST", REGISTER, PERSON | {"shoeSize": 40})
    assert answer.refusal == (400, "ERROR_INVALID_SCHEMA")
    with pytest.raises(ValueError, match="shoeSize"):
        registration(shoeSize=40)


@pytest.mark.raas(19)
@pytest.mark.parametrize("name", REQUIRED)
async def test_each_required_field(ask, name):
    """None can be left out, there as here."""
    body = {key: value for key, value in PERSON.items() if key != name}
    assert (await ask("POST", REGISTER, body)).refusal == (400, "ERROR_INVALID_SCHEMA")
    with pytest.raises(ValueError, match=name):
        registration(**{name: None})


@pytest.mark.raas(20)
@pytest.mark.parametrize("dob", ["2008-02-11", "1926-02-10", "1990-02-31", "yesterday"])
async def test_a_bad_birthday(api, refused, dob):
    """Under 18, a hundred years and days that are none; it is 10 February 2026."""
    wrong = api.register(registration(dob=dob))
    assert await refused(wrong) == ("ERROR_INVALID_DATE_OF_BIRTH", 400)


@pytest.mark.parametrize("dob", ["2008-02-10", "1926-02-11"])
async def test_the_edges_of_age(api, dob):
    """Eighteen today and ninety-nine still are inside."""
    assert (await api.register(registration(dob=dob))).user_id


@pytest.mark.raas(21)
async def test_another_country_than_the_tenants(api, refused):
    """A tenant registers people of its own country."""
    wrong = api.register(registration(countryCode="MX", phoneNumber="+525587654321"))
    assert await refused(wrong) == ("ERROR_INVALID_COUNTRY_CODE", 400)


@pytest.mark.raas(22)
async def test_a_second_registration(api, eva, refused):
    """The same number or the same address is enrolled already."""
    for changes in ({}, {"phoneNumber": "+15125550124"}, {"email": "new@example.com"}):
        again = api.register(registration(**changes))
        assert await refused(again) == ("ERROR_USER_ALREADY_ENROLLED", 400)


@pytest.mark.raas(23)
@pytest.mark.parametrize(
    ("last_name", "status"),
    [("Sol", "Completed"), ("Fallido", "UpgradeFailed"), ("Revision", "UpgradeSoftFailed")],
)
async def test_a_registration_settles(sandbox, api, last_name, status):
    """It begins in process, and polling reaches its end."""

    async def pass_time(seconds):
        sandbox.clock.advance(seconds)

    api._requests.sleep = pass_time
    begun = await api.register(registration(lastName=last_name))
    assert (begun.status, begun.is_settled) == ("OnProcess", False)
    found = await api.settled(phone=PERSON["phoneNumber"])
    assert (found.user_id, found.status, found.is_settled) == (begun.user_id, status, True)


@pytest.mark.raas(24)
async def test_a_profile_by_number_and_by_email(api, eva):
    """Both lead to the same person, who can be corrected."""
    found = await api.profile(PERSON["phoneNumber"])
    assert (found.id, found.first_name, found.dob) == (eva, "Eva", "1990-05-15")
    await api.update_profile(PERSON["email"], ProfileChanges(city="Dallas"))
    assert (await api.profile(PERSON["email"])).city == "Dallas"


@pytest.mark.raas(25)
async def test_contacts_are_a_list(api, ana, eva, refused):
    """Empty for somebody new, refused for somebody unknown."""
    assert [one.first_name for one in await api.contacts(ana)] == ["Rosa", "Luis"]
    assert await api.contacts(eva) == []
    assert await refused(api.contacts("nobody")) == ("ERROR_USER_NOT_FOUND", 404)


@pytest.mark.raas(26)
async def test_a_contact_is_made(ask, eva, scripted, partner):
    """200 with OK; a 201 without a body, which the specification declares, is fine too."""
    answer = await ask("POST", f"/user/contacts/{eva}", CONTACT)
    assert (answer.status, answer.body) == (200, {"reason": "Contact created", "code": "OK"})
    partner.answer("", 201)
    await scripted.add_contact(eva, NewContact.model_validate(CONTACT))
    assert len(partner.requests) == 1


@pytest.mark.raas(27)
async def test_a_number_once_per_owner(api, ana, eva, refused):
    """Twice under one owner is refused, under another it is not."""
    contact = NewContact.model_validate(CONTACT)
    await api.add_contact(eva, contact)
    assert await refused(api.add_contact(eva, contact)) == ("ERROR_DUPLICATED_PHONE", 400)
    await api.add_contact(ana, contact)


@pytest.mark.raas(28)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"firstName": ""}, "ERROR_NAME_NOT_PROVIDED"),
        ({"lastName": None}, "ERROR_NAME_NOT_PROVIDED"),
        ({"countryCode": ""}, "ERROR_COUNTRY_NOT_PROVIDED"),
        ({"phone": "5512"}, "INVALID_PHONE_NUMBER"),
    ],
)
async def test_what_a_contact_lacks(ask, eva, changes, code):
    """Each has its code."""
    assert (await ask("POST", f"/user/contacts/{eva}", CONTACT | changes)).refusal == (400, code)


@pytest.mark.raas(29)
async def test_a_contact_is_changed_by_its_number(ask, api, ana):
    """The number is the key; one that is not there is a 500, which is an outage to us."""
    await api.update_contact(ana, ContactChanges(phone="+525512345678", alias="Ma"))
    assert {one.phone: one.alias for one in await api.contacts(ana)}["+525512345678"] == "Ma"
    answer = await ask("PUT", f"/user/contacts/{ana}", {"phone": "+525500000000", "alias": "x"})
    assert answer.refusal == (500, "ERROR_INTERNAL_SERVER_ERROR")
    with pytest.raises(PartnerUnavailableError):
        await api.update_contact(ana, ContactChanges(phone="+525500000000", alias="x"))
