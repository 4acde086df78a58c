"""The steps up to the review: only missing data is asked, in order, and no step is skipped."""

import pytest

from lola.money.reference import sender_reference
from lola.sandbox.payhub.sample_data import VERIFIED
from tests.unit.sandbox.widget.person import CARD, DATA

NEWCOMER = "+15550107777"


async def test_the_steps_come_in_order(link, person):
    """Data, document, face, card, review: each page leads to the next."""
    url = (await link()).url
    await person.get(url)
    assert (await person.post(url + "/data", DATA)).place == "scan"
    assert (await person.post(url + "/scan", {"document": "id_card"})).place == "liveness"
    assert (await person.post(url + "/liveness")).place == "card"
    assert (await person.add_card(url)).place == "review"


async def test_nobody_jumps_a_step(link, person, sandbox):
    """Getting or posting a later step redirects to the current one, and does nothing."""
    url = (await link()).url
    await person.get(url)
    for place in ("scan", "liveness", "payout", "card", "review", "done"):
        assert (await person.get(f"{url}/{place}")).place == "data"
    for tap in ("scan", "liveness", "payout", "card", "card/new", "approve"):
        assert (await person.post(f"{url}/{tap}")).place == "data"
    assert sandbox.m2m.operations.list.all() == []


async def test_only_what_is_missing_is_asked(link, person, metadata):
    """A field that the partner gave is neither shown nor overwritten (6.2, 10.65)."""
    known = {
        "name": {"firstName": "Ana", "lastName": "Ruiz"},
        "paymentMethod": {"type": "cash", "cash": {"provider": "OXXO", "reference": "1"}},
    }
    made = await link(user_data=known)
    await person.get(made.url)
    page = await person.get(made.url + "/data")
    assert 'name="first_name"' not in page.text
    assert 'name="second_name"' in page.text
    typed = {name: DATA[name] for name in DATA if not name.endswith("st_name")} | {
        "second_last_name": "Soto",
        "first_name": "Eva",
    }
    assert (await person.post(made.url + "/data", typed)).place == "scan"
    assert (await person.post(made.url + "/scan", {"document": "id_card"})).place == "liveness"


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"first_name": "  "}, "first_name", "Falta este dato."),
        ({"last_name": "x" * 61}, "last_name", "Usa solo letras, como en tu documento; hasta 60."),
        ({"day": "31", "month": "2"}, "birth", "Esa no puede ser tu fecha de nacimiento."),
        ({"year": "90"}, "birth", "Esa no puede ser tu fecha de nacimiento."),
        ({"day": "", "month": "", "year": ""}, "birth", "Falta este dato."),
        ({"year": "2190"}, "birth", "Esa no puede ser tu fecha de nacimiento."),
        ({"id_number": "GAPA90"}, "id_number", "Esa CURP no es válida."),
        ({"id_type": "LIBRARY"}, "id_type", "Elige un documento de la lista."),
    ],
)
async def test_a_mistake_is_explained_at_its_field(link, person, change, field, text):
    """422, the sentence beside the field and tied to it, and what was typed is still there."""
    url = (await link()).url
    await person.get(url)
    page = await person.post(url + "/data", DATA | change)
    assert page.status == 422
    assert f'id="{field}-error"' in page.text
    assert text in page.text.partition(f'id="{field}-error"')[2][:120]
    assert page.text.count('class="error"') == 1
    assert 'value="Soto"' in page.text
    assert (await person.get(url + "/data")).status == 200


async def test_people_without_a_second_name(link, person, sandbox):
    """Second name and second surname may be left blank."""
    made = await link()
    await person.get(made.url)
    page = await person.post(made.url + "/data", DATA | {"second_last_name": ""})
    assert page.place == "scan"


async def test_a_document_has_to_be_chosen(link, person):
    """Without a choice the scan is not simulated."""
    url = (await link()).url
    await person.get(url)
    await person.post(url + "/data", DATA)
    page = await person.post(url + "/scan")
    assert (page.status, "Elige el documento" in page.text) == (422, True)


@pytest.mark.parametrize(
    ("surname", "heading"),
    [
        ("Rechazo", "No pudimos comprobar tu identidad"),
        ("Espera", "Estamos revisando tu identidad"),
    ],
)
async def test_other_verdicts(link, person, sandbox, surname, heading):
    """A failed check ends the way, a pending one waits: no page beyond it opens."""
    made = await link()
    page = await person.identify(made.url, DATA | {"last_name": surname})
    assert heading in page.text
    assert "<form" not in page.text
    assert heading in (await person.get(made.url + "/card")).text
    assert (await person.post(made.url + "/approve")).url == made.url
    assert sandbox.m2m.operations.list.all() == []


