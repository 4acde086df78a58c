"""Questions at any point: answered with this turn's figures, then the open question again."""

from typing import Any

import pytest

DOCUMENTS = {
    "id": "identity.es@1#1", "heading": "Qué documentos necesito",
    "text": "Necesitas una identificación oficial vigente con foto. Aceptamos pasaporte.",
}  # fmt: skip


async def test_cost_in_the_middle(chat: Any) -> None:
    """The cost comes from `pre_quote`, and the open question follows."""
    talk = chat()
    await talk.play("quiero mandar 300 dólares a Guatemala", "¿cuánto cuesta?")
    assert talk.called("pre_quote") == {
        "country": "GT", "amount": "300", "currency": "USD", "payout_method": "bank_account",
    }  # fmt: skip
    for figure in ("300.00 USD", "2.99 USD", "302.99 USD", "2,304.00 GTQ"):
        assert figure in talk.reply.text
    assert "nombre completo" in talk.reply.text


async def test_cost_out_of_the_blue(chat: Any) -> None:
    """A cost question alone starts no transfer; saying yes to the offer does, with its values."""
    talk = chat()
    await talk.say("¿Cuánto cobran por mandar 300 dólares a Guatemala?")
    assert talk.reply.choices == ("Sí, enviar dinero", "Ahora no")
    await talk.play("sí", "Ana Paz", "efectivo", "Banrural")
    assert (talk.prepared["amount"], talk.prepared["country"]) == ("300", "GT")


async def test_offer_declined(chat: Any) -> None:
    """A sender who declines the offer is not asked again."""
    talk = chat()
    await talk.play("¿Cuánto cobran por mandar 300 dólares a Guatemala?", "Ahora no")
    assert talk.calls == []
    assert talk.reply.choices == ()


async def test_cost_needs_country_and_amount(chat: Any) -> None:
    """What a quote lacks is asked for, and then the quote follows."""
    talk = chat()
    await talk.say("¿cuánto cobran?")
    assert talk.reply.choices[0] == "México"
    await talk.say("México")
    assert "cantidad" in talk.reply.text
    await talk.say("500")
    assert "8,625.00 MXN" in talk.reply.text


@pytest.mark.parametrize(
    ("then", "figure"),
    [("¿y a Guatemala?", "1,536.00 GTQ"), ("¿y si mando 300?", "5,175.00 MXN"), ("y 100", "MXN")],
)
async def test_follow_up(chat: Any, then: str, figure: str) -> None:
    """A short follow-up is the same question with another value."""
    talk = chat()
    await talk.play("¿Cuánto llega si mando 200 dólares a México?", then)
    assert figure in talk.reply.text


async def test_cost_while_the_summary_waits(chat: Any) -> None:
    """With a summary on the screen its own quote is said, and the summary stays open."""
    talk = chat()
    await talk.play("enviar 200 dólares a Ana Paz en México, efectivo en Elektra", "¿cuánto llega?")
    assert talk.called("pre_quote") is None
    assert "3,450.00 MXN" in talk.reply.text
    assert talk.reply.choices == ("Confirmar", "Modificar", "Cancelar")


@pytest.mark.parametrize(
    ("question", "tool", "said"),
    [
        ("¿a qué países mandan?", "get_countries", "México, Guatemala, Honduras y El Salvador"),
        ("¿qué bancos hay en México?", "get_banks", "Banorte y Banco Azteca"),
        ("¿dónde puede cobrar mi papá en Guatemala?", "get_payers", "Banrural y Banco Industrial"),
        ("¿cuál es el límite?", "get_limits", "desde 10.00 USD hasta 2,999.00 USD"),
        ("¿a cómo está el cambio para Honduras?", "pre_quote", "1 USD = 26.10 HNL"),
        ("¿puedo mandar a Honduras?", "get_countries", "Sí"),
        ("¿entregan en Elektra en México?", "get_payers", "Elektra está disponible"),
        ("mis destinatarios", "get_recipients", "Rosa Hernández y Luis Ruiz"),
        ("¿cómo puedo pagar?", "get_payment_methods", "VISA"),
        ("¿dónde está mi dinero?", "get_own_status", "No veo envíos"),
    ],
)
async def test_answered_by_its_tool(chat: Any, question: str, tool: str, said: str) -> None:
    """Each question about the service is answered from the tool that has the data."""
    talk = chat(agent="home")
    await talk.say(question)
    assert talk.called(tool) is not None
    assert said in talk.reply.text


