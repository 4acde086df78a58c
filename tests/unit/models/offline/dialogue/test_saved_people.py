"""Saved recipients: offered first, found by name or relation, told apart, or not used."""

from typing import Any

ROSA = {"recipient_first_name": "Rosa", "recipient_last_name": "Hernández"}


async def test_offered_first(chat: Any) -> None:
    """A sender with saved people is asked for one of them, not for a country."""
    talk = chat(agent="home")
    await talk.say("quiero enviar dinero")
    assert talk.reply.choices == ("Rosa Hernández", "Luis Ruiz", "Otra persona")


async def test_chosen_person_fills_the_rest(chat: Any) -> None:
    """A saved person gives country, method and account; only the amount is asked for."""
    talk = chat(agent="home")
    await talk.play("quiero enviar dinero", "1", "200")
    assert talk.prepared == {
        **ROSA, "country": "MX", "payout_method": "bank_account", "amount": "200",
        "amount_currency": "USD", "recipient_id": "ct-rosa",
    }  # fmt: skip


async def test_by_relation(chat: Any) -> None:
    """A relative is the person whom the sender saved as such."""
    talk = chat(agent="home")
    await talk.say("mándale 200 a mi mamá")
    assert talk.prepared["recipient_id"] == "ct-rosa"


async def test_by_first_name(chat: Any) -> None:
    """A first name that only one saved person has is enough."""
    talk = chat(agent="home", language="en")
    await talk.say("send 200 dollars to Luis")
    assert talk.prepared["recipient_id"] == "ct-luis"


async def test_same_name_in_another_country(chat: Any) -> None:
    """A saved person of another country is not meant."""
    talk = chat(agent="home")
    await talk.say("mándale 200 a Luis en México")
    assert "apellidos de Luis" in talk.reply.text


async def test_two_with_one_name(chat: Any) -> None:
    """When two saved people fit, the sender chooses."""
    talk = chat(agent="home")
    talk.recipients.append({**talk.recipients[1], "id": "ct-luis2", "last_name": "Mora"})
    await talk.say("mándale 200 a Luis")
    assert talk.reply.choices == ("Luis Ruiz", "Luis Mora", "Otra persona")
    await talk.say("Luis Mora")
    assert talk.prepared["recipient_id"] == "ct-luis2"


async def test_another_method_for_a_saved_person(chat: Any) -> None:
    """Another payout method keeps the person and asks for the payer."""
    talk = chat(agent="home")
    await talk.play("mándale 100 a Rosa Hernández pero en efectivo", "OXXO")
    assert talk.prepared["recipient_id"] == "ct-rosa"
    assert talk.prepared["payer_id"] == "mx-oxxo"


async def test_someone_else(chat: Any) -> None:
    """Someone else leaves the list and collects everything anew."""
    talk = chat(agent="home")
    await talk.play("quiero enviar dinero", "Otra persona", "México", "100", "Rosa Hernández")
    assert talk.reply.choices == ("Cuenta de banco", "Retiro en efectivo")


async def test_nobody_saved(chat: Any) -> None:
    """Without saved people the country comes first."""
    talk = chat(agent="home", recipients=[])
    await talk.say("quiero enviar dinero")
    assert talk.reply.choices[0] == "México"


async def test_another_account_of_a_saved_person(chat: Any) -> None:
    """Another account keeps the person's name and is asked for; the saved one is not used."""
    talk = chat(agent="home")
    await talk.play("mándale 200 a mi mamá", "mejor a otra cuenta", "014 027 0000 0555 5558")
    assert talk.prepared["recipient_first_name"] == "Rosa"
    assert talk.prepared["account"] == "014027000005555558"
    assert "recipient_id" not in talk.prepared


async def test_after_a_quote(chat: Any) -> None:
    """A saved person named after a quote for elsewhere sets their own destination."""
    talk = chat(agent="home")
    await talk.play("¿cuánto cuesta mandar 100 dólares a Honduras?", "ok mandalo a mi mama")
    assert (talk.prepared["recipient_id"], talk.prepared["country"]) == ("ct-rosa", "MX")


async def test_relative_instead(chat: Any) -> None:
    """Another relative takes the place of the person on the summary, destination and all."""
    talk = chat(agent="home")
    await talk.play("envíale 50 a Luis", "mejor mándaselo a mi mamá")
    assert talk.prepared["recipient_id"] == "ct-rosa"
    await talk.say("no, mejor a Luis")
    assert talk.prepared["recipient_id"] == "ct-luis"
    await talk.say("mejor a mi mamá")
    assert (talk.prepared["recipient_id"], talk.prepared["amount"]) == ("ct-rosa", "50")


async def test_relative_who_is_not_saved(chat: Any) -> None:
    """A relative who is not saved is asked for by name, and no other person's account is kept."""
    talk = chat(agent="home")
    await talk.play("envíale 50 a Luis", "mejor mándaselo a mi tía")
    assert "tu tía" in talk.reply.text