async def test_a_late_verdict_opens_the_way(link, person, sandbox):
    """Once the check is through, the same link goes on at the card."""
    made = await link()
    await person.identify(made.url, DATA | {"last_name": "Espera"})
    ticket = sandbox.m2m.cip.newest(sandbox.m2m.links.get(made.link_id))
    sandbox.m2m.cip.decide(ticket, "verified")
    assert "Cómo pagas" in (await person.get(made.url)).text


async def test_a_payout_that_the_chat_left_open(link, person, metadata):
    """Without a payout in the link the sender chooses one, and mistakes are explained."""
    fields = {name: metadata[name] for name in metadata if name != "payout"}
    url = (await link(metadata=fields)).url
    assert (await person.identify(url)).place == "payout"
    for form, text in (
        ({}, "Elige cómo se entrega."),
        ({"type": "bank_account", "clabe": "014027000005555559"}, "Esa CLABE no es válida."),
        ({"type": "cash", "provider": "Elsewhere"}, "Elige un lugar de la lista."),
    ):
        page = await person.post(url + "/payout", form)
        assert (page.status, text in page.text) == (422, True)
    clabe = {"type": "bank_account", "clabe": "0140 2700 0005 5555 58"}
    assert (await person.post(url + "/payout", clabe)).place == "card"
    assert "•••• 5558" in (await person.add_card(url)).text


async def test_a_card_can_be_chosen_and_changed(ready, link, person, sandbox):
    """A second card, the first one again: the review shows the one that pays."""
    made = await ready()
    await person.add_card(made.url, CARD | {"number": "4111111111111111"})
    assert "Visa •••• 1111" in (await person.get(made.url)).text
    first, _ = sandbox.m2m.customer.cards(sandbox.m2m.links.get(made.link_id))
    page = await person.post(made.url + "/card", {"card": first.card_id})
    assert (page.place, "Mastercard •••• 4444" in page.text) == ("review", True)


async def test_a_foreign_card_cannot_be_chosen(ready, person, sandbox):
    """Another sender's card is no choice, nor is nothing."""
    made = await ready()
    other = await ready("user-2")
    (card,) = sandbox.m2m.customer.cards(sandbox.m2m.links.get(made.link_id))
    for form in ({"card": card.card_id}, {}):
        page = await person.post(other.url + "/card", form)
        assert (page.status, "Elige una tarjeta" in page.text) == (422, True)


async def test_coming_back_from_the_vault_without_a_card(link, person):
    """Whoever leaves the vault, or comes with a made-up key, is asked for a card again."""
    url = (await link()).url
    await person.identify(url)
    assert (await person.get(url + "/card/added")).place == "card"
    assert (await person.get(url + "/card/added?visit=nothing")).place == "card"


async def test_a_blocked_sender_goes_no_further(ready, person, sandbox):
    """A blocked user cannot complete a transfer (10.53), and is told whom to contact."""
    made = await ready()
    user = sandbox.m2m.users.get(sandbox.m2m.links.get(made.link_id).user_id)
    sandbox.m2m.users.block(user, "test")
    page = await person.post(made.url + "/approve")
    assert (page.status, "No podemos seguir" in page.text) == (403, True)
    assert sandbox.m2m.operations.list.all() == []


async def test_a_new_sender_becomes_a_known_one(ready, person, payhub, credentials):
    """Whoever PayHub did not know is known by their typed name once they approve, not before."""
    assert await payhub.find_sender(NEWCOMER) is None
    reference = sender_reference(NEWCOMER, credentials.sender_reference_key)
    cancelled = await ready(reference)
    await person.post(cancelled.url + "/cancel")
    assert await payhub.find_sender(NEWCOMER) is None
    again = await ready(reference)
    await person.post(again.url + "/approve")
    user = await payhub.find_sender(NEWCOMER)
    assert user is not None
    assert (user.first_name, user.last_name, user.is_verified) == ("Luis", "Vega", True)


async def test_a_verified_sender_only_pays(link, person, credentials):
    """Whom the bank has verified is not identified again and finds the card they have (10.38)."""
    made = await link(sender_reference(VERIFIED, credentials.sender_reference_key))
    page = await person.get(made.url)
    assert "Tus datos" not in page.text
    page = await person.get(made.url + "/card")
    assert "Paso 1 de 2" in page.text
    assert "Terminada en 4242" in page.text
