"""Conformance, items 52 to 55 and 71: the session links of the widget (reference/raas.md 6)."""

import re

import pytest

from lola.partners.payhub.bodies import NewCard, SessionLinkRequest
from tests.contract.raas.conftest import CARD, CLABE, PERSON

LINK = "/auth/sessionlink-v2"
SESSION_CARD = {name: CARD[name] for name in CARD if name != "country"}


def wanted(**changes):
    return SessionLinkRequest.model_validate(PERSON | changes)


@pytest.mark.raas(52)
async def test_a_link_for_somebody_new(api, ask, sandbox):
    """The person is registered, and the link opens; a bad payload has a reason alone."""
    found = await api.session_link(wanted())
    assert found.link.startswith(f"{sandbox.url}/link/")
    assert (await api.user_token(phone=PERSON["phoneNumber"])).user_id == found.user_id
    assert found.link not in repr(found)
    answer = await ask("POST", LINK, PERSON | {"city": ""})
    assert (answer.status, answer.body) == (
        400,
        {"reason": "Validation failed on session link payload."},
    )


@pytest.mark.raas(52)
async def test_a_link_to_nothing(api, ask, sandbox):
    """204 means that there is nothing to open."""
    blocked = sandbox.senders.find("+15550100002")["id"]
    answer = await ask("GET", f"/auth/sessionlink-v4/{blocked}")
    assert (answer.status, answer.raw) == (204, "")
    assert await api.session_link_of(blocked) is None


@pytest.mark.raas(53)
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, None),
        ({"addCardParams": SESSION_CARD}, "ValidCard"),
        ({"addCardParams": SESSION_CARD | {"expirationDate": "0126"}}, "InvalidCard"),
        ({"ubnParams": {"number": CLABE, "country": "MX"}}, "Validated"),
        ({"ubnParams": {"number": CLABE[::-1], "country": "MX"}}, "ValidationNotApproved"),
    ],
)
async def test_a_link_with_a_method(api, changes, status):
    """The method that came with it is reported on."""
    assert (await api.session_link(wanted(**changes))).payment_method_status == status


@pytest.mark.raas(54)
async def test_a_link_for_somebody_known(api, ana, refused):
    """A known user gets one too; an unknown one is refused with a reason alone."""
    found = await api.session_link_of(ana)
    assert (found.user_id, found.status) == (ana, "Completed")
    assert await refused(api.session_link_of("nobody")) == ("WITHOUT_CODE", 400)


@pytest.mark.raas(55)
async def test_a_links_token_is_its_session(api, ana, scripted, partner, refused):
    """The page of the widget needs no key for it; an unknown token is a 404."""
    link = (await api.session_link_of(ana)).link
    session = await api.link_session(link.rpartition("/")[2])
    assert session.user["firstName"] == "Ana"
    assert session.api_key.get_secret_value() not in repr(session)
    assert await refused(api.link_session("none!")) == ("ERROR_USER_NOT_FOUND", 404)
    partner.answer({"apiKey": "k"})
    await scripted.link_session("abc")
    assert "api_key" not in partner.requests[0][3]


@pytest.mark.raas(71)
async def test_a_card_number_becomes_a_token(sandbox, http, api, eva):
    """The vault's token keeps the last four digits, and RaaS takes it for the number."""
    visit = sandbox.vault.begin(owner="link_a", return_to=f"{sandbox.url}/back", language="en")
    form = {"number": "4111111111111111", "expiry": "12/28", "code": "838", "name": "Eva Sol"}
    async with http.post(visit, data=form, allow_redirects=False) as response:
        key = response.headers["Location"].partition("?visit=")[2]
    card = sandbox.vault.collect(key, owner="link_a")
    assert re.fullmatch(r"tok_sandbox_[a-z0-9]+_1111", card.token)
    added = await api.add_card(eva, NewCard.model_validate(CARD | {"number": card.token}))
    assert added.hint == "•••• 1111"
