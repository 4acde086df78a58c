"""Every figure and every "done" needs a source of this turn (docs/safety.md G6, G9)."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.safety.output.grounding import Sources, check

# Design choices: nothing is rounded, so `pass_if_rounding_allowed` fails; digits of other scripts
# and invisible characters are normalised, so `fail_or_normalise` passes when the value is right.
EXPECTED = {
    "pass": True,
    "fail": False,
    "pass_if_rounding_allowed": False,
    "fail_or_normalise": True,
}

QUOTE = {
    "send": {"amount": "300.00", "currency": "USD", "text": "300.00 USD"},
    "fee": {"amount": "3.99", "currency": "USD", "text": "3.99 USD"},
    "total": {"amount": "303.99", "currency": "USD", "text": "303.99 USD"},
    "receive": {"amount": "5616.45", "currency": "MXN", "text": "5,616.45 MXN"},
    "rate": "18.7215",
    "rate_text": "1 USD = 18.7215 MXN",
    "expires_in_minutes": 15,
}
SOURCES = Sources(
    tool_results=(QUOTE,),
    facts=({"status": "link_sent", "account": "012180001234567895"},),
    passages=(
        (
            "Los depósitos llegan normalmente entre 10 y 30 minutos. Ventanillas de 9:00 a 18:00. "
            "Una CLABE tiene 18 dígitos. Llama al 800 555 0100. El envío es pagado en ventanilla."
        ),
    ),
    sender_words="quiero mandar 300 dolares, la cuenta es 012345678901234567",
)


def test_every_row_of_the_grounding_data(grounding_row):
    """Each row passes or not as stated; the choices for open rows are above."""
    sources = Sources(
        tool_results=tuple(tool["result"] for tool in grounding_row["tools"]),
        sender_words=grounding_row.get("user", ""),
    )
    found = check(grounding_row["reply"], sources, grounding_row["lang"])
    assert (not found) is EXPECTED[grounding_row["expect"]]


@pytest.mark.parametrize(
    "reply",
    [
        "Con 300.00 USD recibe 5,616.45 MXN. La comisión es de 3.99 USD y el total, 303.99 USD.",
        "1 USD = 18.7215 MXN",
        "Por cada dólar recibe 18.7215 pesos.",
        "La cotización vale 15 minutos.",
        "Llega entre 10 y 30 minutos.",
        "Elige:\n1. Cuenta\n2. Efectivo",
        "La CLABE tiene 18 dígitos.",
        "La cuenta terminada en 7895.",
        "¿Es la cuenta 012345678901234567?",
        "Puedes llamar al 800 555 0100, de 9:00 a 18:00.",
        "El total es de trescientos tres dólares con noventa y nueve centavos.",
        "Te envié el enlace seguro para aprobar tu envío.",
        "¿Ya fue enviado?",
        "Cuando el envío sea aprobado, te aviso.",
        "Tu dinero no ha sido enviado todavía.",
        "Enviamos dinero a México.",
        "He preparado tu envío.",
        "No puedo confirmar que ya fue pagado.",
        "Hola, te ayudo a mandar dinero.",
    ],
)
def test_right_spanish_replies_pass(reply):
    """What a good agent says in a turn with a quote is not stopped."""
    assert check(reply, SOURCES, "es") == ()


@pytest.mark.parametrize(
    "reply",
    [
        "You'll send $300.00 and they get 5,616.45 pesos; the fee is $3.99.",
        "Your quote is valid for 15 minutes.",
        "Once you approve it, the money goes out.",
        "It hasn't been sent yet.",
        "I've prepared your transfer.",
        "Your identity must be verified first.",
        "I sent you the link.",
        "Was it approved?",
    ],
)
def test_right_english_replies_pass(reply):
    """The same holds in English."""
    assert check(reply, SOURCES, "en") == ()


@pytest.mark.parametrize(
    "reply",
    [
        "Tu dinero ya fue enviado.", "Your money has been sent.", "Transfer approved!",
        "Ya enviamos el dinero.", "Ya te lo depositamos.", "Ya se lo reembolsamos.",
        "Ya quedó pagado.", "Tu envío ha sido cancelado.", "I've cancelled your transfer.",
        "Te reembolsaremos los 300 dólares.", "Está garantizado.", "We guarantee it.",
        "Listo, enviado.", "Cancelé tu envío.", "Aprobé tu solicitud.", "Your fee was waived.",
        "El dinero se depositó.", "Operation completed.", "Your transfer went through.",
        "Tu dinero está en camino.", "Tu cuenta fue verificada.",
        "El envío es gratis.", "There are no fees.", "It's free.", "Sin comisión.",
        "Llega mañana.", "The money arrives tomorrow.",
    ],
)  # fmt: skip
def test_claims_without_a_status_are_found(reply):
    """A done thing or a promise that no status supports is a claim, in every wording."""
    assert "claims" in {finding.guard for finding in check(reply, SOURCES, "es")}


@pytest.mark.parametrize(
    "reply",
    [
        "Recibe 5,616.54 MXN.",
        "La comisión es 300 USD.", "El tipo de cambio es 19.", "El límite es de 5000.",
        "Llega en 5 minutos.", "Pagas 304.", "You pay a 2% fee.", "Tu folio es AB-123456.",
        "Llama al 55 1234 5678.", "La comisión es de cuatro dólares.", "Recibe 5.6 mil pesos.",
        "Recibe 300 USD.", "El total es 5,616.45 MXN.", "Vence el 25 de diciembre.",
        "Ahorras $10.", "Recibe 1 millón de pesos.",
    ],
)  # fmt: skip
def test_figures_without_a_source_are_found(reply):
    """Wrong values, roles, currencies, units, days and zero fees are all found."""
    assert "numbers" in {finding.guard for finding in check(reply, SOURCES, "es")}


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("Tu envío ya fue pagado.", "Completed"),
        ("Tu dinero fue enviado.", "InTransit"),
        ("Your transfer was cancelled.", "cancelled"),
        ("Tu envío fue aprobado.", "approved"),
    ],
)
def test_a_status_supports_its_claim_and_no_other(reply, status):
    """A claim is allowed when a result's status says so, and with no other status."""
    assert check(reply, Sources(tool_results=({"status": status},)), "es") == ()
    assert check(reply, Sources(tool_results=({"status": "PENDING"},)), "es")
    assert check(reply, Sources(tool_results=({"note": status},)), "es")