@pytest.mark.parametrize("question", ["¿cuál es el límite?", "¿qué bancos hay?", "¿eres un robot?"])
async def test_back_to_the_open_question(chat: Any, question: str) -> None:
    """After any answer the question that was open is asked again, and no value was touched."""
    talk = chat()
    await talk.play("quiero mandar 100 a Guatemala", question)
    assert "nombre completo" in talk.reply.text
    await talk.play("Ana Paz", "efectivo", "Banrural")
    assert talk.prepared["amount"] == "100"


async def test_status_of_own_transfers(chat: Any) -> None:
    """Own transfers are listed with the status the tool gave, and no more is claimed."""
    send = {"amount": "50", "currency": "USD", "text": "50.00 USD"}
    row = {"status": "link_sent", "send": send, "receive": send, "recipient": "Luis Ruiz"}
    talk = chat(agent="home", transfers=[row])
    await talk.say("¿cómo va mi envío?")
    assert "50.00 USD para Luis Ruiz: espera tu aprobación" in talk.reply.text


async def test_status_without_the_tool(chat: Any) -> None:
    """An agent without the status tool answers from the tickets in the turn's data."""
    send = {"amount": "50", "currency": "USD", "text": "50.00 USD"}
    talk = chat(tickets=[{"status": "opened", "send": send, "recipient": "Ana Paz"}])
    await talk.say("¿dónde está mi dinero?")
    assert "50.00 USD para Ana Paz" in talk.reply.text


async def test_knowledge_from_a_passage(chat: Any) -> None:
    """A knowledge question is answered with the approved passage, then the open question."""
    talk = chat(passages=[DOCUMENTS])
    await talk.play("quiero mandar dinero a México", "¿qué documentos necesito?")
    assert DOCUMENTS["text"] in talk.reply.text
    assert talk.reply.text.endswith("¿Cuánto quieres enviar?")


async def test_knowledge_without_a_passage(chat: Any) -> None:
    """Without a fitting passage it says that it is not sure and offers a person."""
    talk = chat()
    await talk.say("¿qué documentos necesito?")
    assert "prefiero no adivinar" in talk.reply.text
    assert talk.reply.choices[0] == "Hablar con alguien"
    await talk.say("sí")
    assert talk.called("talk_to_person")


async def test_passage_that_does_not_fit(chat: Any) -> None:
    """A passage that shares nothing with the question is not said."""
    talk = chat(passages=[DOCUMENTS])
    await talk.say("¿cuánto tarda en llegar?")
    assert "identificación" not in talk.reply.text


async def test_not_sure_in_the_middle(chat: Any) -> None:
    """When it is not sure, the open question is repeated and a person is offered too."""
    talk = chat()
    await talk.play("quiero mandar dinero a México", "¿qué documentos necesito?")
    assert talk.reply.text.endswith("¿Cuánto quieres enviar?")
    assert "Hablar con alguien" in talk.reply.choices


async def test_long_passage_ends_with_a_sentence(chat: Any) -> None:
    """A long passage is cut at a sentence border within six hundred characters."""
    text = "Los documentos se revisan con cuidado cada día. " * 40
    talk = chat(passages=[{"id": "x", "heading": "Documentos", "text": text}])
    await talk.say("¿qué documentos necesito?")
    assert len(talk.reply.text) <= 600
    assert talk.reply.text.endswith(".")


