"""Links that are for no transfer: their pages end sooner, and move no money."""

import pytest

from lola.errors import PartnerRefusedError
from lola.money.reference import sender_reference
from lola.sandbox.m2m.errors import RefusedError
from lola.sandbox.payhub.sample_data import PENDING, VERIFIED
from tests.unit.sandbox.widget.person import DATA

NEWCOMER = "+15550107788"


@pytest.fixture
def made_for(link, credentials):
    async def make(purpose: str, phone: str):
        reference = sender_reference(phone, credentials.sender_reference_key)
        return await link(reference, metadata={"purpose": purpose})

    return make


async def test_registration_ends_with_the_identity_and_makes_the_sender_known(
    made_for, person, payhub
) -> None:
    """Details, document, face: then PayHub knows the sender, and nothing is left to approve."""
    assert await payhub.find_sender(NEWCOMER) is None
    url = (await made_for("register", NEWCOMER)).url
    first = await person.get(url)
    assert "Vamos a registrarte" in first.text
    assert "/cancel" not in first.text
    page = await person.identify(url)
    assert (page.place, "Comprobamos tu identidad" in page.text) == ("done", True)
    user = await payhub.find_sender(NEWCOMER)
    assert (user.first_name, user.is_verified) == ("Luis", True)
    assert (await person.get(url)).status == 200


@pytest.mark.parametrize(
    ("surname", "place", "verdict"),
    [("Vega", "done", "passed"), ("Espera", "m2m-basic", "pending"), ("Reject", "m2m-basic", None)],
)
async def test_the_verdict_reaches_the_bank(
    made_for, person, payhub, surname: str, place: str, verdict: str | None
) -> None:
    """Verified, in review, or nothing at all after a failed check (docs/widget.md)."""
    phone = f"{NEWCOMER[:-1]}9"
    assert await payhub.find_sender(phone) is None
    url = (await made_for("register", phone)).url
    assert (await person.identify(url, DATA | {"last_name": surname})).place == place
    user = await payhub.find_sender(phone)
    assert (user and user.verdict) == verdict


async def test_a_pending_sender_is_verified(made_for, person, payhub) -> None:
    """The bank's verdict changes with the check."""
    assert (await payhub.find_sender(PENDING)).verdict == "pending"
    assert (await person.identify((await made_for("verify", PENDING)).url)).place == "done"
    assert (await payhub.find_sender(PENDING)).is_verified


async def test_a_card_is_added_to_the_banks_list(made_for, person, payhub) -> None:
    """Only a new card is offered; it ends the page, and PayHub has it."""
    url = (await made_for("add_card", VERIFIED)).url
    await person.get(url)
    assert "4242" not in (await person.get(url + "/card")).text
    page = await person.add_card(url)
    assert (page.place, "Guardamos tu tarjeta" in page.text) == ("done", True)
    labels = [one.label for one in (await payhub.find_sender(VERIFIED)).payment_methods]
    assert "Mastercard •••• 4444" in labels


async def test_no_money_moves_on_such_a_link(made_for, person, sandbox) -> None:
    """It can be neither approved nor cancelled, by the page or by the control API."""
    made = await made_for("add_card", VERIFIED)
    await person.get(made.url)
    await person.add_card(made.url)
    for action in ("approve", "cancel"):
        await person.post(f"{made.url}/{action}")
    link = sandbox.m2m.links.get(made.link_id)
    for act in (sandbox.m2m.customer.approve, sandbox.m2m.customer.cancel):
        with pytest.raises(RefusedError, match="no transfer"):
            act(link, {})
    assert sandbox.m2m.operations.list.all() == []


async def test_a_ticket_needs_data_and_an_open_link(made_for, person, m2m, sandbox) -> None:
    """Refused while data is missing and after a revocation (reference/m2m.md 5.17, 9.2)."""
    made = await made_for("verify", PENDING)
    assert not (await m2m.cip_readiness(made.link_id)).ready
    with pytest.raises(PartnerRefusedError, match="INVALID_REQUEST"):
        await m2m.create_cip_ticket(made.link_id)
    await person.get(made.url)
    await person.post(made.url + "/data", DATA)
    assert (await m2m.cip_readiness(made.link_id)).ready
    assert (await m2m.create_cip_ticket(made.link_id)).widget_url == made.url
    await m2m.revoke_link(made.link_id, "test")
    with pytest.raises(PartnerRefusedError):
        await m2m.create_cip_ticket(made.link_id)
