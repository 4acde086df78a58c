"""Fees, times, documents and limits are answered in the chat from the right row, however asked."""

import pytest
import pytest_asyncio

from lola.settings import load_settings
from lola.testing.harness import Harness

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

FORMS = {
    ("fees.es@", "3.99 USD"): (
        "¿cuánto cuesta el retiro en efectivo en Honduras?",
        "cuánto costará el efectivo a Honduras",
        "cuánto cobran por efectivo a Honduras",
        "cuánto cobrarán de comisión en efectivo a Honduras",
        "comisiones por retiros en efectivo a Honduras",
        "cuanto costaria en efectivo a Honduras",
        "qué comisión cobraron por efectivo en Honduras",
        "la comision del efectivo a Honduras cuanto es",
    ),
    ("fees.en@", "3.99 USD"): (
        "how much does cash pickup in Honduras cost?",
        "what are the fees for cash pickup in Honduras",
        "how much is charged for cash pickup in Honduras",
        "what did cash pickup in Honduras cost",
        "the fee for cash in Honduras",
        "what would cash pickup to Honduras cost",
        "how much do you charge for cash pickups in Honduras",
        "is there a fee for cash pickup in Honduras?",
    ),
    ("payout-methods.es@", "de unos minutos a un día hábil"): (
        "¿cuánto tarda un depósito en cuenta bancaria?",
        "cuánto tardará el depósito en el banco",
        "cuánto tardaría en llegar al banco",
        "cuanto tardara en llegar el deposito",
        "cuánto tardan los depósitos",
        "cuánto demora un depósito bancario",
        "en cuánto tiempo llega el depósito",
        "cuánto tardó un depósito bancario",
    ),
    ("payout-methods.en@", "from a few minutes to one business day"): (
        "how long does a bank deposit take?",
        "how long will a bank deposit take",
        "how long would the bank deposit take",
        "how long do bank deposits take",
        "how long is a bank deposit taking",
        "how long did the bank deposit take",
        "how long does a deposit to a bank take",
        "how long does it take for a bank deposit?",
    ),
    ("identity.es@", "vigente"): (
        "¿qué documentos necesito para verificarme?",
        "qué documento necesitaré para verificar mi identidad",
        "qué documentos aceptan para la verificación",
        "qué documentos piden para verificar",
        "que documentos pediran para verificarme",
        "qué documentos pidieron para verificar mi identidad",
        "qué documentos necesitaría para verificarme",
        "qué documento aceptarían para verificar mi identidad",
    ),
    ("identity.en@", "official photo ID"): (
        "what documents do I need to verify my identity?",
        "which document is needed for verification",
        "which documents are accepted for verifying my identity",
        "what ID will you accept to verify me",
        "documents required for verifying",
        "what documents would I need to verify my identity",
        "what documents will I need for verification",
        "which document do you accept to verify my identity",
    ),
    ("limits.es@", "2,999"): (
        "¿cuál es el límite para Honduras?",
        "cuáles son los límites a Honduras",
        "el limite de envio a Honduras",
        "cuánto es lo máximo a Honduras",
        "límites máximos para Honduras",
        "cuánto podría enviar como máximo a Honduras",
        "cuál sería el tope a Honduras",
        "qué límites tendría a Honduras",
    ),
    ("limits.en@", "2,999"): (
        "what is the limit for Honduras?",
        "what are the limits for Honduras",
        "the maximum per transfer to Honduras",
        "limits for sending to Honduras",
        "what would be the maximum for Honduras",
        "maximum amounts for Honduras",
        "what limit is there for Honduras",
        "what's the sending limit to Honduras",
    ),
}
COMPLAINTS = (
    "mi mamá no ha recibido el dinero",
    "el dinero no llegó",
    "no le han entregado el dinero a mi mamá",
    "my mom has not received the money",
    "the money never arrived",
)
UNANSWERED = ("¿venden bitcoin?", "¿cómo se hacen los tamales?", "do you offer mortgages?")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory):
    settings = load_settings(port=0, lola_data=tmp_path_factory.mktemp("answers"))
    async with Harness(settings) as started:
        yield started


def said(report) -> str:
    return "\n".join(reply.text for reply in report.replies)


@pytest.mark.parametrize(("document", "fact"), FORMS, ids=lambda value: value[:12].strip("@ "))
async def test_every_form_of_a_question_gets_the_right_row(harness, document, fact):
    """The first passage is of the right document, and the reply states what it says."""
    wrong = []
    for question in FORMS[document, fact]:
        report = await harness.sender(harness.new_number("verified")).say(question)
        first = report.passages[0] if report.passages else ""
        if not first.startswith(document) or fact not in said(report):
            wrong.append((question, first, said(report)))
    assert not wrong


@pytest.mark.parametrize("complaint", COMPLAINTS)
async def test_missing_money_is_looked_up_or_given_to_a_person(harness, complaint):
    """Money that did not arrive gets its status or a person, never a page about the service."""
    report = await harness.sender(harness.new_number("verified")).say(complaint)
    assert report.route == "people" or "get_transfers" in report.tools, said(report)


@pytest.mark.parametrize("question", UNANSWERED)
async def test_what_no_document_answers_finds_no_passage(harness, question):
    """Below the measured floor nothing is given to the model, and no brochure is said."""
    report = await harness.sender(harness.new_number("verified")).say(question)
    assert report.passages == ()