async def test_table_rows_read_like_text(chat: Any) -> None:
    """Table rows under one heading are joined as lines without table marks."""
    heading = "Qué documentos necesito"
    rows = [
        {"id": "1", "heading": heading, "text": "Documento: Pasaporte\nDe dónde: México"},
        {
            "id": "2",
            "heading": heading,
            "text": "| Documento | País |\n|---|---|\n| INE | México |",
        },
        DOCUMENTS,
    ]
    talk = chat(passages=rows)
    await talk.say("¿qué documentos necesito?")
    assert talk.reply.text.splitlines() == [
        DOCUMENTS["text"], "Pasaporte: México.", "INE: México.",
    ]  # fmt: skip


async def test_tool_that_fails(chat: Any) -> None:
    """A failing tool is reported without an invented figure."""
    talk = chat(overrides={"pre_quote": {"error": "down"}})
    await talk.say("¿Cuánto cuesta mandar 200 dólares a México?")
    assert "no pude consultarlo" in talk.reply.text


async def test_payer_named_after_a_quote(chat: Any) -> None:
    """A payer named before the transfer began starts it and is kept."""
    talk = chat()
    await talk.play("¿cuánto cuesta mandar 100 dólares a México en efectivo?", "elektra", "Ana Paz")
    assert talk.prepared["payer_id"] == "mx-elektra"


DELIVERY = [
    {"id": str(at), "heading": "Cuánto tarda en llegar", "text": text}
    for at, text in enumerate(
        (
            "Un depósito tarda un día. El efectivo está listo en minutos. El plazo corre al pagar.",
            "Forma de entrega: Depósito en cuenta\nTiempo: De minutos a un día hábil",
        )
    )
]


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("efectivo", "El efectivo está listo en minutos. El plazo corre al pagar."),
        ("depósito", "Depósito en cuenta: de minutos a un día hábil."),
    ],
)
async def test_time_of_the_method_in_question(chat: Any, method: str, said: str) -> None:
    """How long it takes is answered for the payout method that is being talked about."""
    talk = chat(passages=DELIVERY)
    await talk.play(f"mandar 100 a México, {method}", "¿cuánto tarda?")
    assert talk.reply.text.startswith(f"{said} ¿Cuál")


async def test_what_a_clabe_is(chat: Any) -> None:
    """A question about a word chooses no payout method, and the open question follows."""
    text = "La CLABE es el número de 18 dígitos de una cuenta."
    talk = chat(passages=[{"id": "x", "heading": "Qué es la CLABE", "text": text}])
    await talk.play("mandar 100 a Ana Paz en México", "¿qué es la CLABE?")
    assert talk.reply.text.startswith(text)
    assert talk.reply.choices == ("Cuenta de banco", "Retiro en efectivo")


@pytest.mark.parametrize("said", ["uy que caro", "carísimo"])
async def test_too_dear(chat: Any, said: str) -> None:
    """A complaint about the price gets what the fee depends on, and the offer again."""
    talk = chat()
    await talk.play("¿cuánto cuesta mandar 100 dólares a México?", said)
    assert "forma de entrega" in talk.reply.text
    assert talk.reply.choices == ("Sí, enviar dinero", "Ahora no")


@pytest.mark.parametrize(
    ("words", "said"),
    [("¿sabes hacer mole poblano?", "solo veo envíos"), ("¿por qué?", "no adivinar"),
     ("¿qué opción me cobra el impuesto?", "no adivinar")],
)  # fmt: skip
async def test_a_question_that_is_not_ours(chat: Any, words: str, said: str) -> None:
    """Without a word about transfers it is declined; with one, or cut short, it says not sure."""
    talk = chat()
    await talk.say(words)
    assert said in talk.reply.text


async def test_a_price_asked_while_a_change_is_open(chat: Any) -> None:
    """With no country known, the open change does not hide that it is missing."""
    talk = chat()
    await talk.play("mil", "modificar", "¿cuánto cuesta?")
    assert talk.called("pre_quote") is None
