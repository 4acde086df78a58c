"""Conformance, items 30 to 37: the ways to be paid (reference/raas.md 5.7-5.11)."""

import pytest

from lola.partners.payhub.bodies import NewCard, NewUbn
from lola.sandbox.payhub.rules import METHOD_TYPES
from tests.contract.raas.conftest import CARD, CLABE

ADD_CARD = "/user/funding/source/card/add/{user}"


def card(**changes):
    return NewCard.model_validate(CARD | changes)


@pytest.mark.raas(30)
async def test_the_types_of_methods(api, ana, refused):
    """They are names of the documented list (reference/raas.md 8.1)."""
    found = await api.method_types(ana)
    assert found
    assert set(found) <= METHOD_TYPES
    assert await refused(api.method_types("nobody")) == ("ERROR_USER_NOT_FOUND", 404)


@pytest.mark.raas(31)
async def test_receiving_methods_of_a_corridor(api, eva):
    """What was added is listed, under the country that it is in."""
    await api.add_card(eva, card())
    await api.add_ubn(eva, NewUbn(number=CLABE, country="MX", currency="MXN"))
    assert [one.type for one in await api.receiving_methods(eva)] == ["DebitCard", "UBN"]
    mexican = await api.receiving_methods(eva, source_country="US", destination_country="MX")
    assert [one.hint for one in mexican] == ["•••• 8815"]


@pytest.mark.raas(31)
async def test_the_filters_are_sent_as_documented(scripted, partner):
    """Both countries are in the query, and neither when it is not given."""
    partner.answer([]).answer([])
    await scripted.receiving_methods("u", source_country="US", destination_country="MX")
    await scripted.receiving_methods("u")
    paths = [path.partition("?")[2] for _, path, _, _ in partner.requests]
    assert paths == ["sourceCountry=US&destinationCountry=MX", ""]


@pytest.mark.raas(32)
@pytest.mark.parametrize(
    "changes",
    [
        {"cardNetwork": "Diners"},
        {"cardtype": "PrepaidCard"},
        {"expirationDate": "1328"},
        {"expirationDate": "12/28"},
        {"expirationDate": "2028-12"},
    ],
)
async def test_listed_networks_types_and_dates(ask, eva, changes):
    """Anything else is refused there, and does not leave here."""
    assert (await ask("POST", ADD_CARD.format(user=eva), CARD | changes)).status == 400
    with pytest.raises(ValueError):
        card(**changes)


@pytest.mark.raas(33)
async def test_a_card_twice(api, eva):
    """The same number is the same method."""
    first = await api.add_card(eva, card())
    again = await api.add_card(eva, card(name="Another name"))
    assert (first.id, first.status, first.name) == (again.id, "ValidatedPush", "VISA-1111")


@pytest.mark.raas(34)
@pytest.mark.parametrize("changes", [{"expirationDate": "0126"}, {"number": "tok_sandbox_x9_0002"}])
async def test_an_expired_or_declined_card(api, eva, refused, changes):
    """A refusal in any form is a refusal and no outage; it is February 2026."""
    assert await refused(api.add_card(eva, card(**changes))) == ("WITHOUT_CODE", 400)


@pytest.mark.raas(35)
@pytest.mark.parametrize("number", ["4111111111111111", "4111 1111 1111 1111", "378282246310005"])
def test_a_card_number_never_leaves(number):
    """The client takes tokens, and its error does not repeat what it was given."""
    with pytest.raises(ValueError, match="must be a token") as caught:
        card(number=number)
    with pytest.raises(ValueError, match="must be a token"):
        card(securityCode="838")
    assert number not in str(caught.value)
    assert "tok_" not in repr(card())


@pytest.mark.raas(36)
async def test_the_three_404_of_a_payment_method(api, ana, scripted, partner, refused):
    """User, subscriber and method are told apart."""
    assert (await api.payment_method(ana, "pm-visa")).label == "DebitCard •••• 4242"
    missing = ("ERROR_PAYMENT_METHOD_NOT_FOUND", 404)
    assert await refused(api.payment_method(ana, "none")) == missing
    assert await refused(api.payment_method("nobody", "x")) == ("ERROR_USER_NOT_FOUND", 404)
    partner.answer({"code": "ERROR_SUBSCRIBER_NOT_FOUND", "reason": "x"}, 404)
    assert await refused(scripted.payment_method("u", "x")) == ("ERROR_SUBSCRIBER_NOT_FOUND", 404)


@pytest.mark.raas(37)
async def test_a_bank_account(api, eva, client, key, refused):
    """A bad number, a second time, an unknown user and another tenant have their codes."""
    account = NewUbn(number=CLABE, country="MX", currency="MXN")
    added = await api.add_ubn(eva, account)
    assert (added.name, added.status) == ("UBN-8815", "Validated")
    assert await refused(api.add_ubn(eva, account)) == ("UBN_ALREADY_ADDED", 400)
    wrong = NewUbn(number=CLABE[:-1] + "4", country="MX")
    assert await refused(api.add_ubn(eva, wrong)) == ("UBN_VALIDATION_ERROR", 400)
    assert await refused(api.add_ubn("nobody", account)) == ("USER_NOT_FOUND", 403)
    foreign = client(key("partner_full", tenant="luna", country="MX"))
    assert await refused(foreign.add_ubn(eva, account)) == ("INVALID_TENANT", 403)