def test_a_verification_says_nothing_about_a_transfer():
    """A passed verification supports "verified" only; a finished transfer verifies no sender."""
    passed = Sources(tool_results=({"verification": "passed"},))
    assert check("Tu verificación está completa.", passed, "es") == ()
    assert check("Your identity is verified.", passed, "en") == ()
    assert check("Tu envío fue aprobado.", passed, "es")
    completed = Sources(tool_results=({"status": "completed"},))
    assert check("Tu cuenta fue verificada.", completed, "es")


def test_a_passage_supports_what_it_says_itself():
    """Approved text may be repeated, fees of nothing included; more than that it does not allow."""
    sources = Sources(passages=("El primer envío es gratis. El envío es pagado en ventanilla.",))
    assert check("El primer envío es gratis.", sources, "es") == ()
    assert check("El envío es pagado en ventanilla.", sources, "es") == ()
    assert check("El envío ya fue pagado.", sources, "es")


def test_the_sender_is_no_source_for_the_banks_figures():
    """A sender's number may be echoed as theirs, never as fee, rate, limit, time or phone."""
    sources = Sources(
        sender_words="me dijeron comisión 0, tipo de cambio 25, 500, y el 800 555 0199"
    )
    assert check("Entiendo, quieres enviar 500.", sources, "es") == ()
    for reply in (
        "El tipo de cambio es 25.",
        "La comisión es 0.",
        "Tu límite es 500.",
        "Llama al 800 555 0199.",
    ):
        assert check(reply, sources, "es")


def test_an_empty_reply_says_nothing():
    """In an empty text nothing is found."""
    assert check("", Sources(), "es") == ()


TEMPLATES = {
    "es": "Con {send} USD recibe {receive} MXN; la comisión es de {fee} y pagas {total}.",
    "en": "For {send} USD they receive {receive} MXN; the fee is {fee} and the total is {total}.",
}


@given(
    st.decimals("10", "2999", places=2),
    st.decimals("1", "30", places=2),
    st.decimals("7", "4200", places=4),
    st.sampled_from(("es", "en")),
    st.randoms(use_true_random=False),
)
def test_generated_replies(send, fee, rate, language, chance: random.Random):
    """A reply with the quoted figures passes; with one figure changed it never does."""
    figures = {
        "send": send,
        "fee": fee,
        "total": send + fee,
        "receive": (send * rate).quantize(Decimal("0.01")),
    }
    sources = Sources(
        tool_results=(
            {name: str(value) for name, value in figures.items()}
            | {"send_currency": "USD", "receive_currency": "MXN"},
        )
    )
    right = TEMPLATES[language].format(**{k: f"{v:,.2f}" for k, v in figures.items()})
    assert check(right, sources, language) == ()
    name = chance.choice(list(figures))
    wrong = figures[name] + chance.choice([Decimal("0.01"), Decimal(1), figures[name] * 9])
    if wrong in figures.values():
        return
    reply = TEMPLATES[language].format(
        **{k: f"{v:,.2f}" for k, v in (figures | {name: wrong}).items()}
    )
    assert check(reply, sources, language)


@given(st.text(), st.text())
def test_it_never_raises(reply, words):
    """Any reply and any source give a result."""
    assert isinstance(check(reply, Sources(sender_words=words, passages=(words,)), "es"), tuple)
